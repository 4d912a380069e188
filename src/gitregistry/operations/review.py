"""Review: a person's judgement on an emergency promotion, afterwards; and what there is to review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.errors import BadInput, NotFound
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.reading import Reading
from gitregistry.operations.require import require_release, unknown_model
from gitregistry.records import paths
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.review import Outcome, Review
from gitregistry.registry.chains import Link
from gitregistry.registry.emergencies import EmergencyMade, emergencies, review_roles
from gitregistry.registry.releases import model_names
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import Promotion, evaluate
from gitregistry.rules.step import Law

_OUTCOMES: dict[str, Outcome] = {"justified": "justified", "unjustified": "unjustified"}


class Judged(NamedTuple):
    """What a person found.

    ``sequence`` of None means the first that waits there; ``role`` of None, the first that the person holds.
    """

    environment: str
    sequence: int | None
    outcome: Outcome
    findings: str
    role: str | None = None


def review(model: str, judged: Judged) -> Proposer:
    """Propose a review, bound to the alias record that it is of."""

    def propose(present: Present) -> Proposal:
        found = require_emergency(present.snapshot, present.law, model, judged.environment, judged.sequence)
        alias = found.kept.record
        record = Review(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=model,
            environment=alias.environment,
            version=alias.version,
            sequence=alias.sequence,
            promotion=found.kept.digest,
            incident=found.emergency.incident,
            role=judged.role or _own_role(present, model, alias.environment),
            outcome=judged.outcome,
            findings=judged.findings,
        )
        stem = f"{alias.environment}-{alias.sequence}-{digest_of(encode(record))[7:19]}"
        subject = f"Review the promotion of {model}:{alias.version} to {alias.environment}: {judged.outcome}"
        trailers = (
            *release_trailers("review", f"{model}:{alias.version}", alias.environment),
            ("Registry-Sequence", str(alias.sequence)),
            ("Registry-Incident", found.emergency.incident),
        )
        path = f"{paths.reviews_folder(model)}/{stem}.yaml"
        return Proposal(subject, {path: record}, trailers=trailers, body=judged.findings)

    return propose


def require_emergency(
    snapshot: Snapshot, law: Law, model: str, environment: str, sequence: int | None
) -> EmergencyMade:
    """The emergency that is meant: the one with this number, else the first that waits for its review."""
    if not snapshot.names_in(paths.model_folder(model)):
        raise unknown_model(snapshot, model)
    made = [
        item
        for item in emergencies(snapshot, law.trust, law.policy, model)[0]
        if item.kept.record.environment == environment
    ]
    if sequence is None:
        found = next((item for item in made if item.review is None), None)
    else:
        found = next((item for item in made if item.kept.record.sequence == sequence), None)
    if found is None:
        which = "that waits for its review" if sequence is None else f"with sequence {sequence}"
        raise NotFound(f"{model} has no emergency promotion to {environment} {which}", hint="registry status")
    return found


def _own_role(present: Present, model: str, environment: str) -> str:
    """The first role in which the actor may review; with none, the judge says who may."""
    roles = review_roles(present.law.policy.record)
    held = (role for role in roles if present.law.trust.holds(present.principal, role, model, environment))
    return next(held, roles[0])


def attested_since(reading: Reading, found: EmergencyMade) -> list[Requirement]:
    """The requirements that an emergency skipped as they stand now; those no longer asked are left out."""
    alias = found.kept.record
    release = require_release(reading.snapshot, alias.model_name, alias.version)
    asked = Promotion(release, alias.environment, alias.created_by, reading.time)
    requirements = evaluate(reading.law, reading.snapshot, reading.chain, asked)
    return [item for item in requirements if item.name in found.emergency.skipped]


def waiting(reading: Reading) -> Iterator[EmergencyMade]:
    """Every emergency of any model that waits for its review."""
    for model in model_names(reading.snapshot):
        if reading.snapshot.tree.children(paths.emergencies_folder(model)):
            made, _ = emergencies(reading.snapshot, reading.law.trust, reading.law.policy, model)
            yield from (item for item in made if item.review is None)


def made_by(reading: Reading, promotion: Link) -> EmergencyMade | None:
    """The emergency that a promotion was, with its review; None for an ordinary one."""
    record = promotion.opened.record
    if record.emergency is None:
        return None
    made, _ = emergencies(reading.snapshot, reading.law.trust, reading.law.policy, record.model_name)
    return next((item for item in made if item.kept.digest == promotion.opened.digest), None)


def parse_outcome(text: str) -> Outcome:
    """An outcome as typed."""
    outcome = _OUTCOMES.get(text)
    if outcome is None:
        raise BadInput(f"{text!r} is no outcome", hint="--outcome justified, or --outcome unjustified")
    return outcome
