"""Rollback: back to the last good release in one signed commit, shaped as a revert of the one it undoes.

It needs no approval beyond the operator's role, no artifact and no network.
"""

from __future__ import annotations

from gitregistry.errors import NotFound, Refused
from gitregistry.operations.present import Present
from gitregistry.operations.promote import alias_proposal, unlawful_moves, with_fallback
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.operations.require import require_release, unknown_model
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.registry.chains import Link
from gitregistry.rules.fallbacks import last_good


def rollback(model: str, environment: str, version: str | None, reason: str) -> Proposer:
    """Propose that an alias goes back.

    Args:
        version: where to; None for the last release that was good there.
    """

    def propose(present: Present) -> Proposal:
        present.environment(environment)
        tip = present.chain(model, environment)
        if tip is None:
            if not present.snapshot.names_in(paths.model_folder(model)):
                raise unknown_model(present.snapshot, model)
            raise NotFound(f"{model} never was in {environment}: there is nothing to go back from")
        target = version or _last_good(present, tip)
        release = require_release(present.snapshot, model, target)
        path = paths.alias(model, environment)
        mends = unlawful_moves(present, tip, path)
        if release.digest == tip.opened.record.release_digest and not mends:
            raise Refused(
                f"{model}:{target} is in {environment} already: there is nothing to go back from",
                hint=f"registry log {model}@{environment}",
            )
        alias = Alias(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=model,
            environment=environment,
            version=target,
            release_digest=release.digest,
            action="rollback",
            sequence=tip.opened.record.sequence + 1,
            previous=tip.opened.digest,
            policy=present.policy_stamp,
            trust=present.trust_stamp,
            reason=reason,
            mends=mends,
        )
        subject = f'Revert "Promote {model}:{tip.opened.record.version} to {environment}"'
        body = (
            f"{reason}\n\nThis reverts commit {tip.commit}.\n\n{environment} goes back to {model}:{target}."
        )
        return alias_proposal(subject, with_fallback(present, tip, alias), body)

    return propose


def _last_good(present: Present, tip: Link) -> str:
    record = tip.opened.record
    target = last_good(present.law, present.snapshot, tip, record)
    if target is None:
        raise NotFound(
            f"{record.model_name} has no earlier good release in {record.environment} to go back to",
            hint=f"registry stop {record.model_name} --reason '…' keeps anything new away; "
            f"registry promote {record.model_name}:VERSION --to {record.environment} brings another; "
            f"registry log {record.model_name}@{record.environment} lists what served",
        )
    return target.version
