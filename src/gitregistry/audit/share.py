"""One share of a replay: the law, and the models that fall to it, judged step by step.

No rule looks from one model to another: whatever a step does to a model is judged by the law and by that
model's own past. So a history can be shared out by model, and each share follows the law by itself. Where
there is one share, it has them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from gitregistry.audit.carried import CarriedChains, Start
from gitregistry.audit.emergencies import ReviewGone, Told, emergency_at, review_at
from gitregistry.audit.recoveries import Recovery, recovered
from gitregistry.audit.replay import ReplayTree, entries_of
from gitregistry.audit.verdict import Made
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.digests import digest_of
from gitregistry.records.line import Line
from gitregistry.records.review import Review
from gitregistry.registry.chains import belongs, follows, linked
from gitregistry.registry.lines import LineLink, resumes_rightly
from gitregistry.registry.moments import to_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.overlay import OverlayTree
from gitregistry.registry.snapshot import Cache, Snapshot
from gitregistry.rules.findings import Finding
from gitregistry.rules.judge import judge_changes
from gitregistry.rules.recovery import RECOVERY
from gitregistry.rules.step import Law, PathChange, Step, law_of
from gitregistry.storage.encoding import Entry
from gitregistry.storage.history import Change
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree

if TYPE_CHECKING:
    from gitregistry.audit.trial import Proposed, Trial, Tried  # as in _trial

_MODEL = f"{paths.MODELS}/"
_LAW = frozenset({paths.TRUST, paths.POLICY, paths.TRUST + paths.SIGNATURE, paths.POLICY + paths.SIGNATURE})


class Task(NamedTuple):
    """What one step does to a share's part of the registry.

    Attributes:
        position: the step's place in history; orders what different shares say.
        time: the commit's.
        begun: whether an earlier step was the registry's first.
    """

    position: int
    commit: str
    time: str
    begun: bool
    changes: tuple[Change, ...]


class Beginning(NamedTuple):
    """What a share begins with.

    Attributes:
        now: the verifier's own time.
        start: what its tasks come after, until which all was found lawful; None at the beginning of history.
        proposed: a policy to try its promotions by, besides the one in force at each.
    """

    now: str
    start: Start | None = None
    proposed: Proposed | None = None


class Said(NamedTuple):
    """A finding, the place in history of its step, and the commit that mended it."""

    position: int
    finding: Finding
    mended_by: str | None = None


class PolicyAt(NamedTuple):
    """A policy that came into force: the commit, its time, and the blobs of record and signature."""

    commit: str
    time: str
    blobs: tuple[str, str]


class Outcome(NamedTuple):
    """What a share found out.

    ``aliases`` are the number and the digest of each alias's latest record, by ``MODEL@ENVIRONMENT``;
    ``rolled_back`` names those that were ever rolled back;
    ``made`` are its promotions under every policy but the first, which nothing before was stricter than;
    ``emergencies`` is what its steps had to do with emergencies;
    ``unknown`` says why the share could not go on, with the place where it stopped; ``tried`` is what became
    of its promotions under a proposed policy.
    """

    said: list[Said]
    first_trust: str | None
    trust: tuple[int, str] | None
    policies: list[PolicyAt]
    recoveries: list[Recovery]
    aliases: dict[str, tuple[int, str]]
    rolled_back: list[str]
    made: dict[str, dict[int, Made]]
    emergencies: list[Told]
    unknown: tuple[int, str] | None = None
    tried: tuple[Tried, ...] = ()


def share_of(path: str, shares: int) -> int | None:
    """Which share a path falls to; None for all of them: the law, and what belongs to no model.

    Models whose names differ by case alone fall to the same share, which finds that they do.
    """
    if shares == 1 or not path.startswith(_MODEL):
        return None
    model = path[len(_MODEL) :].partition("/")[0].lower()
    return crc32(model.encode("utf-8", "surrogateescape")) % shares


@dataclass
class Share:
    """What is carried from step to step.

    ``law`` is the law in force, which is not always what lies in the tree; None before there was any.
    """

    tree: ReplayTree
    now: str
    law: Law | None = None
    cache: Cache = field(default_factory=Cache)
    first_trust: str | None = None
    policies: list[PolicyAt] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    chain: CarriedChains = field(default_factory=CarriedChains)
    made: dict[str, dict[int, Made]] = field(default_factory=dict)
    emergencies: list[Told] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    trial: Trial | None = None

    @classmethod
    def begin(cls, objects: Objects, beginning: Beginning) -> Share:
        """A share of a whole history, or of what follows a commit until which all was found lawful."""
        cache = Cache()
        trial = _trial(beginning, cache)
        start = beginning.start
        if start is None:
            return cls(ReplayTree(objects), beginning.now, cache=cache, trial=trial)
        tree = RegistryTree(objects, start.commit)
        base = Snapshot(tree, cache)
        chain = CarriedChains(base, start.rolled_back)
        return cls(ReplayTree(objects, tree), beginning.now, law_of(base), cache, chain=chain, trial=trial)

    def judge(self, task: Task) -> None:
        """Judge one step's part and make it part of the tree."""
        entries = entries_of(task.changes)
        after = Snapshot(OverlayTree(self.tree, entries), self.cache)
        step = Step(
            before=Snapshot(self.tree, self.cache) if task.begun else None,
            after=after,
            changes=[PathChange(path, self.tree.entry(path), entry) for path, entry in entries.items()],
            time=task.time,
            now=self.now,
            parent_time=None,
            chain=self.chain,
            existed=self.tree.existed,
            commit=task.commit,
            law=self.law,
        )
        decision = judge_changes(step)
        findings = decision.findings
        if self.trial is not None:
            self.trial.follow(task.position, step, decision)
        self.said += (Said(task.position, finding) for finding in findings)
        if not task.begun:
            self.first_trust = _trust_digest(after)
        self._follow_law(task, after, entries, findings)
        self._extend_chains(task, step, entries, findings)
        self.tree.apply(task.commit, to_epoch(task.time), entries)

    def outcome(self, unknown: tuple[int, str] | None = None) -> Outcome:
        """What there is to tell when the last step was judged, or the one that could not be."""
        trust = self.law.trust if self.law is not None else None
        latest = self.chain.latest()
        return Outcome(
            said=self.said,
            first_trust=self.first_trust,
            trust=(trust.record.version, trust.digest) if trust is not None else None,
            policies=self.policies,
            recoveries=self.recoveries,
            aliases={
                name: (link.opened.record.sequence, link.opened.digest) for name, link in latest.items()
            },
            rolled_back=[name for name, link in latest.items() if link.rolled_back],
            made=self.made,
            emergencies=self.emergencies,
            unknown=unknown,
            tried=tuple(self.trial.tried) if self.trial is not None else (),
        )

    def _follow_law(
        self, task: Task, after: Snapshot, entries: dict[str, Entry | None], findings: Sequence[Finding]
    ) -> None:
        law, self.law = self.law, _law_after(self.law, after, entries, findings)
        if self.law is not None and (law is None or law.policy != self.law.policy):
            blobs = [after.tree.entry(path) for path in (paths.POLICY, paths.POLICY + paths.SIGNATURE)]
            record, signature = (entry.oid if entry is not None else "" for entry in blobs)
            self.policies.append(PolicyAt(task.commit, task.time, (record, signature)))
        if law is not None and self.law is not None and law.trust is not self.law.trust:
            recovery = recovered(task.commit, task.time, law.trust, self.law.trust)
            self.recoveries += [recovery] if recovery is not None else []

    def _extend_chains(
        self, task: Task, step: Step, entries: dict[str, Entry | None], findings: Sequence[Finding]
    ) -> None:
        """Add the step's alias records to their chains, and settle what they mend."""
        for path in dict.fromkeys(path.removesuffix(paths.SIGNATURE) for path in entries):
            location = paths.locate(path)
            if location is not None and location.kind == "line":
                self._extend_line(step, path)
            elif location is not None and location.kind == "review":
                self._follow_review(task, step.after, path, findings)
            if location is None or location.kind != "alias":
                continue
            opened = _known_alias(self.law, step.after, path)
            if opened is None:
                continue
            before = self.chain(opened.record.model_name, opened.record.environment)
            if not follows(opened.record, before):
                continue
            self.chain.extend(linked(opened, task.commit, before, task.time))
            self._count(opened.record, task.commit)
            emergency = emergency_at(opened, task.commit)
            self.emergencies += [Told(task.position, emergency)] if emergency is not None else []
            found = any(finding.path in (path, path + paths.SIGNATURE) for finding in findings)
            if not found and opened.record.mends:
                # Only moves that never joined the chain: what a link of it broke stays broken.
                joined = {link.commit for link in before.backwards()} if before else set()
                self._settle(set(opened.record.mends) - joined, path, task.commit)

    def _extend_line(self, step: Step, path: str) -> None:
        try:
            opened = step.after.open(Line, "line", path)
        except Broken:  # the judge has reported it
            return
        if opened is not None and self.law is not None:
            law = step.law  # what it was judged by
            resumes = law is not None and resumes_rightly(opened, law.trust, law.policy.record, step.time)
            self.chain.extend_line(LineLink(opened, resumes), self.law.trust)

    def _follow_review(self, task: Task, after: Snapshot, path: str, findings: Sequence[Finding]) -> None:
        if after.tree.entry(path) is None:
            self.emergencies.append(Told(task.position, ReviewGone(path)))
        elif all(finding.path.removesuffix(paths.SIGNATURE) != path for finding in findings):
            opened = after.open(Review, "review", path)  # what cannot be opened is a finding
            if opened is not None:
                self.emergencies.append(Told(task.position, review_at(opened, task.commit)))

    def _count(self, alias: Alias, commit: str) -> None:
        version = alias.policy.version
        if alias.action == "promote" and version > 1:
            under = self.made.setdefault(f"{alias.model_name}@{alias.environment}", {})
            earlier = under.get(version, Made(0, commit, commit, alias.created_at))
            under[version] = Made(earlier.number + 1, earlier.first, commit, earlier.since)

    def _settle(self, settled: set[str], path: str, commit: str) -> None:
        for index, (position, finding, mended_by) in enumerate(self.said):
            moved = finding.commit in settled and finding.path.removesuffix(paths.SIGNATURE) == path
            if moved and finding.rule != "tree" and mended_by is None:
                self.said[index] = Said(position, finding._replace(hint=None), commit)


