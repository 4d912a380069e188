"""Each kind of record and its class."""

from __future__ import annotations

from collections.abc import Mapping

from gitregistry.records.common import Record
from gitregistry.records.on_demand import OnDemand

KINDS: Mapping[str, type[Record]] = OnDemand(
    {
        "trust": "gitregistry.records.trust:Trust",
        "policy": "gitregistry.records.policy:Policy",
        "model": "gitregistry.records.model:Model",
        "release": "gitregistry.records.release:Release",
        "evidence": "gitregistry.records.evidence:Evidence",
        "approval": "gitregistry.records.approval:Approval",
        "alias": "gitregistry.records.alias:Alias",
        "deployment": "gitregistry.records.deployment:Deployment",
        "retirement": "gitregistry.records.retirement:Retirement",
        "lift": "gitregistry.records.lift:Lift",
        "line": "gitregistry.records.line:Line",
        "review": "gitregistry.records.review:Review",
    }
)
# Signed as records are, but lying in no registry.
STATEMENTS: Mapping[str, type[Record]] = OnDemand({"checkpoint": "gitregistry.records.checkpoint:Checkpoint"})
IMMUTABLE = frozenset(
    {"release", "card", "evidence", "approval", "retirement", "lift", "emergency", "review"}
)
