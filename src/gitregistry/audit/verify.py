"""Verify: judge every first-parent step again, from the first, under the law that was in force at each.

A step is compared with nothing but the step before. What a finding stops is its own record; the replay
goes on, so that one report names all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gitregistry.audit.carried import Start
from gitregistry.audit.emergencies import EmergencyAt, emergencies_told
from gitregistry.audit.judged_before import Known, recall, remember
from gitregistry.audit.recoveries import Recovery, findings_under_pin, unfounded
from gitregistry.audit.share import Beginning, Outcome, PolicyAt, Said, Task
from gitregistry.audit.shares import judged
from gitregistry.audit.verdict import Made, MadeUnder, PolicyInForce, Reached, Verdict
from gitregistry.errors import CannotTell
from gitregistry.records import paths
from gitregistry.records.common import Stamp
from gitregistry.records.policy import Policy
from gitregistry.registry.moments import clearly_after, from_epoch
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.findings import Finding
from gitregistry.rules.judge import judge_clock
from gitregistry.rules.recovery import RECOVERY
from gitregistry.storage import history
from gitregistry.storage.objects import Objects
from gitregistry.storage.proof import proven
from gitregistry.storage.registry_tree import RegistryTree

if TYPE_CHECKING:
    from gitregistry.audit.trial import Proposed  # which few replays have


def verify(
    objects: Objects,
    head: str,
    pin: str | None,
    now: str,
    on_step: Callable[[int], None] | None = None,
    memory: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge the history that ends at ``head``.

    Args:
        objects: the repository's objects.
        head: full commit id.
        pin: the digest that the first trust record must have; None when nobody can say.
        now: the verifier's own time.
        on_step: told the number of steps so far, for a progress bar.
        memory: the environment that says where this user's state is kept, to begin where an earlier replay
            ended and to remember this one; None to judge from the first step.
    """
    replay = Replay(now, on_step)
    try:
        history.require_whole(objects.repository)
        known = recall(objects.repository, memory, head) if memory is not None else None
        if known is not None and known.newest is not None and clearly_after(known.newest, now):
            known = None  # this machine's clock is behind what was judged: the steps must be dated again
        outcomes = replay.run(objects, head, known)
        replay.unfounded += unfounded(objects.repository, replay.recoveries)
    except CannotTell as error:
        words = f"{error.message} ({error.hint})" if error.hint else error.message
        return _verdict(replay, objects, pin, head, words)
    verdict = _verdict(replay, objects, pin, head, first_unknown(outcomes))
    if memory is not None and replay.worth_remembering(head):
        remember(objects.repository, memory, replay.known(head), replay.taken_up)
    return verdict


