"""Lift: a person says that a release which was rolled back may come back."""

from __future__ import annotations

from gitregistry.errors import Refused
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import paths
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.lift import Lift
from gitregistry.rules.holds import departure, holds


def lift(name: ReleaseName, environment: str, reason: str) -> Proposer:
    """Propose the end of a release's hold in an environment."""

    def propose(present: Present) -> Proposal:
        present.environment(environment)
        release = require_release(present.snapshot, name.model, name.version)
        departed = departure(present.chain(name.model, environment), release)
        if departed is None:
            raise Refused(
                f"{name} was never rolled back from {environment}: there is nothing to lift",
                hint=f"registry promote {name} --to {environment}",
            )
        (hold,) = holds(present.law, present.snapshot, release, [departed], present.now)
        if hold.lift is not None:
            raise Refused(
                f"{hold.lift.record.created_by} lifted it already: {hold.lift.record.reason}",
                path=hold.lift.path,
                hint=f"registry promote {name} --to {environment}",
            )
        record = Lift(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=name.model,
            version=name.version,
            release_digest=release.digest,
            environment=environment,
            rollback=departed.rollback.opened.digest,
            reason=reason,
        )
        stem = f"{environment}-{present.principal}-{digest_of(encode(record))[7:19]}"
        return Proposal(
            f"Lift the hold on {name} in {environment}",
            {f"{paths.lifts_folder(name.model, name.version)}/{stem}.yaml": record},
            trailers=release_trailers("lift", str(name), environment),
            body=reason,
        )

    return propose
