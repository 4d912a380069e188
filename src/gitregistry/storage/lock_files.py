"""What lock files of Python say: which packages at which versions, and for which Python.

Known by their names: ``uv.lock``, ``poetry.lock``, ``pylock.toml`` (PEP 751), ``Pipfile.lock``, and pip's
``requirements*.txt`` and ``constraints*.txt``. Where a lock tells what is for development alone, that is
left out; so is the project itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, Final, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.strict_json import read_json
from gitregistry.storage.requirements_file import Pin, pin_of, read_requirements

_LONGEST_LINE: Final = 1 << 14
# Of a package that is the project itself, or lies beside it.
_OWN: Final = frozenset(("virtual", "editable", "directory", "workspace"))


class Lock(NamedTuple):
    """What a lock says.

    Attributes:
        pins: in the order of the file, each once.
        python: the version, or the versions as a specifier such as ``>=3.11,<3.14``; None if it says nothing.
        others: what it asks for without a version: addresses, ranges, further files.
    """

    pins: tuple[Pin, ...]
    python: str | None
    others: tuple[str, ...]


def read_lock(data: bytes, name: str) -> Lock | None:
    """Read a lock; None when nothing is known of files of that name.

    Raises:
        BadInput: it is not what its name says.
    """
    reader = _reader(PurePath(name).name.lower())
    return reader(data, name) if reader is not None else None


def _reader(file: str) -> Callable[[bytes, str], Lock] | None:
    if file in ("uv.lock", "poetry.lock"):
        return _uv if file == "uv.lock" else _poetry
    if re.fullmatch(r"pylock(\.[^.]+)?\.toml", file):
        return _pylock
    if file == "pipfile.lock":
        return _pipfile
    if re.fullmatch(r".*(requirements|constraints).*\.txt", file):
        return _requirements
    return None


def _uv(data: bytes, name: str) -> Lock:
    given = _toml(data, name)

    def pins() -> Iterator[Pin | str]:
        for one in _tables(given, "package", name):
            source = one.get("source")
            if isinstance(source, dict) and not _OWN.isdisjoint(source):
                continue
            markers = one.get("resolution-markers", [])
            apart = [item for item in markers if isinstance(item, str)] if isinstance(markers, list) else []
            yield pin_of(one.get("name"), one.get("version"), " or ".join(apart)) or str(one.get("name"))

    return _lock(pins(), given.get("requires-python"))


def _poetry(data: bytes, name: str) -> Lock:
    given = _toml(data, name)
    metadata = given.get("metadata")

    def pins() -> Iterator[Pin | str]:
        for one in _tables(given, "package", name):
            groups = one.get("groups", [one.get("category", "main")])
            source = one.get("source")
            if not isinstance(groups, list) or "main" not in groups:
                continue
            if not isinstance(source, dict) or source.get("type") not in ("directory", "file"):
                yield pin_of(one.get("name"), one.get("version")) or str(one.get("name"))

    return _lock(pins(), metadata.get("python-versions") if isinstance(metadata, dict) else None)


def _pylock(data: bytes, name: str) -> Lock:
    given = _toml(data, name)

    def pins() -> Iterator[Pin | str]:
        for one in _tables(given, "packages", name):
            if "directory" not in one:
                found = pin_of(one.get("name"), one.get("version"), one.get("marker", ""))
                yield found or str(one.get("name"))

    return _lock(pins(), given.get("requires-python"))


def _pipfile(data: bytes, name: str) -> Lock:
    given: Any = read_json(data, name)
    default = given.get("default") if isinstance(given, dict) else None
    if not isinstance(default, dict):
        raise BadInput("expected a map of packages", path=name, field="default", hint="pipenv lock")
    meta = given.get("_meta")
    requires = meta.get("requires") if isinstance(meta, dict) else None
    named = requires if isinstance(requires, dict) else {}

    def pins() -> Iterator[Pin | str]:
        for package, one in default.items():
            version = one.get("version") if isinstance(one, dict) else None
            exact = version.removeprefix("==") if isinstance(version, str) else None
            yield pin_of(package, exact, one.get("markers", "") if isinstance(one, dict) else "") or package

    return _lock(pins(), named.get("python_full_version") or named.get("python_version"))


def _requirements(data: bytes, name: str) -> Lock:
    return _lock(read_requirements(_text(data, name, "utf-8-sig")), None)


def _lock(found: Iterator[Pin | str], python: object) -> Lock:
    pins: dict[Pin, None] = {}
    others: list[str] = []
    for one in found:
        if isinstance(one, Pin):
            pins[one] = None
        else:
            others.append(one)
    said = "".join(python.split()) if isinstance(python, str) else ""
    return Lock(tuple(pins), said if said not in ("", "*") and said.isprintable() else None, tuple(others))


def _toml(data: bytes, name: str) -> dict[str, Any]:
    # A key with very many dots, which stands on one line, takes the parser time by the square of them.
    if any(len(line) > _LONGEST_LINE for line in data.splitlines()):
        raise BadInput(f"has a line of more than {_LONGEST_LINE:,} bytes", path=name)
    text = _text(data, name, "utf-8")
    try:
        return tomllib.loads(text)
    except ValueError as fault:
        raise BadInput(f"is not TOML: {fault}", path=name) from None
    except RecursionError:
        raise BadInput("is nested too deep", path=name) from None


def _text(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise BadInput("is not UTF-8", path=name, line=line, hint="save it as UTF-8") from None


def _tables(given: dict[str, Any], field: str, name: str) -> list[dict[str, Any]]:
    found = given.get(field)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadInput("expected a list of packages", path=name, field=field)
    return found