@dataclass
class Replay:
    """What becomes of a history: the steps are handed out, and what is said of them collected.

    ``proposed`` is a policy that its promotions are tried by as well; the outcomes say what came of it.
    """

    now: str
    on_step: Callable[[int], None] | None
    proposed: Proposed | None = None
    begun: bool = False
    steps: int = 0
    newest: str | None = None
    first_trust: str | None = None
    trust: Stamp | None = None
    policies: list[PolicyAt] = field(default_factory=list)
    aliases: dict[str, tuple[int, str]] = field(default_factory=dict)
    rolled_back: set[str] = field(default_factory=set)
    made: dict[str, dict[int, Made]] = field(default_factory=dict)
    emergencies: tuple[EmergencyAt, ...] = ()
    recoveries: list[Recovery] = field(default_factory=list)
    unfounded: list[Finding] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    unsettled_before: tuple[Finding, ...] = ()
    mended_before: tuple[tuple[Finding, str], ...] = ()
    taken_up: str | None = None
    whole: bool = False

    def run(self, objects: Objects, head: str, known: Known | None) -> list[Outcome]:
        """Judge what leads to ``head``; ``known`` is where an earlier replay ended."""
        if known is not None:
            self._take_up(known)
        after = known.commit if known is not None else None
        told = history.first_parent_steps(objects.repository, head, after=after)
        tasks = self._tasks(proven(objects, told, paths.ROOT.rstrip("/")))
        start = Start(known.commit, frozenset(known.rolled_back)) if known is not None else None
        outcomes = judged(objects, Beginning(self.now, start, self.proposed), tasks, self._tell)
        for outcome in outcomes:
            self.said += outcome.said
            self.first_trust = self.first_trust or outcome.first_trust
            self.aliases |= outcome.aliases
            self.rolled_back |= set(outcome.rolled_back)
            self._add_made(outcome.made)
        told_of_emergencies = (told for outcome in outcomes for told in outcome.emergencies)
        self.emergencies = emergencies_told(self.emergencies, told_of_emergencies)
        # What belongs to no model every share has judged: what it says is said once.
        self.said = sorted(dict.fromkeys(self.said), key=lambda said: (said.position, said.finding.path))
        self.policies += outcomes[0].policies
        self.recoveries += outcomes[0].recoveries
        if outcomes[0].trust is not None:
            version, digest = outcomes[0].trust
            self.trust = Stamp(version=version, digest=digest)
        self.whole = all(outcome.unknown is None for outcome in outcomes)
        return outcomes

    def _take_up(self, known: Known) -> None:
        self.begun = known.first_trust is not None
        self.steps, self.newest, self.first_trust = known.steps, known.newest, known.first_trust
        self.policies += known.policies
        self.aliases |= known.aliases
        self.rolled_back |= set(known.rolled_back)
        self._add_made(known.made)
        self.emergencies = known.emergencies
        self.recoveries += known.recoveries
        self.unsettled_before, self.mended_before = known.unsettled, known.mended
        self.taken_up = known.commit

    def _tasks(self, steps: Iterator[history.Step]) -> Iterator[Task]:
        for step in steps:
            self.steps += 1
            changes = tuple(change for change in step.changes if paths.concerns_registry(change.path))
            if not changes:
                continue
            time = from_epoch(step.time)
            clock = list(judge_clock(time, self.now, self.newest, step.commit))
            self.said += (Said(self.steps, finding) for finding in clock)
            yield Task(self.steps, step.commit, time, self.begun, changes)
            self.begun = True
            if not clock:
                # Only steps of the registry move its clock, and only forward.
                self.newest = max(self.newest or time, time)

    def _add_made(self, later: MadeUnder) -> None:
        for alias, versions in later.items():
            under = self.made.setdefault(alias, {})
            for version, made in versions.items():
                earlier = under.get(version, made._replace(number=0))
                under[version] = earlier._replace(number=earlier.number + made.number, last=made.last)

    def _tell(self) -> None:
        if self.on_step is not None:
            self.on_step(self.steps)

    @property
    def findings(self) -> list[Finding]:
        here = (said.finding for said in self.said if said.mended_by is None)
        return [*self.unsettled_before, *here]

    @property
    def mended(self) -> tuple[tuple[Finding, str], ...]:
        here = tuple((said.finding, said.mended_by) for said in self.said if said.mended_by is not None)
        return (*self.mended_before, *here)

    def worth_remembering(self, head: str) -> bool:
        unlawful = self.unfounded or any(found.rule != RECOVERY for found in self.findings)
        return self.whole and self.begun and not unlawful and self.taken_up != head

    def known(self, head: str) -> Known:
        return Known(
            commit=head,
            steps=self.steps,
            first_trust=self.first_trust,
            newest=self.newest,
            policies=tuple(self.policies),
            aliases=self.aliases,
            rolled_back=tuple(sorted(self.rolled_back)),
            made=self.made,
            emergencies=self.emergencies,
            mended=self.mended,
            recoveries=tuple(self.recoveries),
            unsettled=tuple(self.findings),
        )


def _verdict(replay: Replay, objects: Objects, pin: str | None, head: str, unknown: str | None) -> Verdict:
    found = findings_under_pin(pin, replay.first_trust, replay.recoveries, replay.findings)
    findings = (*found, *replay.unfounded)
    if not replay.begun and unknown is None:
        unknown = "there is no registry in this history"
    if pin is None and unknown is None:
        begun = replay.recoveries[-1].new_pin if replay.recoveries else replay.first_trust
        unknown = (
            f"no pin is known for this registry; if its first trust record is {begun}, "
            "say so: registry trust pin " + (begun or "PIN")
        )
    result: Literal["pass", "fail", "unknown"] = "fail" if findings else "unknown" if unknown else "pass"
    return Verdict(
        verdict=result,
        pin=pin,
        head=head,
        steps=replay.steps,
        findings=findings,
        mended=replay.mended,
        unknown=unknown,
        reached=_reached(replay, objects, head),
        whole=replay.whole,
        recoveries=tuple(replay.recoveries),
        emergencies=replay.emergencies,
    )


def _reached(replay: Replay, objects: Objects, head: str) -> Reached | None:
    if replay.trust is None:
        return None
    snapshot = Snapshot(RegistryTree(objects, head))
    policies = (
        PolicyInForce(
            found.commit, found.time, snapshot.open_version(Policy, "policy", paths.POLICY, found.blobs)
        )
        for found in replay.policies
    )
    return Reached(
        trust=replay.trust,
        policies=tuple(policies),
        sequences={name: number for name, (number, _) in replay.aliases.items()},
        digests={name: digest for name, (_, digest) in replay.aliases.items()},
        newest=replay.newest,
        made=replay.made,
    )


def first_unknown(outcomes: list[Outcome]) -> str | None:
    """Why the replay did not come to the end, at the earliest step that stopped it; None when it did."""
    unknown = sorted(outcome.unknown for outcome in outcomes if outcome.unknown is not None)
    return unknown[0][1] if unknown else None
