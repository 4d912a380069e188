"""Reading files of an artifact again where they lie, against what they must be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from gitregistry.errors import Refused
from gitregistry.storage.artifacts import ArtifactFacts, ArtifactFile, NothingThere, open_source
from gitregistry.storage.ranges import fetched, open_ranges, pieces_of, windows

# What is fetched in one go: less than for delivery, for several artifacts are read at once.
_PIECE = 16 << 20


class NotWhole(Refused):
    """What lies in a store is not what it must be; ``missing`` when a file of it is not there at all."""

    def __init__(self, message: str, place: str, *, missing: bool = False) -> None:
        super().__init__(message, path=place, hint="put back the bytes that were registered")
        self.missing = missing


def files_of(artifact: ArtifactFacts) -> tuple[ArtifactFile, ...]:
    """An artifact's files; a single one has the empty path."""
    return artifact.files or (ArtifactFile("", artifact.digest, artifact.size),)


def check_files(uri: str, files: Sequence[ArtifactFile], on_bytes: Callable[[int], object]) -> None:
    """Hash these files where they lie, patiently. What else lies there is not looked at.

    Args:
        on_bytes: told of the bytes that came, each time some did.

    Raises:
        NotWhole: one is missing, or other than it must be.
        BadInput: they cannot be read now.
    """
    _check_sizes(uri, files)
    by_path = {file.path: file for file in files}
    ranges = open_ranges(uri)
    digest = hashlib.sha256()
    pieces = (piece for file in files for piece in pieces_of(file.path, 0, file.size, _PIECE))
    for window in windows(pieces, _PIECE):
        for piece, data in zip(window, fetched(ranges, window), strict=True):
            if piece.start == 0:  # pieces come file by file, each from its beginning to its end
                digest = hashlib.sha256()
            digest.update(data)
            on_bytes(len(data))
            file = by_path[piece.path]
            if piece.end == file.size:
                _compare(uri, file, digest.hexdigest())
    _check_sizes(uri, files)  # again: none of the pieces would show that a file grew meanwhile


def _check_sizes(uri: str, files: Sequence[ArtifactFile]) -> None:
    try:
        there = {member.path: member.size for member in open_source(uri).members()}
    except NothingThere as nothing:
        raise NotWhole(nothing.message, uri, missing=True) from None
    for file in files:
        size = there.get(file.path)
        if size is None:
            raise NotWhole("this file is not there", _place(uri, file), missing=True)
        if size != file.size:
            raise NotWhole(f"expected {file.size:,} bytes, found {size:,}", _place(uri, file))
        if size == 0:  # no piece of it will come
            _compare(uri, file, hashlib.sha256().hexdigest())


def _compare(uri: str, file: ArtifactFile, found: str) -> None:
    if file.digest != f"sha256:{found}":
        raise NotWhole(f"expected {file.digest}, found sha256:{found}", _place(uri, file))


def _place(uri: str, file: ArtifactFile) -> str:
    return f"{uri}/{file.path}" if file.path else uri
