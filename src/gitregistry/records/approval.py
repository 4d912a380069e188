"""Approval: a signed statement that a person in a role accepts a release for one environment."""

from typing import Literal

from gitregistry.records.common import (
    Digest,
    Environment,
    Incident,
    Line,
    ModelName,
    Moment,
    Prose,
    Record,
    RoleName,
    Stamp,
    Version,
)
from gitregistry.records.frozen import frozen

DecisionWord = Literal["approve", "reject", "withdraw"]


@frozen
class Approval(Record):
    """One person's decision on one release for one environment.

    ``reviewed`` are the digests of all evidence that the person saw, ``policy`` the policy it was given
    under: when either has moved on, the approval is stale. ``supersedes`` names this person's earlier
    decisions that this one replaces. One that names an ``incident`` authorises an emergency promotion for
    that incident, and meets no requirement.
    """

    kind: Literal["approval"] = "approval"
    model_name: ModelName
    version: Version
    release_digest: Digest
    environment: Environment
    role: RoleName
    decision: DecisionWord
    policy: Stamp
    reviewed: tuple[Digest, ...] = ()
    evaluation_report: Line | None = None
    note: Prose | None = None
    expires_at: Moment | None = None
    supersedes: tuple[Digest, ...] = ()
    incident: Incident | None = None
