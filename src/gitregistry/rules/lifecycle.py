"""A release's state, derived from the records and never claimed by one."""

from __future__ import annotations

from dataclasses import dataclass

from gitregistry.records.release import Release
from gitregistry.registry.chains import ChainReader, served
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.retirements import find_retirement
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.requirements import Promotion, evaluate
from gitregistry.rules.step import Law

REGISTERED = "registered"
VALIDATED = "validation-passed"
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a release stands.

    Attributes:
        state: ``registered``, ``validation-passed``, ``ENVIRONMENT-approved`` or ``retired``.
        aliases: the environments that point at it now.
        archived: whether it served in the last environment and another release does now.
        withdrawn: whether it is in quarantine.
    """

    state: str
    aliases: tuple[str, ...]
    archived: bool
    withdrawn: bool


def standing(
    law: Law, snapshot: Snapshot, chain: ChainReader, release: Opened[Release], now: str
) -> Standing:
    """Derive a release's state: the last environment it was promoted to, or how far it came before."""
    model, version = release.record.model_name, release.record.version
    environments = [environment.name for environment in law.policy.record.environments]
    tips = {name: chain(model, name) for name in environments}
    aliases = tuple(
        name
        for name, tip in tips.items()
        if tip is not None and tip.opened.record.release_digest == release.digest
    )
    reached = [name for name, tip in tips.items() if served(tip, release.digest)]
    last = environments[-1] if environments else ""
    archived = last in reached and last not in aliases
    try:
        retirement = find_retirement(snapshot, model, version)
        withdrawn = retirement is not None and retirement.record.scope == "withdrawn"
        retired = retirement is not None
    except Broken:  # a retirement that cannot be read still says that the release is over
        withdrawn = retired = True
    if retired:
        state = RETIRED
    elif reached:
        state = f"{reached[-1]}-approved"
    else:
        state = VALIDATED if _is_validated(law, snapshot, chain, release, now) else REGISTERED
    return Standing(state, aliases, archived, withdrawn)


def _is_validated(
    law: Law, snapshot: Snapshot, chain: ChainReader, release: Opened[Release], now: str
) -> bool:
    """Whether all that the first environment asks of it is met.

    A freeze, a stop or a review that is overdue says nothing of a release.
    """
    first = law.policy.record.environments[:1]
    if not first:
        return False
    asked = Promotion(release, first[0].name, promoter="", time=now)
    requirements = evaluate(law, snapshot, chain, asked)
    return all(item.met or item.rule in ("freeze", "line", "emergency") for item in requirements)
