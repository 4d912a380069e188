"""Whether what was signed of a model is what its release says, or where that does not tell, its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitregistry.operations.pull import artifact_of
from gitregistry.records.release import Release
from gitregistry.signing.model_statement import Shard, Statement
from gitregistry.storage.shard_digests import shard_digests


class Cover(NamedTuple):
    """What a statement came to.

    Attributes:
        faults: what is wrong, in words.
        left_out: files that the signer left out on purpose.
        without_bytes: files that no shard can list, whether they were there when it was signed or not.
    """

    faults: tuple[str, ...]
    left_out: tuple[str, ...]
    without_bytes: tuple[str, ...]


def cover_of(release: Release, bundle: str, statement: Statement) -> Cover:
    """Compare a statement with every file of a release but the bundle itself.

    The release's SHA-256 of whole files stand for their bytes, which were compared with them before. For
    other digests files are read again, each once, and held against the release meanwhile.

    Raises:
        WrongBytes: the store holds something else by now.
        BadInput: the bytes do not come.
    """
    signed: dict[str, list[Shard]] = {}
    for shard in statement.digests:
        signed.setdefault(shard.path, []).append(shard)
    unsigned: list[str] = []
    left_out: list[str] = []
    without_bytes: list[str] = []
    for file in release.files:
        if file.path in signed or file.path == bundle:
            continue
        if _left_out(file.path, statement.ignored):
            left_out.append(file.path)
        elif statement.sharded and not file.size_bytes:
            without_bytes.append(file.path)
        else:
            unsigned.append(f"not signed: {file.path}")
    faults = (*_changed(release, statement, signed), *unsigned)
    return Cover(faults, tuple(left_out), tuple(without_bytes))


def _changed(release: Release, statement: Statement, signed: Mapping[str, Sequence[Shard]]) -> Iterator[str]:
    """What is signed and is not there as it was signed."""
    there = {file.path: file for file in release.files}
    ends: dict[str, list[int]] = {}
    for path, shards in signed.items():
        file = there.get(path)
        last = shards[-1].end
        if file is None:
            yield f"signed, and not there: {path}"
        elif last is not None and last != file.size_bytes:
            yield f"signed as {last} bytes, {file.size_bytes} are there: {path}"
        elif statement.algorithm == "sha256" and len(shards) == 1:
            digest = f"sha256:{statement.digests[shards[0]]}"
            if digest != file.digest:
                yield f"signed as {digest}, {file.digest} is there: {path}"
        else:
            ends[path] = [file.size_bytes if shard.end is None else shard.end for shard in shards]
    for path, digests in shard_digests(artifact_of(release), ends, statement.algorithm):
        for shard, found in zip(signed[path], digests, strict=True):
            if statement.digests[shard] != found:
                yield f"other bytes from {shard.start} on than were signed: {path}"


def _left_out(path: str, ignored: Sequence[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in ignored)
