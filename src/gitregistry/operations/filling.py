"""What a manifest leaves to be filled in, taken from what lies nearby: a run, a lock file, a signature.

The manifest is the word of whoever signs it. What it says stands, a source fills in what it leaves out, and
where the two say different things nothing is registered: one of them describes another artifact. A list in
the manifest stands with a warning, for a person may list more than a tool knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import NamedTuple

from gitregistry.errors import Refused
from gitregistry.operations.manifest_input import ManifestInput, says_nothing
from gitregistry.records.names import shown
from gitregistry.records.strict_yaml import Value, line_of

# Maps whose keys are filled in one by one; in ``runtime`` they are fields.
_BY_KEY = ("runtime", "hyperparameters", "evaluation", "labels")
_NUMBERS = ("hyperparameters", "evaluation", "labels")


@dataclass(frozen=True, slots=True)
class Nearby:
    """What one source says of a release.

    Attributes:
        name: where it was read, for messages: a path, an address.
        option: how it was asked for, so that a hint can say what to leave out: ``--from-mlflow``.
        fields: of a release manifest, as a person would type them.
        warnings: what of the source could not be told in a manifest, or is weaker than it looks.
    """

    name: str
    option: str
    fields: Mapping[str, Value]
    warnings: tuple[str, ...] = ()


def filled(manifest: ManifestInput, nearby: Iterable[Nearby]) -> ManifestInput:
    """The manifest with what it leaves out; of two sources that list something the earlier stands.

    Raises:
        Refused: the manifest and a source, or two sources, say different things.
    """
    filling = _Filling(manifest, dict(manifest.fields), {}, [])
    for source in nearby:
        filling.warnings.extend(source.warnings)
        for field, value in source.fields.items():
            mine = filling.fields.get(field)
            if field in _BY_KEY and isinstance(value, dict):
                section = dict(mine) if isinstance(mine, dict) else {}
                for key, inner in value.items():
                    filling.fill(section, (field, key), inner, source)
                filling.fields[field] = section
            else:
                filling.fill(filling.fields, (field,), value, source)
    origins = {**manifest.origins, **{name: source.name for name, source in filling.said_by.items()}}
    return replace(
        manifest,
        fields=filling.fields,
        warnings=(*manifest.warnings, *filling.warnings),
        origins=MappingProxyType(origins),
    )


class _Filling(NamedTuple):
    """A manifest on its way: its fields, who said those that it left out, and what to warn about."""

    manifest: ManifestInput
    fields: dict[str, Value]
    said_by: dict[str, Nearby]
    warnings: list[str]

    def fill(self, section: dict[str, Value], field: tuple[str, ...], value: Value, source: Nearby) -> None:
        """One field, in the manifest or in a map of it; ``field`` ends with its key in ``section``."""
        name, key = ".".join(field), field[-1]
        mine = section.get(key)
        if says_nothing(mine) or _completes(name, mine, value):
            section[key] = value
            self.said_by[name] = source
        elif isinstance(value, list) and mine != value:
            stands = self._who_said(name) or "the manifest"
            self.warnings.append(f"{name}: {stands} stands; {shown(source.name)} says something else")
        elif not _same(mine, value, numbers=field[0] in _NUMBERS) and not _completes(name, value, mine):
            raise self._contradiction(mine, value, field, source)

    def _contradiction(
        self, mine: Value | None, value: Value, field: tuple[str, ...], source: Nearby
    ) -> Refused:
        name = ".".join(field)
        other = self.said_by.get(name)
        words = f"says {_brief(mine)}, and {source.name} says {_brief(value)}"
        if self._who_said(name) is None:
            return Refused(
                f"the manifest {words}",
                path=self.manifest.name,
                line=line_of(self.manifest.data, field),
                field=name,
                hint=f"one is of another artifact: take the line out, or leave out {source.option}",
            )
        either = f"{other.option} or {source.option}" if other is not None else source.option
        return Refused(
            f"{self._who_said(name)} {words}",
            field=name,
            hint=f"one is of another artifact: leave out {either}",
        )

    def _who_said(self, name: str) -> str | None:
        """Where a field was read that the manifest as written left out."""
        source = self.said_by.get(name)
        return source.name if source is not None else self.manifest.origins.get(name)


def _completes(name: str, short: Value | None, whole: Value | None) -> bool:
    """Whether a full commit id begins with a short one, or an image with a digest is one named without."""
    if not isinstance(short, str) or not isinstance(whole, str):
        return False
    if name == "runtime.base_image":
        return "@" not in short and whole.startswith(f"{short}@")
    return name == "git_commit" and len(short) >= 7 and whole.startswith(short)


def _same(mine: Value | None, other: Value, *, numbers: bool) -> bool:
    """Whether two values are one; numbers are what they are worth, versions are not: 3.1 is not 3.10."""
    if mine == other or not (numbers and isinstance(mine, str) and isinstance(other, str)):
        return mine == other
    try:
        return Decimal(mine) == Decimal(other)
    except InvalidOperation:
        return False


def _brief(value: Value | None) -> str:
    return shown(value) if isinstance(value, str) else f"a list or map of {len(value or ())}"
