"""What an artifact is: its digest and size, read once from end to end, wherever it lies.

A file's digest is the SHA-256 of its bytes. A folder's is the SHA-256 of the lines that

    LC_ALL=C find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum

prints in it: ``<hex digest>  <path>`` and a line end for each file, sorted by the bytes of the path.
What MLflow puts beside a model when it fetches one is no file of the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import IO, NamedTuple, Protocol

from gitregistry.errors import BadInput

_CHUNK = 1 << 20
# Written by MLflow into a folder with this description, whenever it is fetched by a registered model's name;
# where the store is on the same machine, into the store itself.
_DESCRIPTION = "MLmodel"
_WRITTEN_ON_FETCHING = "registered_model_meta"

# Called with the bytes read so far and the bytes there are in all.
Progress = Callable[[int, int], None]


class ArtifactFile(NamedTuple):
    """One file of a folder: its path in it, ``sha256:<hex>``, and its size in bytes."""

    path: str
    digest: str
    size: int


class ArtifactFacts(NamedTuple):
    """What was found at an address.

    Attributes:
        uri: the address, with a scheme.
        digest: ``sha256:<hex>``.
        size: in bytes, of all files together.
        files: sorted by the bytes of their paths; empty when the artifact is a single file.
        left_out: paths of files that lie there and are not of it.
    """

    uri: str
    digest: str
    size: int
    files: tuple[ArtifactFile, ...]
    left_out: tuple[str, ...] = ()


class NothingThere(BadInput):
    """There is nothing at an address."""


class Member(NamedTuple):
    """A file that an artifact is made of; the path is empty when it is the artifact."""

    path: str
    size: int


class Source(Protocol):
    """Somewhere that artifacts are read from."""

    @property
    def uri(self) -> str:
        """The artifact's address, with a scheme."""

    def members(self) -> list[Member]:
        """The file itself, or all files of the folder."""

    def open(self, member: Member) -> AbstractContextManager[IO[bytes]]:
        """A member's bytes; on leaving, BadInput if it changed while it was read."""


def hash_artifact(
    address: str, on_progress: Progress | None = None, known: Collection[str] = ()
) -> ArtifactFacts:
    """Read an artifact and say what it is.

    Args:
        address: a local path, ``file://…``, ``s3://…`` or any other address that fsspec knows.
        on_progress: told often of the bytes read and to be read.
        known: paths of files that are of it whatever they are called: a release names them.

    Raises:
        BadInput: it is missing, unreadable, changing, or no artifact; or its kind of address needs a
            package that is not installed.
    """
    source = open_source(address)
    there = source.members()
    members = own_members(there, known)
    for member in members:
        check_file_name(member.path, source.uri)
    if not members:
        raise BadInput("the folder is empty", path=source.uri)
    total = sum(member.size for member in members)
    counter = _Counter(total, on_progress)
    files = [
        ArtifactFile(member.path, f"sha256:{_digest(source, member, counter)}", member.size)
        for member in sorted(members, key=lambda member: member.path.encode())
    ]
    if files[0].path == "":
        return ArtifactFacts(source.uri, files[0].digest, total, ())
    left_out = tuple(sorted({member.path for member in there} - {file.path for file in files}))
    return ArtifactFacts(source.uri, folder_digest(files), total, tuple(files), left_out)


def own_members(there: list[Member], known: Collection[str] = ()) -> list[Member]:
    """The files of an artifact among those that lie at its place; ``known`` are some by their paths."""
    if not any(member.path == _DESCRIPTION for member in there):
        return there
    return [member for member in there if member.path != _WRITTEN_ON_FETCHING or member.path in known]


def folder_digest(files: Iterable[ArtifactFile]) -> str:
    """The digest of a folder with these files, as ``sha256:<hex>``."""
    digest = hashlib.sha256()
    for path, member in sorted((file.path.encode(), file.digest) for file in files):
        digest.update(b"%s  %s\n" % (member.removeprefix("sha256:").encode(), path))
    return f"sha256:{digest.hexdigest()}"


def open_source(address: str) -> Source:
    """The place an address means; fsspec is loaded only for those that are not on this machine."""
    scheme, separator, _ = address.partition("://")
    if not separator or scheme == "file":
        from gitregistry.storage.local_artifacts import LocalSource  # noqa: PLC0415 - one of two

        return LocalSource(address)
    from gitregistry.storage.remote_artifacts import RemoteSource  # noqa: PLC0415 - fsspec takes long to load

    return RemoteSource(address)


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """A file's bytes, a mebibyte at a time."""
    while chunk := file.read(_CHUNK):
        yield chunk


class _Counter:
    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._total = total
        self._done = 0
        self._tell = on_progress

    def add(self, size: int) -> None:
        self._done += size
        if self._tell:
            self._tell(self._done, self._total)


def _digest(source: Source, member: Member, counter: _Counter) -> str:
    digest = hashlib.sha256()
    size = 0
    with source.open(member) as file:
        for chunk in chunks(file):
            digest.update(chunk)
            size += len(chunk)
            counter.add(len(chunk))
    if size != member.size:
        raise changed(source.uri, member)
    return digest.hexdigest()


def changed(uri: str, member: Member) -> BadInput:
    """What to say of a file that did not hold still."""
    where = f"{uri}/{member.path}" if member.path else uri
    return BadInput("the file changed while it was read", path=where, hint="register it when it is finished")


def check_file_name(path: str, uri: str) -> None:
    """Refuse names of files that would land elsewhere, or nowhere, when the folder is delivered."""
    parts = path.split("/") if path else []
    unsafe = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if unsafe or "\\" in path or not path.isprintable():
        raise BadInput(
            f"{path!r} cannot be a file of an artifact", path=uri, hint="leave out .git and odd file names"
        )
