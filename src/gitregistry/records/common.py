"""The shapes that records share, and the fields that every record has."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from gitregistry.records import names
from gitregistry.records.shapes import Flag, Free, Integer, Name, Number, Text, Time

ModelName = Annotated[str, Name(names.fault_in_name, names.NAME)]
Version = Annotated[str, Name(names.fault_in_version, names.VERSION)]
Environment = Annotated[str, Name(names.fault_in_name, names.NAME)]
CheckName = Annotated[str, Name(names.fault_in_name, names.NAME)]
RoleName = Annotated[str, Name(names.fault_in_name, names.NAME)]
PrincipalId = Annotated[str, Name(names.fault_in_principal, names.PRINCIPAL)]
Digest = Annotated[str, Text(r"sha256:[0-9a-f]{64}", "a digest like sha256:<64 hex digits>")]
Moment = Annotated[str, Time()]
Line = Annotated[str, Text(r"[^\n]+", "one line of text")]
Prose = Annotated[str, Text(max_length=65536)]
Count = Annotated[int, Integer(1)]
Size = Annotated[int, Integer(0)]
Percent = Annotated[int, Integer(0, 100)]
Measure = Annotated[Decimal, Number()]
Boolean = Annotated[bool, Flag()]
FreeValue = Annotated[str | Decimal | bool, Free()]
SchemaVersion = Annotated[int, Integer(1, 1)]

PrincipalKind = Literal["person", "bot", "ci"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record says of itself. ``registry_id`` is the pin: sha256 of the first trust record."""

    kind: Line
    schema_version: SchemaVersion = 1
    registry_id: Digest | None = None
    created_at: Moment
    created_by: PrincipalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A versioned record as another record names it: version and digest of the exact bytes."""

    version: Count
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReference:
    """A release as another record names it."""

    version: Version
    release_digest: Digest
