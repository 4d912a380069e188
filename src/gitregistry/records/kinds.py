"""Each kind of record: its class, and the namespace that its signatures are made for."""

from __future__ import annotations

from gitregistry.records.alias import Alias
from gitregistry.records.approval import Approval
from gitregistry.records.common import Record
from gitregistry.records.deployment import Deployment
from gitregistry.records.evidence import Evidence
from gitregistry.records.model import Model
from gitregistry.records.policy import Policy
from gitregistry.records.release import Release
from gitregistry.records.retirement import Retirement
from gitregistry.records.trust import Trust

KINDS: dict[str, type[Record]] = {
    "trust": Trust,
    "policy": Policy,
    "model": Model,
    "release": Release,
    "evidence": Evidence,
    "approval": Approval,
    "alias": Alias,
    "deployment": Deployment,
    "retirement": Retirement,
}
IMMUTABLE = frozenset({"release", "card", "evidence", "approval", "retirement"})
