"""What a signer of OpenSSF model signing said of a model: the digest of every file, or of every shard of one.

Read are version 1.0 of the statement, and the one that model-signing 0.2 wrote, whose signatures hold where
Sigstore's client made them. A parameter that is not understood might change what digests mean: it is refused.
The older one has none but what each subject says of its digest: its predicate is a remark that nothing reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, cast

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value
from gitregistry.signing.model_signing import AGAIN, map_of

Algorithm = Literal["sha256", "blake2b"]

_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "https://model_signing/signature/v1.0"
_FIRST_PREDICATE: Final = "https://model_signing/Digests/v0.1"
_HEX: Final[Mapping[str, re.Pattern[str]]] = {
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "blake2b": re.compile(r"[0-9a-f]{128}"),
}
_PARAMETERS: Final = ("method", "hash_type", "allow_symlinks", "ignore_paths", "shard_size")
# The size of shards went through a float of protobuf: 1000000000.0.
_SIZE: Final = re.compile(r"([1-9][0-9]{0,17})(?:\.0)?")
_SHARD: Final = re.compile(r"(.+):(0|[1-9][0-9]{0,17}):([1-9][0-9]{0,17})", re.DOTALL)
_OTHERWISE: Final = "sign it by files or by shards of them, with sha256 or blake2b"


class Shard(NamedTuple):
    """A file's bytes from ``start`` up to ``end``; up to its own end when that is None."""

    path: str
    start: int = 0
    end: int | None = None


class Statement(NamedTuple):
    """What was signed.

    Attributes:
        algorithm: that the digests are of.
        digests: in hex, of every shard; a file's shards follow one another from its first byte to its last.
        ignored: the paths that the signer left out on purpose.
        sharded: each shard says where it ends, and files without bytes have none.
    """

    algorithm: Algorithm
    digests: Mapping[Shard, str]
    ignored: tuple[str, ...] = ()
    sharded: bool = False


class _Form(NamedTuple):
    """How a statement lists: with which algorithm, and in shards of how many bytes, if any."""

    algorithm: Algorithm
    shard_size: int | None
    ignored: tuple[str, ...]


def read_statement(payload: bytes, name: str) -> Statement:
    """What a payload lists; to be called when its signature was checked.

    Raises:
        BadInput: it contradicts itself, or says what is not understood.
    """
    document = map_of(read_json(payload, name), name, "the statement")
    kind = (document.get("_type"), document.get("predicateType"))
    if kind == (_STATEMENT, _FIRST_PREDICATE):
        return _first_statement(document, name)
    if kind != (_STATEMENT, _PREDICATE):
        raise BadInput("is not version 1.0 of a model's signature", path=name, hint=AGAIN)
    predicate = map_of(document.get("predicate"), name, "predicate")
    form = _form(map_of(predicate.get("serialization"), name, "serialization"), name)
    digests = dict(_unique(_resources(predicate.get("resources"), form, name), name))
    root = hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in digests.values())).hexdigest()
    if _root(document.get("subject"), name) != root:
        raise BadInput("its root digest is not that of its files", path=name, field="subject", hint=AGAIN)
    if form.shard_size is not None:
        _check_order(digests, form.shard_size, name)
    return Statement(form.algorithm, digests, form.ignored, form.shard_size is not None)


def _form(said: Mapping[str, Value], name: str) -> _Form:
    for parameter in said:
        if parameter not in _PARAMETERS:
            raise _not_understood(f"has a parameter {shown(parameter)}", name)
    method, algorithm, size = (str(said.get(key)) for key in ("method", "hash_type", "shard_size"))
    if method not in ("files", "shards") or algorithm not in _HEX:
        raise _not_understood(f"lists {shown(algorithm)} of {shown(method)}", name)
    found = _SIZE.fullmatch(size)
    if (method == "shards") != (found is not None):
        raise _not_understood(f"says that a shard of {shown(method)} is {shown(size)} bytes", name)
    ignored = said.get("ignore_paths", [])
    if not isinstance(ignored, list):
        raise BadInput("is no list", path=name, field="ignore_paths", hint=AGAIN)
    paths = tuple(str(path) for path in ignored)
    return _Form(cast("Algorithm", algorithm), int(found[1]) if found else None, paths)


