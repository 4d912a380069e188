"""The manifest handed to ``register``: what it may leave out, and what it may not claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.release import Release
from gitregistry.records.shapes import is_null
from gitregistry.records.strict_yaml import Value, line_of, read

# What only the registry can say, because it follows from the records: field to what to do instead.
_DERIVED = {
    "approval_status": "a release's state is derived from its evidence, approvals and promotions",
    "status": "a release's state is derived from its evidence, approvals and promotions",
    "stage": "a stage is an alias, and moves by promotion",
    "aliases": "aliases move by promotion",
    "approved_by": "an approval is a signed record of its own",
}
_SECTIONS = ("runtime", "evaluation", "hyperparameters", "labels")
_FIELDS = frozenset(one.name for one in fields(Release))
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ManifestInput:
    """A manifest as read: its fields as text, its bytes and name for messages, and what to warn about.

    ``origins`` says of a field that was filled in where it was read: ``evaluation.auc`` to an address.
    """

    fields: dict[str, Value]
    data: bytes
    name: str
    warnings: tuple[str, ...]
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, field: str) -> str | None:
        """A scalar field's text; None when it is absent or empty."""
        value = self.fields.get(field)
        return value if isinstance(value, str) and not is_null(value) else None

    def has_full_commit(self) -> bool:
        return _FULL_COMMIT.fullmatch(self.text("git_commit") or "") is not None


def named_manifest(name: str) -> ManifestInput:
    """A manifest of which only ``MODEL:VERSION`` is given: the rest is to be filled in.

    Raises:
        BadInput: it is not of that form.
    """
    model, colon, version = name.partition(":")
    if not (model and colon and version):
        raise BadInput(f"{shown(name)} is no MODEL:VERSION", hint="such as --as churn-predictor:2026.04.27")
    return ManifestInput({"model_name": model, "version": version}, b"", "--as", ())


def says_nothing(value: Value | None) -> bool:
    """Whether a field is absent, or as good as that."""
    return value is None or value in ({}, []) or (isinstance(value, str) and is_null(value))


def read_manifest(path: Path, *, ignore_claims: bool) -> ManifestInput:
    """Read a manifest file.

    Args:
        ignore_claims: leave out what it claims of its own state, with a warning, instead of refusing.

    Raises:
        BadInput: it cannot be read, or it claims its own state.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the manifest: {error.strerror}", path=str(path)) from None
    given = read(data, str(path))
    warnings: list[str] = []
    kept = {}
    for key, value in given.items():
        if key in _DERIVED:
            if not ignore_claims:
                raise BadInput(
                    f"{_DERIVED[key]}: it cannot be claimed in a manifest",
                    path=str(path),
                    line=line_of(data, [key]),
                    field=key,
                    hint="take the line out, or register without it: --ignore-claims",
                )
            warnings.append(f"{path}: {key} was left out: {_DERIVED[key]}")
        kept[key] = value
    folded = _fold(kept, str(path), warnings)
    return ManifestInput(folded, data, str(path), tuple(warnings))


def _fold(given: dict[str, Value], name: str, warnings: list[str]) -> dict[str, Value]:
    """Take the fields after an empty ``runtime:`` or ``evaluation:`` at the same indentation as its own.

    Manifests lose their indentation when they are copied out of documents; what they mean stays plain.
    """
    folded: dict[str, Value] = {}
    section: dict[str, Value] | None = None
    for key, value in given.items():
        if key in _DERIVED:
            section = None  # left out; where it stands it ends a section written flat
        elif key in _SECTIONS and isinstance(value, str) and is_null(value):
            section = {}
            folded[key] = section
        elif section is not None and key not in _FIELDS:
            section[key] = value
        else:
            section = None
            folded[key] = value
    for key in _SECTIONS:
        found = folded.get(key)
        if found == {}:
            del folded[key]
        elif isinstance(given.get(key), str) and found:
            warnings.append(f"{name}: the fields after {key}: are not indented; they were read as its own")
    return folded
