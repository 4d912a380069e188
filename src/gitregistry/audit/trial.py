"""What the promotions of the past would have been under another policy: each at its step, by what was there.

The trust, the records and the time are those of the step. Approvals name the policy that they were given
under; one that counted in its day counts here as if it had been given under the other policy. Each promotion
is tried by itself: what it rests on is what history held, whether or not that would have come to be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from gitregistry.records.alias import Alias
from gitregistry.records.encoding import encode
from gitregistry.records.paths import SIGNATURE
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.registry.releases import find_release
from gitregistry.registry.snapshot import Cache, Snapshot
from gitregistry.rules.findings import Decision, Finding, Requirement
from gitregistry.rules.requirements import evaluate, promotion_of
from gitregistry.rules.step import Law, Step, law_of


class Proposed(NamedTuple):
    """A policy's bytes, as it is handed to other processes, and how many of the newest promotions to try."""

    data: bytes
    last: int | None = None

    @staticmethod
    def of(policy: Policy, last: int | None) -> Proposed:
        """To try by a policy the newest so many promotions; None for all."""
        return Proposed(encode(policy), last)


class Tried(NamedTuple):
    """One promotion of the past, judged by both policies.

    Attributes:
        position: its step's place in history.
        time: the step's.
        lacked: what it did not meet of the policy in force at its step.
        lacks: what it does not meet of the other one.
        besides: the rules that it broke whatever the policy asks.
    """

    position: int
    path: str
    commit: str
    time: str
    model: str
    version: str
    environment: str
    lacked: tuple[Requirement, ...]
    lacks: tuple[Requirement, ...]
    besides: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it was lawful in its day."""
        return not self.lacked and not self.besides

    @property
    def would_pass(self) -> bool:
        """Whether it would have been, under the other policy."""
        return not self.lacks and not self.besides


class Trial:
    """One share's promotions, tried step by step as the replay comes by them."""

    def __init__(self, proposed: Proposed, cache: Cache) -> None:
        self.tried: deque[Tried] = deque(maxlen=proposed.last)
        self._policy = read_record(Policy, proposed.data, "the proposed policy")
        self._cache = cache.apart()
        self._law: tuple[Law, Law] | None = None

    def follow(self, position: int, step: Step, decision: Decision) -> None:
        """Try the promotions of a step that was judged."""
        asked: dict[str, list[Requirement]] = {}
        for requirement in decision.requirements:
            asked.setdefault(requirement.path, []).append(requirement)
        for path, requirements in asked.items():
            found = [item for item in decision.findings if item.path in (path, path + SIGNATURE)]
            self.tried += self._try(position, step, path, (requirements, found))

    def _try(
        self, position: int, step: Step, path: str, said: tuple[Sequence[Requirement], Sequence[Finding]]
    ) -> list[Tried]:
        requirements, found = said
        after = Snapshot(step.after.tree, self._cache)
        opened = after.open(Alias, "alias", path)
        record = opened.record if opened is not None else None
        release = find_release(after, record.model_name, record.version) if record is not None else None
        if record is None or release is None:
            return []  # the judge evaluates no promotion of what is not there
        law = self._law_for(step.law or law_of(step.after))
        now = evaluate(law, after, step.chain, promotion_of(record, release, step.time))
        lacked = tuple(item for item in requirements if item.stops)
        return [
            Tried(
                position,
                path,
                step.commit or "",
                step.time,
                record.model_name,
                record.version,
                record.environment,
                lacked,
                tuple(item for item in now if item.stops),
                _besides(found, lacked),
            )
        ]

    def _law_for(self, law: Law) -> Law:
        """The trust in force with the other policy in the place of the one in force.

        It stands there by that one's digest, which approvals name.
        """
        if self._law is None or self._law[0] is not law:
            there = law.policy
            policy = there._replace(record=replace(self._policy, version=there.record.version))
            self._law = (law, law._replace(policy=policy))
        return self._law[1]


def _besides(found: Sequence[Finding], lacked: Sequence[Requirement]) -> tuple[str, ...]:
    """The rules broken that no requirement speaks of.

    What a promotion cites follows from what it meets: where it lacked something, the citation says no more.
    """
    restated = {f"{item.name}: {item.reason}" for item in lacked}
    follows = {"cited"} if lacked else set()
    rules = (item.rule for item in found if item.message not in restated and item.rule not in follows)
    return tuple(dict.fromkeys(rules))
