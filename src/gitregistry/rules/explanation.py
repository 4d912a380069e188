"""What a promotion asks of one model, and which part of the policy says so."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.records.policy import Transition
from gitregistry.records.release import Release
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.findings import Requirement
from gitregistry.rules.profiles import Chosen, choose
from gitregistry.rules.requirements import Promotion, evaluate
from gitregistry.rules.step import Law


class Explanation(NamedTuple):
    """The transition of a model to an environment.

    Attributes:
        chosen: which one holds and why; None where nobody can say, for the reason in ``doubt``.
        now: for a release, each requirement as it stands; None without one.
    """

    model: str
    environment: str
    chosen: Chosen | None
    doubt: Broken | None = None
    now: tuple[Requirement, ...] | None = None

    @property
    def transition(self) -> Transition | None:
        return self.chosen.transition if self.chosen is not None else None


def explain_model(law: Law, snapshot: Snapshot, model: str, environment: str) -> Explanation:
    """For whatever release of a model, which need not exist."""
    return _explained(law, snapshot, model, None, environment)


def explain_release(
    law: Law, snapshot: Snapshot, chain: ChainReader, release: Opened[Release], asked: tuple[str, str]
) -> Explanation:
    """For one release; ``asked`` is the environment and the moment. Nobody is the one promoting yet."""
    environment, time = asked
    record = release.record
    found = _explained(law, snapshot, record.model_name, record.risk_tier, environment)
    promotion = Promotion(release, environment, promoter="", time=time)
    return found._replace(now=evaluate(law, snapshot, chain, promotion))


def _explained(
    law: Law, snapshot: Snapshot, model: str, claimed: str | None, environment: str
) -> Explanation:
    try:
        return Explanation(model, environment, choose(law, snapshot, model, claimed, environment))
    except Broken as doubt:
        return Explanation(model, environment, None, doubt)