def _trial(beginning: Beginning, cache: Cache) -> Trial | None:
    if beginning.proposed is None:
        return None
    from gitregistry.audit.trial import Trial  # noqa: PLC0415 - most replays try nothing

    return Trial(beginning.proposed, cache)


def _trust_digest(snapshot: Snapshot) -> str | None:
    entry = snapshot.tree.entry(paths.TRUST)
    data = snapshot.tree.blob(entry.oid) if entry is not None else None
    return digest_of(data) if data is not None else None


def _law_after(
    law: Law | None, after: Snapshot, entries: dict[str, Entry | None], findings: Sequence[Finding]
) -> Law | None:
    """The law in force after a step: what was, with what the step changed of it lawfully; None before any."""
    if _LAW.isdisjoint(entries):
        return law
    touched = {path.removesuffix(paths.SIGNATURE) for path in entries} & {paths.TRUST, paths.POLICY}
    # Trust begun anew is in force here; whether that is right is for the verifier's pin to say.
    faults = [finding for finding in findings if finding.rule != RECOVERY]
    changed = touched - {finding.path.removesuffix(paths.SIGNATURE) for finding in faults}
    if not changed:
        return law
    try:
        new = law_of(after)
    except Broken:  # the judge has reported the one that cannot be used; neither comes into force with it
        return law
    if law is None:
        return new if changed == touched else None
    return Law(
        new.trust if paths.TRUST in changed else law.trust,
        new.policy if paths.POLICY in changed else law.policy,
    )


def _known_alias(law: Law | None, snapshot: Snapshot, path: str) -> Opened[Alias] | None:
    """The alias record at a path, if it can be used there."""
    try:
        opened = snapshot.open(Alias, "alias", path)
    except Broken:  # the judge has reported it
        return None
    return opened if opened is not None and law is not None and belongs(opened, law.trust) else None
