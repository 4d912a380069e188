"""Deploy: record which serving revision carries which release, with how much traffic."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gitregistry.errors import BadInput
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release, unusable
from gitregistry.records import paths
from gitregistry.records.deployment import Binding, Deployment, Mode, Observation
from gitregistry.registry.opening import Broken, Opened


@dataclass(frozen=True, slots=True)
class Rollout:
    """One serving revision, as it is given to ``deploy``; ``traffic`` is a percentage."""

    revision: str
    traffic: int
    mode: Mode = "live"
    service: str | None = None
    observed: Observation | None = None


def deployment(name: ReleaseName, environment: str, rollout: Rollout) -> Proposer:
    """Propose that a revision carries a release.

    What traffic is left goes to the other revisions in the shares they had; a revision left with none is
    taken away.
    """

    def propose(present: Present) -> Proposal:
        present.environment(environment)
        release = require_release(present.snapshot, name.model, name.version)
        path = paths.deployment(name.model, environment)
        before = _before(present, path)
        binding = Binding(
            revision=rollout.revision,
            version=name.version,
            release_digest=release.digest,
            mode=rollout.mode,
            traffic_percent=rollout.traffic,
            requested_at=present.now,
        )
        record = Deployment(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=name.model,
            environment=environment,
            sequence=before.record.sequence + 1 if before else 1,
            previous=before.digest if before else None,
            service=rollout.service or (before.record.service if before else None),
            bindings=share_traffic(before.record.bindings if before else (), binding),
            observed=rollout.observed,
        )
        return Proposal(
            f"Deploy {name} as {rollout.revision} in {environment} at {rollout.traffic}%",
            {path: record},
            trailers=release_trailers("deploy", str(name), environment),
        )

    return propose


def _before(present: Present, path: str) -> Opened[Deployment] | None:
    try:
        return present.snapshot.open(Deployment, "deployment", path)
    except Broken as broken:
        raise unusable(broken, path) from None


def share_traffic(present: tuple[Binding, ...], new: Binding) -> tuple[Binding, ...]:
    """The bindings once ``new`` has the traffic it asks for and the others share the rest.

    Raises:
        BadInput: something is left over, and nobody else is there to take it.
    """
    others = [binding for binding in present if binding.revision != new.revision]
    if new.mode == "shadow":
        return (*others, new)
    shadows = [binding for binding in others if binding.mode == "shadow"]
    sharing = [binding for binding in others if binding.mode != "shadow"]
    left = 100 - new.traffic_percent
    if left and not sharing:
        raise BadInput(
            f"nothing else serves here to take the other {left} % of the traffic",
            field="--traffic",
            hint="--traffic 100 for the only revision",
        )
    kept = [binding for binding in _shared(sharing, left) if binding.traffic_percent]
    serving = [new] if new.traffic_percent else []
    return (*kept, *serving, *shadows)


def _shared(bindings: list[Binding], left: int) -> list[Binding]:
    """The bindings with ``left`` percent between them, in their old proportions, summing exactly."""
    total = sum(binding.traffic_percent for binding in bindings)
    shares = []
    given = 0
    for index, binding in enumerate(bindings):
        last = index == len(bindings) - 1
        share = left - given if last else left * binding.traffic_percent // max(total, 1)
        given += share
        shares.append(replace(binding, traffic_percent=share))
    return shares
