"""Verify: judge every first-parent step again, from the first, under the law that was in force at each.

A step is compared with nothing but the step before. What a finding stops is its own record; the replay
goes on, so that one report names all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gitregistry.audit.replay import ReplayTree, entries_of
from gitregistry.errors import CannotTell
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Stamp
from gitregistry.records.digests import digest_of
from gitregistry.records.policy import Policy
from gitregistry.registry.chains import Link, belongs, follows, linked
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.overlay import OverlayTree
from gitregistry.registry.snapshot import Cache, Snapshot
from gitregistry.rules.findings import Finding
from gitregistry.rules.judge import judge
from gitregistry.rules.step import Law, PathChange, Step, law_of
from gitregistry.storage import history
from gitregistry.storage.encoding import Entry
from gitregistry.storage.objects import Objects

# Blobs read ahead at most, of a mebibyte at most each.
_AHEAD = 128
_STEPS_AHEAD = 1000


class PolicyInForce(NamedTuple):
    """A policy, and the commit that brought it into force, with that commit's time."""

    commit: str
    time: str
    policy: Opened[Policy]


class Reached(NamedTuple):
    """Where the history ends: the law in force there, and how far each alias came.

    Attributes:
        trust: version and digest of the trust in force.
        policies: every policy that was ever in force, oldest first.
        chains: each alias's latest record, by model and environment.
        sequences: the number of each alias's latest lawful record, by ``MODEL@ENVIRONMENT``.
        newest: the latest time of a step of the registry.
    """

    trust: Stamp
    policies: tuple[PolicyInForce, ...]
    chains: Mapping[tuple[str, str], Link]
    sequences: Mapping[str, int]
    newest: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the whole history amounts to.

    ``mended`` are findings that a later signed record settled, with the commit that did. ``unknown`` says why
    a history without findings still cannot be told lawful. ``outside`` counts the findings on steps that
    were not asked for; they make the verdict all the same. ``reached`` is None when no law ever was in force.
    """

    verdict: Literal["pass", "fail", "unknown"]
    pin: str | None
    head: str
    steps: int
    findings: tuple[Finding, ...]
    mended: tuple[tuple[Finding, str], ...] = ()
    unknown: str | None = None
    outside: int = 0
    reached: Reached | None = None


@dataclass
class _Replay:
    """What is carried from step to step."""

    tree: ReplayTree
    cache: Cache
    now: str
    begun: bool = False
    parent_time: str | None = None
    first_trust: str | None = None
    law: Law | None = None
    policies: list[PolicyInForce] = field(default_factory=list)
    steps: int = 0
    chains: dict[tuple[str, str], Link] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    mended: list[tuple[Finding, str]] = field(default_factory=list)


def verify(
    objects: Objects,
    head: str,
    pin: str | None,
    now: str,
    on_step: Callable[[int], None] | None = None,
    within: frozenset[str] | None = None,
) -> Verdict:
    """Judge the history that ends at ``head``.

    Args:
        objects: the repository's objects.
        head: full commit id.
        pin: the digest that the first trust record must have; None when nobody can say.
        now: the verifier's own time.
        on_step: told the number of steps so far, for a progress bar.
        within: report only findings on these commits; all are judged.
    """
    replay = _Replay(ReplayTree(objects), Cache(), now)
    try:
        history.require_whole(objects.repository)
        for step in _with_blobs(replay.tree, history.first_parent_steps(objects.repository, head)):
            _judge_step(replay, step)
            if on_step is not None:
                on_step(replay.steps)
    except CannotTell as error:
        return _verdict(
            replay,
            pin,
            head,
            within,
            unknown=f"{error.message} ({error.hint})" if error.hint else error.message,
        )
    return _verdict(replay, pin, head, within)


def _verdict(
    replay: _Replay, pin: str | None, head: str, within: frozenset[str] | None, unknown: str | None = None
) -> Verdict:
    every = [*_pin_findings(replay, pin), *replay.findings]
    findings = [
        finding for finding in every if within is None or finding.commit is None or finding.commit in within
    ]
    if not replay.begun and unknown is None:
        unknown = "there is no registry in this history"
    if pin is None and unknown is None:
        unknown = (
            f"no pin is known for this registry; if its first trust record is {replay.first_trust}, "
            "say so: registry trust pin " + (replay.first_trust or "PIN")
        )
    result: Literal["pass", "fail", "unknown"] = "fail" if every else "unknown" if unknown else "pass"
    return Verdict(
        verdict=result,
        pin=pin,
        head=head,
        steps=replay.steps,
        findings=tuple(findings),
        mended=tuple(replay.mended),
        unknown=unknown,
        outside=len(every) - len(findings),
        reached=_reached(replay),
    )


def _reached(replay: _Replay) -> Reached | None:
    if replay.law is None:
        return None
    trust = replay.law.trust
    return Reached(
        trust=Stamp(version=trust.record.version, digest=trust.digest),
        policies=tuple(replay.policies),
        chains=replay.chains,
        sequences={
            f"{model}@{environment}": link.opened.record.sequence
            for (model, environment), link in replay.chains.items()
        },
        newest=replay.parent_time,
    )


def _pin_findings(replay: _Replay, pin: str | None) -> Iterable[Finding]:
    if pin is not None and replay.begun and replay.first_trust != pin:
        yield Finding(
            "pin",
            paths.TRUST,
            f"the first trust record is {replay.first_trust}, the pin is {pin}: this is another registry",
            "clone again from a source you trust; registry trust pin shows the pin that is kept",
        )


def _with_blobs(tree: ReplayTree, steps: Iterable[history.Step]) -> Iterator[history.Step]:
    """The steps, with what they bring read a few steps ahead."""
    waiting: list[history.Step] = []
    oids: dict[str, None] = {}
    for step in steps:
        changes = tuple(change for change in step.changes if _concerns_registry(change.path))
        waiting.append(step._replace(changes=changes))
        oids |= {
            change.new_oid: None
            for change in changes
            if change.new_oid.strip("0") and change.new_mode[:3] == "100"
        }
        if len(oids) >= _AHEAD or len(waiting) >= _STEPS_AHEAD:
            tree.read_ahead(list(oids)[:_AHEAD])
            yield from waiting
            waiting, oids = [], {}
    tree.read_ahead(list(oids))
    yield from waiting


def _judge_step(replay: _Replay, step: history.Step) -> None:
    changes = step.changes  # of the registry alone: _with_blobs has left out the others
    time = from_epoch(step.time)
    replay.steps += 1
    if changes:
        entries = entries_of(changes)
        after = Snapshot(OverlayTree(replay.tree, entries), replay.cache)
        before = Snapshot(replay.tree, replay.cache) if replay.begun else None
        decision = judge(
            Step(
                before=before,
                after=after,
                changes=[_path_change(replay.tree, path, entry) for path, entry in entries.items()],
                time=time,
                now=replay.now,
                parent_time=replay.parent_time,
                chain=lambda model, environment: replay.chains.get((model, environment)),
                existed=lambda path: bool(replay.tree.versions(path)),
                commit=step.commit,
                law=replay.law,
            )
        )
        replay.findings.extend(decision.findings)
        if not replay.begun:
            replay.begun = True
            replay.first_trust = _trust_digest(after)
        law, replay.law = replay.law, _law_after(replay.law, after, entries, decision.findings)
        if replay.law is not None and (law is None or law.policy != replay.law.policy):
            replay.policies.append(PolicyInForce(step.commit, time, replay.law.policy))
        _extend_chains(replay, step.commit, after, entries, decision.findings)
        replay.tree.apply(step.commit, entries)
        if not any(finding.rule == "time" for finding in decision.findings):
            # Only steps of the registry move its clock, and only forward.
            replay.parent_time = max(replay.parent_time or time, time)


def _concerns_registry(path: str) -> bool:
    """Whether a path lies under ``registry/``, or would where case does not count."""
    return path.lower().startswith(paths.ROOT) or path.lower() == paths.ROOT.rstrip("/")


def _path_change(tree: ReplayTree, path: str, entry: Entry | None) -> PathChange:
    return PathChange(path, tree.entry(path), entry)


def _trust_digest(snapshot: Snapshot) -> str | None:
    entry = snapshot.tree.entry(paths.TRUST)
    data = snapshot.tree.blob(entry.oid) if entry is not None else None
    return digest_of(data) if data is not None else None


def _law_after(
    law: Law | None, after: Snapshot, entries: dict[str, Entry | None], findings: Sequence[Finding]
) -> Law | None:
    """The law in force after a step: what was, with what the step changed of it lawfully; None before any."""
    touched = {path.removesuffix(paths.SIGNATURE) for path in entries} & {paths.TRUST, paths.POLICY}
    changed = touched - {finding.path.removesuffix(paths.SIGNATURE) for finding in findings}
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


def _extend_chains(
    replay: _Replay,
    commit: str,
    after: Snapshot,
    entries: dict[str, Entry | None],
    findings: Sequence[Finding],
) -> None:
    """Add the step's alias records to their chains, and settle what they mend."""
    for path in dict.fromkeys(path.removesuffix(paths.SIGNATURE) for path in entries):
        location = paths.locate(path)
        if location is None or location.kind != "alias":
            continue
        opened = _known_alias(replay.law, after, path)
        if opened is None:
            continue
        key = (opened.record.model_name, opened.record.environment)
        before = replay.chains.get(key)
        if not follows(opened.record, before):
            continue
        replay.chains[key] = linked(opened, commit, before)
        found = any(finding.path in (path, path + paths.SIGNATURE) for finding in findings)
        if not found and opened.record.mends:
            # Only moves that never joined the chain: what a link of it broke stays broken.
            joined = {link.commit for link in before.backwards()} if before else set()
            _settle(replay, set(opened.record.mends) - joined, path, commit)


def _known_alias(law: Law | None, snapshot: Snapshot, path: str) -> Opened[Alias] | None:
    """The alias record at a path, if it can be used there."""
    try:
        opened = snapshot.open(Alias, "alias", path)
    except Broken:  # the judge has reported it
        return None
    return opened if opened is not None and law is not None and belongs(opened, law.trust) else None


def _settle(replay: _Replay, settled: set[str], path: str, commit: str) -> None:
    kept = []
    for finding in replay.findings:
        moved = finding.commit in settled and finding.path.removesuffix(paths.SIGNATURE) == path
        if moved and finding.rule != "tree":
            replay.mended.append((finding._replace(hint=None), commit))
        else:
            kept.append(finding)
    replay.findings[:] = kept