def _not_understood(words: str, name: str) -> BadInput:
    return BadInput(
        f"{words}, which is not understood here", path=name, field="serialization", hint=_OTHERWISE
    )


def _resources(resources: Value | None, form: _Form, name: str) -> Iterator[tuple[Shard, str]]:
    algorithm: str = form.algorithm
    if form.shard_size is not None:
        algorithm = f"{algorithm}-sharded-{form.shard_size}"
    for item in _maps(resources, name, "resources"):
        path, digest = str(item.get("name", "")), str(item.get("digest", ""))
        if item.get("algorithm") != algorithm or not _HEX[form.algorithm].fullmatch(digest):
            raise BadInput(
                f"{shown(path)} has no digest by {algorithm}", path=name, field="resources", hint=AGAIN
            )
        yield Shard(path) if form.shard_size is None else _shard(path, name), digest


def _shard(words: str, name: str) -> Shard:
    """The shard that is called ``PATH:START:END``."""
    found = _SHARD.fullmatch(words)
    if found is None:
        raise BadInput(f"{shown(words)} names no shard", path=name, field="resources", hint=AGAIN)
    return Shard(found[1], int(found[2]), int(found[3]))


def _unique(resources: Iterator[tuple[Shard, str]], name: str) -> Iterator[tuple[Shard, str]]:
    seen: set[Shard] = set()
    for shard, digest in resources:
        if shard in seen:
            raise BadInput(f"{shown(shard.path)} is listed twice", path=name, field="resources", hint=AGAIN)
        seen.add(shard)
        yield shard, digest


def _check_order(shards: Mapping[Shard, str], size: int, name: str) -> None:
    """Refuse gaps, overlaps, and shards of another size but at a file's end."""
    ends: dict[str, int] = {}
    for path, start, end in shards:
        follows = start == ends.get(path, 0) and start % size == 0
        if not follows or end is None or not start < end <= start + size:
            raise BadInput(
                f"the shards of {shown(path)} do not follow one another, {size} bytes each",
                path=name,
                field="resources",
                hint=AGAIN,
            )
        ends[path] = end


def _first_statement(document: Mapping[str, Value], name: str) -> Statement:
    """What model-signing 0.2 wrote: every file is a subject of its own, and nothing is left out."""
    return Statement("sha256", dict(_unique(_subjects(document.get("subject"), name), name)))


def _subjects(subjects: Value | None, name: str) -> Iterator[tuple[Shard, str]]:
    for item in _maps(subjects, name, "subject"):
        path = str(item.get("name", ""))
        digest = str(map_of(item.get("digest"), name, "digest").get("sha256"))
        said = map_of(item.get("annotations", {}), name, "annotations").get("actual_hash_algorithm")
        if said != "file-sha256" or not _HEX["sha256"].fullmatch(digest):
            raise BadInput(f"{shown(path)} has no digest by sha256", path=name, field="subject", hint=AGAIN)
        yield Shard(path), digest


def _root(subject: Value | None, name: str) -> Value | None:
    if not isinstance(subject, list) or len(subject) != 1:
        raise BadInput("does not have exactly one subject", path=name, field="subject", hint=AGAIN)
    return map_of(map_of(subject[0], name, "subject").get("digest"), name, "digest").get("sha256")


def _maps(items: Value | None, name: str, field: str) -> Iterator[dict[str, Value]]:
    if not isinstance(items, list) or not items:
        raise BadInput("lists no files", path=name, field=field, hint=AGAIN)
    for item in items:
        yield map_of(item, name, field)
