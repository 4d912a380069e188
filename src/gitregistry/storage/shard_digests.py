"""Digests of shards of files, by any algorithm: each file is read once, and is held against its release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import IO, Literal

from gitregistry.storage.artifacts import ArtifactFacts, ArtifactFile, Member, chunks, open_source
from gitregistry.storage.delivery import WrongBytes


def shard_digests(
    artifact: ArtifactFacts, ends: Mapping[str, Sequence[int]], algorithm: Literal["sha256", "blake2b"]
) -> Iterator[tuple[str, list[str]]]:
    """The digests, in hex, of the shards of these files, file by file.

    Args:
        ends: by the path of a file, where each of its shards ends in bytes; the last at the file's end.

    Raises:
        WrongBytes: the store holds something else than the artifact.
        BadInput: the bytes do not come.
    """
    source = open_source(artifact.uri)
    for file in artifact.files:
        if file.path in ends:
            with source.open(Member(file.path, file.size)) as opened:
                found, shards = _digests(opened, ends[file.path], algorithm)
            if found != file.digest:
                raise wrong_bytes(artifact, file, found)
            yield file.path, shards


def _digests(file: IO[bytes], ends: Sequence[int], algorithm: str) -> tuple[str, list[str]]:
    """The digest of the whole, ``sha256:<hex>``, and that of each shard."""
    whole, shard = hashlib.sha256(), hashlib.new(algorithm)
    shards: list[str] = []
    place = 0
    for chunk in chain((b"",), chunks(file)):  # a file without bytes is one shard without any
        whole.update(chunk)
        view = memoryview(chunk)
        while len(shards) < len(ends) and place + len(view) >= ends[len(shards)]:
            here = ends[len(shards)] - place
            shard.update(view[:here])
            shards.append(shard.hexdigest())
            shard, view, place = hashlib.new(algorithm), view[here:], place + here
        shard.update(view)
        place += len(view)
    return f"sha256:{whole.hexdigest()}", shards


def wrong_bytes(artifact: ArtifactFacts, file: ArtifactFile, found: str) -> WrongBytes:
    """What to raise of a file that is there with another digest than its release says."""
    return WrongBytes(
        f"the store holds other bytes: expected {file.digest}, found {found}",
        path=f"{artifact.uri}/{file.path}",
        hint="put back the bytes that were registered",
    )
