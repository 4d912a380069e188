"""What will come of a record just filed: said at once, not only when somebody promotes."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.operations.reading import Reading
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import paths
from gitregistry.rules.requirements import Promotion, evaluate
from gitregistry.rules.tiers import tiers_of, unknown_tier_words


def unmet_check(reading: Reading, name: ReleaseName, check: str) -> list[str]:
    """Why the requirement of this name is still not met, in words."""
    return _unmet(reading, name, {check}, reading.environments())


def unmet_approval(reading: Reading, name: ReleaseName, role: str, environment: str) -> list[str]:
    """Why approvals in a role do not yet meet what an environment asks, in words."""
    checks = reading.law.policy.record.checks.items()
    wanted = {name for name, check in checks if check.type == "approval" and check.role == role}
    return _unmet(reading, name, wanted, [environment])


def unmet_everywhere(reading: Reading, name: ReleaseName, checks: Sequence[str]) -> dict[str, str]:
    """Of checks that some environment requires, those that no environment takes as met, each with why."""
    release = require_release(reading.snapshot, name.model, name.version)
    found: dict[str, str] = {}
    met: set[str] = set()
    for environment in reading.environments():
        asked = Promotion(release, environment, promoter="", time=reading.time)
        for item in evaluate(reading.law, reading.snapshot, reading.chain, asked):
            if item.met:
                met.add(item.name)
            elif item.name in checks:
                found[item.name] = item.reason or "not met"
    return {check: reason for check, reason in found.items() if check not in met}


def unknown_tier(reading: Reading, tier: str | None) -> list[str]:
    """That no profile of the policy is for a risk tier, where it has profiles for some: perhaps a slip."""
    policy = reading.law.policy.record
    if tier is None or tier in (known := tiers_of(policy)) or not known:
        return []
    return [unknown_tier_words(policy, tier)]


def _unmet(reading: Reading, name: ReleaseName, wanted: set[str], environments: list[str]) -> list[str]:
    release = require_release(reading.snapshot, name.model, name.version)
    reading.tree.gather_versions(*paths.chains_of(name.model))
    found = {}
    for environment in environments:
        asked = Promotion(release, environment, promoter="", time=reading.time)
        for item in evaluate(reading.law, reading.snapshot, reading.chain, asked):
            if item.name in wanted and not item.met:
                found[item.name] = item.reason or "not met"
    return [f"{requirement}: {reason}" for requirement, reason in found.items()]
