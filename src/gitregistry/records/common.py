"""The shapes that records share, and the fields that every record has."""

from decimal import Decimal
from typing import Annotated, Literal

from gitregistry.records import names
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Flag, Free, Integer, Name, Number, Text, Time

ModelName = Annotated[str, Name(names.fault_in_name, names.NAME)]
Version = Annotated[str, Name(names.fault_in_version, names.VERSION)]
Environment = Annotated[str, Name(names.fault_in_name, names.NAME)]
CheckName = Annotated[str, Name(names.fault_in_name, names.NAME)]
RoleName = Annotated[str, Name(names.fault_in_name, names.NAME)]
PrincipalId = Annotated[str, Name(names.fault_in_principal, names.PRINCIPAL)]
# Three stars at the most: more would let a pattern take very long to match.
Glob = Annotated[
    str, Text(r"(?=.{1,100}$)[a-z0-9._-]*(?:\*[a-z0-9._-]*){0,3}", "a name or a pattern with up to three *")
]
Digest = Annotated[str, Text(r"sha256:[0-9a-f]{64}", "a digest like sha256:<64 hex digits>")]
CommitId = Annotated[str, Text(r"[0-9a-f]{40}|[0-9a-f]{64}", "a full commit id")]
Moment = Annotated[str, Time()]
Line = Annotated[str, Text(r"[^\n]+", "one line of text")]
Prose = Annotated[str, Text(max_length=65536)]
Duration = Annotated[str, Text(r"[1-9][0-9]{0,5}[smhd]", "a duration like 90s, 30m, 24h or 7d")]
Query = Annotated[str, Text(means="a query")]
Incident = Annotated[
    str,
    Text(
        r"[A-Za-z0-9][A-Za-z0-9._:/#?=&%+@-]{0,199}",
        "an incident's name or address without spaces, like INC-1",
    ),
]
Count = Annotated[int, Integer(1)]
Size = Annotated[int, Integer(0)]
Percent = Annotated[int, Integer(0, 100)]
Measure = Annotated[Decimal, Number()]
Boolean = Annotated[bool, Flag()]
FreeValue = Annotated[str | Decimal | bool, Free()]
SchemaVersion = Annotated[int, Integer(1, 1)]

PrincipalKind = Literal["person", "bot", "ci"]


@frozen
class Record(Frozen):
    """What every record says of itself. ``registry_id`` is the pin: sha256 of the first trust record."""

    kind: Line
    schema_version: SchemaVersion = 1
    registry_id: Digest | None = None
    created_at: Moment
    created_by: PrincipalId


@frozen
class Stamp(Frozen):
    """A versioned record as another record names it: version and digest of the exact bytes."""

    version: Count
    digest: Digest


@frozen
class ReleaseReference(Frozen):
    """A release as another record names it."""

    version: Version
    release_digest: Digest
