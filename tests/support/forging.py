"""Records that an insider would make by hand: everything looks right but for what a test changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gitregistry.records import paths
from gitregistry.records.alias import Alias, Emergency
from gitregistry.records.approval import Approval
from gitregistry.records.common import ReleaseReference, Stamp
from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Policy
from gitregistry.records.release import Release
from gitregistry.records.review import Review
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import after
from tests.support.keys import IDS
from tests.support.registry import MODEL, Registry


def stamps(registry: Registry) -> tuple[Stamp, Stamp]:
    """Policy and trust in the work tree as other records name them."""
    policy, trust = registry.record(Policy, paths.POLICY), registry.record(Trust, paths.TRUST)
    return (
        Stamp(version=policy.version, digest=registry.digest(paths.POLICY)),
        Stamp(version=trust.version, digest=registry.digest(paths.TRUST)),
    )


def made_promotion(registry: Registry, version: str, environment: str, /, **changes: Any) -> Alias:
    """An alias record that promotes a release, lawful or not, citing all that is filed and could count."""
    path = registry.alias(environment)
    tip = registry.record(Alias, path) if (registry.folder / path).exists() else None
    policy, trust = stamps(registry)
    wanted = registry.record(Policy, paths.POLICY).promotion_policy[f"to_{environment}"].requires
    here = ReleaseReference(version=version, release_digest=registry.digest(registry.manifest(version)))
    record = Alias(
        registry_id=registry.pin,
        created_at=registry.record(Trust, paths.TRUST).created_at,
        created_by=IDS["alice"],
        model_name=MODEL,
        environment=environment,
        version=version,
        release_digest=here.release_digest,
        action="promote",
        sequence=tip.sequence + 1 if tip else 1,
        previous=registry.digest(path) if tip else None,
        policy=policy,
        trust=trust,
        evidence=_evidence(registry, version, wanted),
        approvals=_approvals(registry, version, environment),
        rollback_target=_fallback(tip, here),
    )
    latest = max(
        registry.record(Release, registry.manifest(version)).created_at, tip.created_at if tip else ""
    )
    return replace(record, **({"created_at": latest} | changes))


def promote_by_hand(
    registry: Registry, version: str, environment: str, key: str = "alice", /, **changes: Any
) -> str:
    """Forge a promotion and commit it with plain git; the commit."""
    record = made_promotion(registry, version, environment, **changes)
    registry.forge(registry.alias(environment), record, key)
    return registry.commit_all(f"Promote {MODEL}:{version} to {environment}")


def made_evidence(registry: Registry, version: str, check: str, /, **changes: Any) -> tuple[str, Evidence]:
    """Evidence that passed, by ci, and a path for it."""
    release = registry.record(Release, registry.manifest(version))
    record = Evidence(
        registry_id=registry.pin,
        created_at=release.created_at,
        created_by="ci",
        model_name=MODEL,
        version=version,
        release_digest=registry.digest(registry.manifest(version)),
        check=check,
        result="passed",
    )
    folder = paths.evidence_folder(MODEL, version)
    number = len(registry.find(f"{folder}/*.yaml"))
    return f"{folder}/{check}-forged{number}.yaml", replace(record, **changes)


def made_approval(
    registry: Registry, version: str, who: str, role: str, environment: str = "production", /, **changes: Any
) -> tuple[str, Approval]:
    """Somebody's approval that saw all evidence on file, and a path for it."""
    release = registry.record(Release, registry.manifest(version))
    evidence = registry.find(f"{paths.evidence_folder(MODEL, version)}/*.yaml")
    record = Approval(
        registry_id=registry.pin,
        created_at=release.created_at,
        created_by=IDS[who],
        model_name=MODEL,
        version=version,
        release_digest=registry.digest(registry.manifest(version)),
        environment=environment,
        role=role,
        decision="approve",
        policy=stamps(registry)[0],
        reviewed=tuple(sorted(registry.digest(path) for path in evidence)),
    )
    folder = paths.approvals_folder(MODEL, version)
    number = len(registry.find(f"{folder}/*.yaml"))
    return f"{folder}/{environment}-{IDS[who]}-forged{number}.yaml", replace(record, **changes)


def _evidence(registry: Registry, version: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    found = registry.find(f"{paths.evidence_folder(MODEL, version)}/*.yaml")
    return tuple(
        sorted(registry.digest(path) for path in found if registry.record(Evidence, path).check in wanted)
    )


def _approvals(registry: Registry, version: str, environment: str) -> tuple[str, ...]:
    found = registry.find(f"{paths.approvals_folder(MODEL, version)}/*.yaml")
    return tuple(
        sorted(
            registry.digest(path)
            for path in found
            if registry.record(Approval, path).environment == environment
        )
    )


def _fallback(tip: Alias | None, here: ReleaseReference) -> ReleaseReference | None:
    if tip is None:
        return None
    if tip.release_digest == here.release_digest:
        return tip.rollback_target
    return ReleaseReference(version=tip.version, release_digest=tip.release_digest)


def made_emergency(registry: Registry, version: str, environment: str, /, **changes: Any) -> Alias:
    """An alias record of an emergency that skips all that is required and was not filed, authorised by alice.

    Its review is due after the 72 hours that the tests' policy gives.
    """
    record = made_promotion(registry, version, environment)
    policy = registry.record(Policy, paths.POLICY)
    wanted = policy.promotion_policy[f"to_{environment}"].requires
    filed = registry.find(f"{paths.evidence_folder(MODEL, version)}/*.yaml")
    passed = {registry.record(Evidence, path).check for path in filed}
    emergency = Emergency(
        incident="INC-1",
        reason="customers are locked out",
        authorised_by=IDS["alice"],
        review_due_at=after(record.created_at, "72h") or "",
        skipped=tuple(name for name in wanted if name not in passed),
    )
    kept = {key: changes.pop(key) for key in list(changes) if key in Emergency.__dataclass_fields__}
    return replace(record, emergency=replace(emergency, **kept), **changes)


def emergency_by_hand(
    registry: Registry, version: str, environment: str, key: str = "alice", /, **changes: Any
) -> str:
    """Forge an emergency promotion, kept as it must be, and commit it with plain git; the commit."""
    record = made_emergency(registry, version, environment, **changes)
    for path in (registry.alias(environment), paths.emergency(MODEL, environment, record.sequence)):
        registry.forge(path, record, key)
    return registry.commit_all(f"Promote {MODEL}:{version} to {environment}")


def made_review(registry: Registry, kept: str, who: str, role: str, /, **changes: Any) -> tuple[str, Review]:
    """Somebody's review of the emergency kept at a path, and a path for it."""
    alias = registry.record(Alias, kept)
    assert alias.emergency is not None
    record = Review(
        registry_id=registry.pin,
        created_at=alias.created_at,
        created_by=IDS[who],
        model_name=MODEL,
        environment=alias.environment,
        version=alias.version,
        sequence=alias.sequence,
        promotion=registry.digest(kept),
        incident=alias.emergency.incident,
        role=role,
        outcome="justified",
        findings="it had to be",
    )
    path = f"{paths.reviews_folder(MODEL)}/{alias.environment}-{alias.sequence}-forged.yaml"
    return path, replace(record, **changes)
