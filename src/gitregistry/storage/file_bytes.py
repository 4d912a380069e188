"""Small files of an artifact, whole: each is held against its release, and no copy is made on a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import IO

from gitregistry.storage.artifacts import ArtifactFacts, ArtifactFile, Member, changed, chunks, open_source
from gitregistry.storage.shard_digests import wrong_bytes


def file_bytes(artifact: ArtifactFacts, files: Iterable[ArtifactFile]) -> Iterator[tuple[str, bytes]]:
    """The paths of these files and their bytes, one file at a time.

    Args:
        files: some of the artifact's; the caller bounds their sizes.

    Raises:
        WrongBytes: the store holds something else than the artifact.
        BadInput: the bytes do not come, or more of them than the release says.
    """
    source = open_source(artifact.uri)
    for file in files:
        member = Member(file.path, file.size)
        with source.open(member) as opened:
            data = _begun(opened, file.size)
        if len(data) > file.size:  # not all of it was read, nor need it be
            raise changed(source.uri, member)
        found = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if found != file.digest:
            raise wrong_bytes(artifact, file, found)
        yield file.path, data


def _begun(opened: IO[bytes], size: int) -> bytes:
    """All bytes; where there are more than so many, at most a chunk more."""
    data = bytearray()
    for chunk in chunks(opened):
        data += chunk
        if len(data) > size:
            break
    return bytes(data)
