"""What merging a proposal would do to the target's branch: one step, judged by the target's law.

The door for pull requests. The step is computed and judged; nothing is merged and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from gitregistry.audit.three_way import Merged, merged_files
from gitregistry.audit.verdict import Verdict
from gitregistry.audit.verify import verify
from gitregistry.errors import CannotTell
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.digests import digest_of
from gitregistry.records.trust import Trust
from gitregistry.registry.opening import Broken
from gitregistry.registry.overlay import OverlayTree
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import SnapshotChains
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.findings import Finding, Requirement
from gitregistry.rules.judge import judge
from gitregistry.rules.recovery import RECOVERY
from gitregistry.rules.step import Law, PathChange, Step
from gitregistry.storage.ancestry import merge_bases
from gitregistry.storage.history import require_whole
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree

# The past of so many files is asked for one by one; of more, that of the whole registry in one go is cheaper.
_FEW_FILES = 8


class MergeVerdict(NamedTuple):
    """Whether a merge would be a lawful step.

    Attributes:
        target, proposal: full commit ids.
        pin: what the target's history was judged against.
        changed: how many of the registry's files the merge would change.
        findings: what would not be lawful; each names the proposal as its commit.
        requirements: of every promotion in the merge.
        unknown: why a merge without findings still cannot be told lawful.
        outside: how many findings the target's own history has; they are not the proposal's doing.
    """

    verdict: Literal["pass", "fail", "unknown"]
    target: str
    proposal: str
    pin: str | None
    changed: int = 0
    findings: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    unknown: str | None = None
    outside: int = 0


def judge_merge(objects: Objects, target: str, proposal: str, pin: str | None, now: str) -> MergeVerdict:
    """Judge the step from ``target`` to what merging ``proposal`` would make of it.

    Args:
        objects: the repository's objects; it must hold both.
        target: full id of the branch's tip.
        proposal: full id of what would be merged.
        pin: the digest that the target's first trust record must have; None when nobody can say.
        now: this machine's time, at which the merge is judged.
    """
    try:
        require_whole(objects.repository)
        bases = merge_bases(objects.repository, target, proposal)
        if not bases:
            return MergeVerdict("fail", target, proposal, pin, findings=(_strangers(target, proposal),))
        merged = merged_files(objects, target, proposal, bases)
        if not merged.entries and not merged.conflicts:
            return MergeVerdict("pass", target, proposal, pin)
        return _judge_files(objects, (target, proposal), merged, pin, now)
    except CannotTell as error:
        unknown = f"{error.message} ({error.hint})" if error.hint else error.message
        return MergeVerdict("unknown", target, proposal, pin, unknown=unknown)


def _strangers(target: str, proposal: str) -> Finding:
    message = f"it has no commit in common with {target}: this is another history"
    return Finding("merge", paths.ROOT, message, "make the change anew on the target's tip", commit=proposal)


def _judge_files(
    objects: Objects, ends: tuple[str, str], merged: Merged, pin: str | None, now: str
) -> MergeVerdict:
    target, proposal = ends
    past = verify(objects, target, pin, now)
    if not past.whole:
        return MergeVerdict("unknown", target, proposal, pin, unknown=past.unknown)
    tree = RegistryTree(objects, target)
    if len(merged.entries) > _FEW_FILES:
        tree.gather_versions(paths.ROOT.rstrip("/"))
    before = Snapshot(tree)
    begins = before.tree.entry(paths.ROOT.rstrip("/")) is None and past.reached is None
    after = Snapshot(OverlayTree(before.tree, merged.entries), before.cache)
    decision = judge(_step(before, after, merged, past, now, begins=begins))
    foreign = [finding for finding in past.findings if finding.rule == "pin" and finding.commit is None]
    findings = [
        *(_pin_finding(after, pin) if begins else ()),
        *(_conflict(objects, proposal, path) for path in _records(merged.conflicts)),
        *(found for found in decision.findings if found.rule != RECOVERY or _first_trust(after) != pin),
    ]
    unknown = past.unknown if pin is None else None
    return MergeVerdict(
        "fail" if foreign or findings else "unknown" if unknown else "pass",
        target,
        proposal,
        pin,
        changed=len(merged.entries) + len(merged.conflicts),
        findings=(*foreign, *(finding._replace(commit=proposal) for finding in findings)),
        requirements=decision.requirements,
        unknown=unknown,
        outside=len(past.findings) - len(foreign),
    )


def _step(
    before: Snapshot, after: Snapshot, merged: Merged, past: Verdict, now: str, *, begins: bool
) -> Step:
    """The merge as a step not yet made, under the law and after the clock that the target reached."""
    return Step(
        before=None if begins else before,
        after=after,
        changes=[PathChange(path, before.tree.entry(path), entry) for path, entry in merged.entries.items()],
        time=now,
        now=now,
        parent_time=past.reached.newest if past.reached is not None else None,
        chain=SnapshotChains(before),
        existed=lambda path: bool(before.tree.versions(path)),
        law=_law_reached(before, past),
    )


def _law_reached(before: Snapshot, past: Verdict) -> Law | None:
    """The law in force at the target, which need not be what lies there; None when none ever was."""
    if past.reached is None:
        return None
    for version in reversed(before.tree.versions(paths.TRUST)):
        if version.record is None or version.signature is None:
            continue
        try:
            oids = (version.record, version.signature)
            opened = before.open_version(Trust, "trust", paths.TRUST, oids)
        except Broken:  # it never was in force
            continue
        if opened.digest == past.reached.trust.digest:
            return Law(TrustInForce(opened), past.reached.policies[-1].policy)
    raise CannotTell("the trust in force at the target is not in its history", hint="git fsck")


def _pin_finding(after: Snapshot, pin: str | None) -> Iterable[Finding]:
    """Rule ``pin`` for a merge that brings the registry itself."""
    first = _first_trust(after)
    if pin is not None and first != pin:
        message = f"the first trust record would be {first}, the pin is {pin}"
        yield Finding("pin", paths.TRUST, message, "registry trust pin shows the pin that is kept")


def _first_trust(after: Snapshot) -> str | None:
    """The digest of the trust that a merge brings, where that begins a registry or begins trust anew."""
    entry = after.tree.entry(paths.TRUST)
    data = after.tree.blob(entry.oid) if entry is not None else None
    return digest_of(data) if data is not None else None


def _records(files: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(path.removesuffix(paths.SIGNATURE) for path in files))


def _conflict(objects: Objects, proposal: str, path: str) -> Finding:
    message = "both sides changed it, each in its own way, and what is signed is not merged inside"
    return Finding("merge", path, message, _again(objects, proposal, path))


def _again(objects: Objects, proposal: str, path: str) -> str:
    """The command that makes on the target's tip what the proposal made elsewhere."""
    location = paths.locate(path)
    if location is None or location.kind != "alias":
        return "make it again with its command, on the target's tip"
    try:
        opened = Snapshot(RegistryTree(objects, proposal)).open(Alias, "alias", path)
    except Broken:
        opened = None
    if opened is None:
        return "make the move again with its command, on the target's tip"
    record = opened.record
    if record.action == "rollback":
        return (
            f"registry rollback {record.model_name} --in {record.environment} --to {record.version} "
            "--reason '…'"
        )
    return f"registry promote {record.model_name}:{record.version} --to {record.environment}"
