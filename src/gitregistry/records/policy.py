"""Policy: environments, lifecycle states and what each transition requires."""

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Annotated, Literal

from gitregistry.records.common import (
    CheckName,
    Count,
    Digest,
    Environment,
    Glob,
    Line,
    Measure,
    Record,
    RoleName,
)
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text, Time
from gitregistry.records.strict_yaml import Value

Duration = Annotated[str, Text(r"[1-9][0-9]{0,5}[smhd]", "a duration like 90s, 30m, 24h or 7d")]
TransitionName = Annotated[str, Text(r"to_[a-z0-9][a-z0-9._-]{0,99}", "a transition like to_production")]


@frozen
class ArtifactFormats(Frozen):
    """The artifact formats that may be promoted: a release in any other, or that names none, may not."""

    allowed: tuple[Line, ...]


@frozen
class PolicyEnvironment(Frozen):
    """One environment; a release must have been promoted to ``after`` before it may come here.

    ``artifact_formats`` holds here instead of the policy's own.
    """

    name: Environment
    after: Environment | None = None
    artifact_formats: ArtifactFormats | None = None


class Edge(Text):
    """A moment in UTC; or a point of each day, week, month or year, such as ``friday 16:00``."""

    _point = r"(?:[a-z0-9-]{1,9} ){0,2}(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)"

    def __init__(self) -> None:
        super().__init__(f"{Time.pattern}|{self._point}", "a UTC time, or a point like friday 16:00", 40)

    def convert(self, value: Value) -> str:
        text = super().convert(value)
        return text if re.fullmatch(self._point, text) else Time().convert(value)


WindowEdge = Annotated[str, Edge()]
TimeZone = Annotated[str, Text(r"[A-Za-z0-9_+/-]{1,64}", "a time zone like Europe/Berlin")]


@frozen
class FreezeWindow(Frozen):
    """From one moment until another, nothing is promoted where it holds. Rollbacks go on.

    In the file the moments are ``from`` and ``until``; at ``until`` it is over. With ``every`` they are
    points that recur, on the clocks of ``time_zone``.
    """

    name: Environment
    every: Literal["day", "week", "month", "year"] | None = None
    from_: WindowEdge
    until: WindowEdge
    time_zone: TimeZone | None = None
    environments: tuple[Glob, ...] = ("*",)
    models: tuple[Glob, ...] = ("*",)
    reason: Line | None = None


@frozen
class Transition(Frozen):
    """What must hold before a release may be promoted; every name is defined under ``checks``.

    ``min_time_in`` says how long it must have been in an environment before, without a break.
    """

    requires: tuple[CheckName, ...]
    min_time_in: Mapping[Environment, Duration] = field(default_factory=lambda: MappingProxyType({}))


@frozen
class Check(Frozen):
    """What meets a requirement of this name.

    ``evidence``: standing evidence filed under the name that passed. ``measurement``: the same, and the
    named measurement lies within ``min`` and ``max`` (inclusive) in every slice given. ``approval``:
    ``count`` distinct persons hold ``role`` and approve.
    """

    type: Literal["evidence", "measurement", "approval"]
    description: Line | None = None
    by: tuple[RoleName, ...] = ("attester",)
    environment: Environment | None = None
    max_age: Duration | None = None
    measurement: Line | None = None
    min: Measure | None = None
    max: Measure | None = None
    unit: Line | None = None
    role: RoleName | None = None
    count: Count = 1


@frozen
class Policy(Record):
    """The rules of promotion in force. ``separation_of_duties`` names whose approval never counts."""

    kind: Literal["policy"] = "policy"
    version: Count
    previous: Digest | None = None
    environments: tuple[PolicyEnvironment, ...]
    artifact_formats: ArtifactFormats | None = None
    freeze_windows: tuple[FreezeWindow, ...] = ()
    lifecycle: tuple[Line, ...]
    promotion_policy: Mapping[TransitionName, Transition]
    checks: Mapping[CheckName, Check]
    separation_of_duties: tuple[Literal["release_author", "evidence_signer", "promoter"], ...] = (
        "release_author",
        "evidence_signer",
        "promoter",
    )
