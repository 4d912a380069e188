"""Review: what a person found who looked at an emergency promotion afterwards; it closes the emergency."""

from typing import Literal

from gitregistry.records.common import (
    Count,
    Digest,
    Environment,
    Incident,
    ModelName,
    Prose,
    Record,
    RoleName,
    Version,
)
from gitregistry.records.frozen import frozen

Outcome = Literal["justified", "unjustified"]


@frozen
class Review(Record):
    """One person's judgement on one emergency: ``promotion`` is the digest of its alias record."""

    kind: Literal["review"] = "review"
    model_name: ModelName
    environment: Environment
    version: Version
    sequence: Count
    promotion: Digest
    incident: Incident
    role: RoleName
    outcome: Outcome
    findings: Prose
