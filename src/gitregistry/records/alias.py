"""Alias: the mutable pointer of one environment; the signed record of its last promotion or rollback."""

from typing import Literal

from gitregistry.records.common import (
    CheckName,
    CommitId,
    Count,
    Digest,
    Environment,
    Incident,
    ModelName,
    Moment,
    PrincipalId,
    Prose,
    Record,
    ReleaseReference,
    Stamp,
    Version,
)
from gitregistry.records.frozen import Frozen, frozen


@frozen
class Emergency(Frozen):
    """What a promotion went without, for which incident, on whose word, and until when that is reviewed."""

    incident: Incident
    reason: Prose
    authorised_by: PrincipalId
    review_due_at: Moment
    skipped: tuple[CheckName, ...] = ()


@frozen
class Alias(Record):
    """Where one environment points, and on what grounds.

    ``sequence`` counts from 1; ``previous`` is the digest of the alias record this one replaces; ``evidence``
    and ``approvals`` are the digests of all that satisfied a requirement; ``rollback_target`` is what to go
    back to; ``mends`` names commits that moved this alias without a lawful record and that this one settles.
    A promotion with ``emergency`` is kept a second time, byte for byte, under the model's ``emergencies``.
    """

    kind: Literal["alias"] = "alias"
    model_name: ModelName
    environment: Environment
    version: Version
    release_digest: Digest
    action: Literal["promote", "rollback"]
    sequence: Count
    previous: Digest | None = None
    policy: Stamp
    trust: Stamp
    evidence: tuple[Digest, ...] = ()
    approvals: tuple[Digest, ...] = ()
    rollback_target: ReleaseReference | None = None
    reason: Prose | None = None
    mends: tuple[CommitId, ...] = ()
    emergency: Emergency | None = None
