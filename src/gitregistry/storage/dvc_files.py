"""What DVC's files say of data: a ``.dvc`` file of one thing it tracks, and ``dvc.lock`` of stages that ran.

Both are YAML as DVC 2 and 3 write it. A digest is named for what it is: ``dvc-md5`` is MD5 of the bytes, or
with ``.dir`` of a list of a folder's files; before DVC 3, and so where ``hash`` is left out, line ends of
text were changed first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.shapes import is_null
from gitregistry.records.strict_yaml import Value, YamlFault, read

LOCK: Final = "dvc.lock"
_MD5: Final = re.compile(r"[0-9a-f]{32}(?:\.dir)?")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_ANCHORS: Final = "DVC repeats anchors of params.yaml: write the values out there, then dvc repro"


class Item(NamedTuple):
    """A file or folder; ``digest`` is None where DVC has no MD5 of it, as are unknown sizes and numbers."""

    path: str
    digest: str | None
    size: int | None
    files: int | None


class Stage(NamedTuple):
    """What ran once: what it read, what it wrote, and by file the parameters that it was given."""

    deps: tuple[Item, ...]
    outs: tuple[Item, ...]
    params: Mapping[str, Mapping[str, Value]]


def read_dvc(data: bytes, name: str) -> Stage | Mapping[str, Stage]:
    """Read either file: a ``.dvc`` file's own stage, or those of a ``dvc.lock`` by their names.

    Raises:
        BadInput: it is neither, or holds something that DVC does not write.
    """
    given = _yaml(data, name)
    stages = given.get("stages")
    if stages is None:
        if not given.get("outs"):
            raise BadInput("it names neither outs nor stages", path=name, hint="a .dvc file, or dvc.lock")
        return _stage(given, name, "")
    if not isinstance(stages, dict):
        raise BadInput("expected a map of stages", path=name, field="stages", hint="dvc repro writes it anew")
    return {stage: _stage(one, name, f"stages.{stage}.") for stage, one in stages.items()}


def read_metrics(data: bytes, name: str) -> Mapping[str, tuple[str, ...]]:
    """Of a ``dvc.yaml``, each stage's metrics by path, as they stand there; under "" those of no stage.

    Raises:
        BadInput: it is not YAML that can be told with certainty.
    """
    given = _yaml(data, name)
    stages = given.get("stages")
    found = {"": _paths(given.get("metrics"))}
    for stage, one in stages.items() if isinstance(stages, dict) else ():
        if isinstance(one, dict):
            wdir = one.get("wdir")
            plain = wdir is None or (isinstance(wdir, str) and is_null(wdir))
            found[stage] = _paths(one.get("metrics")) if plain else ()
    return found


def _yaml(data: bytes, name: str) -> dict[str, Value]:
    try:
        return read(data.replace(b"\r\n", b"\n"), name)
    except YamlFault as fault:
        if "anchor" in fault.message or "alias" in fault.message:
            raise BadInput(fault.message, path=name, line=fault.line, hint=_ANCHORS) from None
        raise


def _stage(given: Value, name: str, place: str) -> Stage:
    if not isinstance(given, dict):
        raise BadInput("expected a map", path=name, field=place.rstrip("."))
    return Stage(
        tuple(_items(given.get("deps"), name, f"{place}deps")),
        tuple(_items(given.get("outs"), name, f"{place}outs")),
        _params(given.get("params"), name, f"{place}params"),
    )


def _items(given: Value | None, name: str, place: str) -> list[Item]:
    if given is None or (isinstance(given, str) and is_null(given)):
        return []
    if not isinstance(given, list):
        raise BadInput("expected a list", path=name, field=place)
    return [_item(one, name, f"{place}[{index}]") for index, one in enumerate(given)]


def _item(given: Value, name: str, place: str) -> Item:
    path = given.get("path") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(path, str) or not path:
        raise BadInput("expected a map with a path", path=name, field=place)
    if not path.isprintable():
        raise BadInput(f"{shown(path)} is no path that can be recorded", path=name, field=f"{place}.path")
    md5, kind = given.get("md5"), given.get("hash", "md5-dos2unix")
    if md5 is None or kind not in ("md5", "md5-dos2unix"):
        digest = None
    elif not isinstance(md5, str) or not _MD5.fullmatch(md5):
        raise BadInput("expected an MD5 of 32 hex digits", path=name, field=f"{place}.md5")
    else:
        digest = f"dvc-{kind}:{md5}"
    size, files = _count(given.get("size")), _count(given.get("nfiles"))
    return Item(str(path), digest, size, files)


def _count(given: Value | None) -> int | None:
    return int(given) if isinstance(given, str) and _NUMBER.fullmatch(given) else None


def _params(given: Value | None, name: str, place: str) -> Mapping[str, Mapping[str, Value]]:
    if given is None or (isinstance(given, str) and is_null(given)):
        return {}
    if not isinstance(given, dict):
        raise BadInput("expected a map by file", path=name, field=place)
    found = {}
    for file, values in given.items():
        if not isinstance(values, dict):
            raise BadInput("expected a map of parameters", path=name, field=f"{place}.{file}")
        found[file] = values
    return found


def _paths(given: Value | None) -> tuple[str, ...]:
    """``[a.json, {b.json: {cache: false}}]``: the paths of both."""
    found: list[str] = []
    for one in given if isinstance(given, list) else ():
        if isinstance(one, str):
            found.append(str(one))
        elif isinstance(one, dict):
            found.extend(one)
    return tuple(found)
