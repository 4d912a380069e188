"""Policy: environments, lifecycle states and what each transition requires."""

from collections.abc import Mapping
from typing import Annotated, Literal

from gitregistry.records.common import (
    CheckName,
    Count,
    Digest,
    Environment,
    Glob,
    Line,
    Measure,
    Moment,
    Record,
    RoleName,
)
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text

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


@frozen
class FreezeWindow(Frozen):
    """From one moment until another, nothing is promoted where it holds. Rollbacks go on.

    In the file the moments are ``from`` and ``until``; at ``until`` it is over.
    """

    name: Environment
    from_: Moment
    until: Moment
    environments: tuple[Glob, ...] = ("*",)
    models: tuple[Glob, ...] = ("*",)
    reason: Line | None = None


@frozen
class Transition(Frozen):
    """What must hold before a release may be promoted; every name is defined under ``checks``."""

    requires: tuple[CheckName, ...]


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
class EmergencyRules(Frozen):
    """Who may authorise a promotion without which requirements, and who reviews it afterwards until when."""

    authorised_by: tuple[RoleName, ...]
    may_skip: tuple[CheckName, ...]
    review_within: Duration
    review_by: tuple[RoleName, ...]
    environments: tuple[Glob, ...] = ("*",)


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
    emergency: EmergencyRules | None = None
