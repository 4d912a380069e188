"""A manifest as a person is to read and change it: what was found, from where, and what is still empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final

from gitregistry.operations.manifest_input import ManifestInput, says_nothing
from gitregistry.records.common import FreeValue, Record
from gitregistry.records.meanings import MEANINGS
from gitregistry.records.names import plain_or_shown
from gitregistry.records.release import Release, Runtime
from gitregistry.records.shapes import ShapeFault, converter_of
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.records.yaml_writer import write
from gitregistry.storage.artifacts import ArtifactFacts

_HEADER: Final = (
    "What is registered once you have saved this and closed the editor. Lines that begin with # say nothing.",
    "If you save nothing, or change nothing, nothing is registered.",
)
_MADE_HERE: Final = frozenset(one.name for one in fields(Record))
_FIELDS: Final = tuple(one.name for one in fields(Release) if one.name not in _MADE_HERE)
_OF_THE_BYTES: Final = ("artifact_uri", "artifact_digest", "artifact_size_bytes", "files")
_ALWAYS: Final = ("model_name", "version", "artifact_uri")
_LISTS: Final = ("files", "evaluation_datasets", "inputs", "outputs", "dependencies")
_FREE: Final = ("hyperparameters", "evaluation", "labels")


def template(given: ManifestInput, facts: ArtifactFacts | None) -> bytes:
    """The text to edit; read again unchanged, it says the same. ``facts`` when the bytes were read."""
    lines = [f"# {line}" for line in _HEADER]
    lines += [f"# warning: {plain_or_shown(warning)}" for warning in given.warnings]
    if facts is not None:
        lines.append(f"# The bytes, which are filled in by themselves: {plain_or_shown(facts.uri)}")
        lines.append(f"#   {facts.digest}, {facts.size} bytes")
    lines.append("")
    empty = []
    for field in (*_FIELDS, *(name for name in given.fields if name not in _FIELDS)):
        value = given.fields.get(field, "")
        if not says_nothing(value):
            lines += _said(field, value, given.origins)
        elif facts is not None and field in _OF_THE_BYTES:
            continue
        elif field in _ALWAYS:
            lines.append(f"{field}:  # {MEANINGS['Release'][field]}")
        else:
            empty.append(field)
    lines += ["", "# Still empty; to say it, take the # away and write it behind the colon."]
    for field in empty:
        lines += _unsaid(field)
    return "\n".join([*lines, ""]).encode()


def says_anything(text: bytes) -> bool:
    """Whether there is more than comments and blank lines."""
    return any(line.strip() and not line.lstrip().startswith(b"#") for line in text.splitlines())


def with_origins(saved: ManifestInput, given: ManifestInput) -> ManifestInput:
    """What was saved, with where it was read for all that was filled in and left as it was."""
    kept = {
        name: origin
        for name, origin in given.origins.items()
        if _at(saved.fields, name) is not None and _at(saved.fields, name) == _at(given.fields, name)
    }
    return replace(saved, origins=MappingProxyType(kept))


def _at(manifest: Mapping[str, Value], name: str) -> Value | None:
    """A field, or by its dotted name a field of a map; such a key may hold dots itself."""
    section, _, key = name.partition(".")
    value = manifest.get(section)
    return value.get(key) if key and isinstance(value, dict) else value


def _said(field: str, value: Value, origins: Mapping[str, str]) -> Iterator[str]:
    """A field with its value, below a comment for each place that it was read in."""
    named: dict[str, list[str]] = {}
    for name, origin in origins.items():
        if not origin.startswith("--") and (name == field or name.startswith(f"{field}.")):
            named.setdefault(origin, []).append(name)
    for origin, names in named.items():
        said = ", ".join(names) if len(names) <= 5 else f"{len(names)} of these"
        yield f"# {plain_or_shown(said)}: from {plain_or_shown(origin)}"
    yield from write({field: _typed(value, field)}).decode().splitlines()
    if field == "runtime" and isinstance(value, dict):
        yield from (
            f"  # {name}:{' []' if name in _LISTS else ''}  # {MEANINGS['Runtime'][name]}"
            for name in (one.name for one in fields(Runtime))
            if says_nothing(value.get(name, ""))
        )


def _unsaid(field: str) -> Iterator[str]:
    yield f"# {field}:{' []' if field in _LISTS else ''}  # {MEANINGS['Release'][field]}"
    if field == "runtime":
        yield from (f"#   {one.name}:  # {MEANINGS['Runtime'][one.name]}" for one in fields(Runtime))


def _typed(value: Value, field: str) -> Any:
    """A value as the writer is to spell it, so that it is read as what it was."""
    if isinstance(value, dict):
        inner = field if field in _FREE else ""
        return {key: _typed(item, inner or key) for key, item in value.items() if not says_nothing(item)}
    if isinstance(value, list):
        return [_typed(item, "") for item in value]
    return str(value) if type(value) is Quoted else _scalar(value, field)


def _scalar(value: str, field: str) -> Any:
    """Plain text as what its field makes of it."""
    if field in _FREE:
        try:
            return converter_of(FreeValue)(value)
        except ShapeFault:  # as text, which is what a person would have to make of it
            return value
    if field in ("artifact_size_bytes", "size_bytes") and value.isascii() and value.isdecimal():
        return int(value)
    return value == "true" if field == "optional" and value in ("true", "false") else value
