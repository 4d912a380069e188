"""Advance: promote by itself what the policy marks automatic and is ready; stop where something went wrong.

One run makes one step, and moves a model into one environment at the most. Where a model is ready for two,
the later one comes first: the move into the earlier would take its release from under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from gitregistry.operations.considered import Considered, State
from gitregistry.operations.fleet import (
    chosen_models,
    considered,
    first_words,
    fleet_proposal,
    read_all_pasts,
    read_releases,
)
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.operations.references import ReleaseName
from gitregistry.records import paths
from gitregistry.records.policy import PolicyEnvironment
from gitregistry.registry.chains import Link
from gitregistry.registry.opening import Broken
from gitregistry.registry.releases import find_release, version_names
from gitregistry.registry.retirements import find_retirement
from gitregistry.rules.fallbacks import is_by_mover
from gitregistry.rules.profiles import every_transition, transition_for
from gitregistry.rules.requirements import cited
from gitregistry.rules.step import Law
from gitregistry.storage.registry_tree import RegistryTree

# Requirements that somebody's word makes unmet, and somebody's word alone makes met again.
_STOPS = ("not_held", "line_running")
_NONE_AUTOMATIC = "no transition that was asked for is marked automatic (automatic: true in the policy)"


def advance(models: Sequence[str], target: str | None, reason: str | None) -> Proposer:
    """Propose every promotion that the policy marks automatic and that meets all it asks.

    Args:
        models: names or patterns; only these, or all when there is none.
        target: only into this environment.
    """

    def propose(present: Present) -> Proposal:
        if target is not None:
            present.environment(target)
        found = _Fleet(present, models, target).considered(reason)
        proposal = fleet_proposal(found)
        every = every_transition(present.law.policy.record)
        asked = [transition for _, name, transition in every if target is None or name == f"to_{target}"]
        if not any(transition.automatic for transition in asked):
            return replace(proposal, body=_NONE_AUTOMATIC)
        return proposal

    return propose


class _Candidate(NamedTuple):
    """A release that an environment may get, or that it may not, and why."""

    name: ReleaseName
    environment: str
    tip: Link | None
    stopped: str | None = None


class _Fleet:
    """The models that are asked for, with their pasts."""

    def __init__(self, present: Present, globs: Sequence[str], target: str | None) -> None:
        self._present = present
        self._environments = present.law.policy.record.environments
        self._target = target
        self._models = chosen_models(present, globs)
        names = [environment.name for environment in self._environments]
        self._pasts = read_all_pasts(present, names, self._models)
        tree = present.snapshot.tree
        self._places = tree.places() if isinstance(tree, RegistryTree) else {}

    def considered(self, reason: str | None) -> list[Considered]:
        """What would come of every candidate, model by model, by environment; asked once."""
        with self._pasts:
            candidates = [list(self._candidates(model)) for model in self._models]
        with read_releases(self._present, [one.name for each in candidates for one in each]):
            return [one for each in candidates for one in self._one_move(each, reason)]

    def _one_move(self, candidates: Sequence[_Candidate], reason: str | None) -> list[Considered]:
        found: list[Considered] = []
        going = None
        for candidate in reversed(candidates):
            one = self._consider(candidate, reason)
            if one.state == "moves" and going is not None:
                one = one.put_off(
                    "waits", f"one move a run: {going.version} goes to {going.environment} first", None
                )
            elif one.state == "moves":
                going = one
            found.append(one)
        return found[::-1]

    def _consider(self, candidate: _Candidate, reason: str | None) -> Considered:
        name, environment, tip, stopped = candidate
        one = _classified(considered(self._present, name, environment, tip, reason))
        if any(item.met and cited([item], "lifts") for item in one.requirements):
            return one  # a person looked at what went wrong and lets it go on
        if stopped is None and one.state == "moves" and _served(tip, name.version):
            stopped = f"it served in {environment} before: to bring it back is for a person"
        if stopped is None or one.state == "stopped":
            return one
        return one.put_off("stopped", stopped, f"registry promote {name} --to {environment}")

    def _candidates(self, model: str) -> Iterator[_Candidate]:
        tips = {each.name: self._present.chain(model, each.name) for each in self._environments}
        moves = {name: _last_move(self._present.law, tip) for name, tip in tips.items()}
        failed = self._latest_is_rollback([move for move in moves.values() if move is not None])
        for environment in self._environments:
            tip = tips[environment.name]
            if self._target not in (None, environment.name):
                continue
            versions = self._versions_for(model, environment, tips)
            name = ReleaseName(model, versions[0]) if versions else None
            if name is None or not _is_automatic(self._present, name, environment.name):
                continue
            stopped = failed or _rolled_back(moves[environment.name])
            if len(versions) > 1:
                stopped = f"{' and '.join(versions)} came in one step: none is the newer one"
            yield _Candidate(name, environment.name, tip, stopped)

    def _latest_is_rollback(self, moves: Sequence[Link]) -> str | None:
        """Why nothing of a model moves by itself: the last thing that was done to it was to take one back."""
        latest = max((self._place(move.commit) for move in moves), default=None)
        last = [_rolled_back(move) for move in moves if self._place(move.commit) == latest]
        return next((said for said in last if said is not None), None)

    def _versions_for(
        self, model: str, environment: PolicyEnvironment, tips: Mapping[str, Link | None]
    ) -> list[str]:
        """The release that may come to an environment; none when it is there, several when none is newest."""
        tip = tips[environment.name]
        if environment.after is None:
            return self._newer(model, tip)
        source = tips[environment.after]
        if source is None or (tip is not None and tip.release == source.release):
            return []
        return [source.opened.record.version]

    def _newer(self, model: str, tip: Link | None) -> list[str]:
        """The newest release by its place in history, if it is newer than the one that is there."""
        present = self._present.snapshot
        placed: dict[int, list[str]] = {}
        for version in version_names(present, model):
            placed.setdefault(self._registered(model, version), []).append(version)
        there = self._registered(model, tip.opened.record.version) if tip is not None else -1
        for place in sorted(placed, reverse=True):
            if place <= there:
                break
            alive = [version for version in placed[place] if not self._is_over(model, version)]
            if alive:
                return alive
        return []

    def _registered(self, model: str, version: str) -> int:
        past = self._present.snapshot.tree.versions(paths.manifest(model, version))
        return self._place(past[0].commit) if past else -1

    def _place(self, commit: str | None) -> int:
        return self._places.get(commit or "", -1)

    def _is_over(self, model: str, version: str) -> bool:
        try:
            return find_retirement(self._present.snapshot, model, version) is not None
        except Broken:  # a retirement that cannot be read still says that the release is over
            return True


def _is_automatic(present: Present, name: ReleaseName, environment: str) -> bool:
    """Whether the transition that holds for a release may go by itself."""
    try:
        release = find_release(present.snapshot, name.model, name.version)
        found = release and transition_for(present.law, present.snapshot, release, environment)
    except Broken:  # it is considered, and refused in the words that say why nobody can tell
        every = every_transition(present.law.policy.record)
        return any(one.automatic for _, transition, one in every if transition == f"to_{environment}")
    return found is not None and found.automatic


def _classified(one: Considered) -> Considered:
    """What is not ready yet waits; what somebody stopped is stopped; only what failed is refused."""
    unmet = [item for item in one.requirements if not item.met]
    if one.state == "moves" or not unmet:
        return one
    stops = [item for item in unmet if item.name in _STOPS]
    failed = [item for item in unmet if cited([item], "evidence")]  # it speaks against the release
    first = stops or failed or unmet
    ordered = [*first, *(item for item in unmet if item not in first)]
    state: State = "stopped" if stops else "refused" if failed else "waits"
    return one.put_off(state, first_words(ordered), ordered[0].hint)


def _last_move(law: Law, tip: Link | None) -> Link | None:
    """The newest record of an alias, but for promotions by somebody who may not promote: they end no stop."""
    links = tip.backwards() if tip is not None else ()
    return next(
        (link for link in links if link.opened.record.action == "rollback" or is_by_mover(law, link)),
        None,
    )


def _rolled_back(move: Link | None) -> str | None:
    """Why nothing moves by itself to where the last move was a rollback, until somebody promotes there."""
    if move is None or move.opened.record.action != "rollback":
        return None
    record = move.opened.record
    why = f": {record.reason}" if record.reason else ""
    return f"{record.environment} was rolled back by {record.created_by}{why}"


def _served(tip: Link | None, version: str) -> bool:
    return tip is not None and any(link.opened.record.version == version for link in tip.backwards())
