"""Retire: end a release's life; ``withdraw`` puts it in quarantine."""

from __future__ import annotations

from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import paths
from gitregistry.records.retirement import Retirement


def retirement(name: ReleaseName, *, withdraw: bool, reason: str, replacement: str | None) -> Proposer:
    """Propose the end of a release."""

    def propose(present: Present) -> Proposal:
        release = require_release(present.snapshot, name.model, name.version)
        if replacement is not None:
            require_release(present.snapshot, name.model, replacement)
        record = Retirement(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=name.model,
            version=name.version,
            release_digest=release.digest,
            scope="withdrawn" if withdraw else "retired",
            reason=reason,
            replacement=replacement,
        )
        return Proposal(
            f"{'Withdraw' if withdraw else 'Retire'} {name}",
            {paths.retirement(name.model, name.version): record},
            trailers=release_trailers("withdraw" if withdraw else "retire", str(name)),
            body=reason,
        )

    return propose
