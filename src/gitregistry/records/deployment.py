"""Deployment: which serving revisions actually carry which releases, with how much traffic."""

from typing import Literal

from gitregistry.records.common import (
    Count,
    Digest,
    Environment,
    Line,
    ModelName,
    Moment,
    Percent,
    Record,
    Version,
)
from gitregistry.records.frozen import Frozen, frozen

Mode = Literal["live", "canary", "shadow", "ab"]


@frozen
class Binding(Frozen):
    """One serving revision. A shadow binding answers nobody: its traffic counts for nothing."""

    revision: Line
    version: Version
    release_digest: Digest
    mode: Mode = "live"
    traffic_percent: Percent
    requested_at: Moment | None = None
    ready_at: Moment | None = None


@frozen
class Observation(Frozen):
    """Who saw the bindings serve, how, when, and which bytes."""

    by: Line
    how: Line
    at: Moment
    artifact_digest: Digest | None = None


@frozen
class Deployment(Record):
    """All revisions that serve a model in one environment; live, canary and ab traffic sums to 100."""

    kind: Literal["deployment"] = "deployment"
    model_name: ModelName
    environment: Environment
    sequence: Count
    previous: Digest | None = None
    service: Line | None = None
    bindings: tuple[Binding, ...] = ()
    observed: Observation | None = None
