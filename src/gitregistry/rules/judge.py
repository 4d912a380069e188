"""The judge: whether one step of the branch is lawful under the trust and the policy in force before it.

Pure: it reads two snapshots and two clocks that it is given. Whatever it cannot make sense of is a finding;
nothing that is missing passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gitregistry.records import names, paths
from gitregistry.records.kinds import IMMUTABLE, KINDS
from gitregistry.records.on_demand import OnDemand
from gitregistry.registry.moments import clearly_after
from gitregistry.registry.opening import Broken
from gitregistry.rules.cards import check_card_change
from gitregistry.rules.findings import Decision, Finding, Requirement
from gitregistry.rules.mending import with_mend
from gitregistry.rules.step import Case, Law, Step, law_of, path_of_broken_law
from gitregistry.rules.tree import Siblings, check_entry, check_look_alikes

_SET_THE_CLOCK = "timedatectl set-ntp true, or set the clock otherwise"

Rule = Callable[[Case[Any]], Iterator[Finding | Requirement]]

# Kind of record to all the rules that a new or changed one must keep.
RULES: Mapping[str, Rule] = OnDemand(
    {
        "trust": "gitregistry.rules.trust_rules:check_trust",
        "policy": "gitregistry.rules.trust_rules:check_policy",
        "model": "gitregistry.rules.release_rules:check_model",
        "release": "gitregistry.rules.release_rules:check_release",
        "evidence": "gitregistry.rules.evidence_rules:check_evidence",
        "approval": "gitregistry.rules.evidence_rules:check_approval",
        "alias": "gitregistry.rules.alias_rules:check_alias",
        "deployment": "gitregistry.rules.deployment_rules:check_deployment",
        "retirement": "gitregistry.rules.release_rules:check_retirement",
        "lift": "gitregistry.rules.lift_rules:check_lift",
        "line": "gitregistry.rules.line_rules:check_line",
        "review": "gitregistry.rules.emergency_rules:check_review",
    }
)


def judge(step: Step) -> Decision:
    """Whether a step is lawful, with every finding, and every requirement of the promotions in it."""
    decision = judge_changes(step)
    clock = judge_clock(step.time, step.now, step.parent_time, step.commit)
    return decision._replace(findings=(*clock, *decision.findings))


def judge_changes(step: Step) -> Decision:
    """The same of what the step changes, whenever it was made.

    What it says of a model's records rests on the law and on that model's records alone, so a step may be
    judged model by model.
    """
    findings: list[Finding] = []
    siblings = Siblings(step)
    for change in step.changes:
        findings += check_entry(change, step.commit)
        findings += check_look_alikes(change, siblings, step.commit)
    # What lies at a path that no record can have is not opened; everything else is judged as ever.
    bad = {finding.path.removesuffix(paths.SIGNATURE) for finding in findings if finding.rule == "tree"}
    base = step.before if step.before is not None else step.after
    try:
        law = step.law or law_of(base)
    except Broken as fault:
        path = path_of_broken_law(base)
        broken = Finding(fault.code, path, fault.message, fault.hint, fault.line, step.commit)
        return Decision(tuple(with_mend(step, finding) for finding in (*findings, broken)))
    requirements: list[Requirement] = []
    for path in sorted({change.path.removesuffix(paths.SIGNATURE) for change in step.changes} - bad):
        for said in _judge_record(step, law, path):
            if isinstance(said, Finding):
                findings.append(said)
            else:
                requirements.append(said)
    return Decision(tuple(with_mend(step, finding) for finding in findings), tuple(requirements))


def judge_clock(time: str, now: str, parent_time: str | None, commit: str | None) -> Iterator[Finding]:
    """Rules ``time`` and ``clock`` for a step itself; the arguments are as in ``Step``."""
    hint = f"git rebase --onto {commit}^ {commit}" if commit is not None else _SET_THE_CLOCK
    if clearly_after(time, now):
        yield Finding(
            "time",
            paths.ROOT,
            f"the step is dated {time}; it is {now} here: "
            "the commit is dated in the future, or this machine's clock is behind",
            hint,
            commit=commit,
        )
    if parent_time is not None and clearly_after(parent_time, time):
        rule = "time" if commit is not None else "clock"
        words = (
            f"the commit is dated {time}, before its parent ({parent_time})"
            if commit is not None
            else f"this machine's clock says {time}, but a step here is of {parent_time}"
        )
        yield Finding(rule, paths.ROOT, words, hint, commit=commit)


def _judge_record(step: Step, law: Law, path: str) -> Iterator[Finding | Requirement]:
    location = paths.locate(path)
    if location is None:
        return  # check_entry has reported what was added there; what was taken away is as it should be
    existed = step.before is not None and step.before.tree.entry(path) is not None
    exists = step.after.tree.entry(path) is not None
    if not exists:
        yield from _judge_removal(step, path, location, existed)
        return
    if location.kind in IMMUTABLE:
        if existed:
            yield Finding(
                "immutable",
                path,
                f"{_a(location.kind)} never changes once it is recorded",
                step.way_out,
                commit=step.commit,
            )
        elif step.existed(path):
            yield Finding(
                "version-reused",
                path,
                f"something else once lay here; what was removed never comes back, and {_a(location.kind)} "
                "is made under a new name",
                step.way_out,
                commit=step.commit,
            )
    if location.kind == "card":
        yield from check_card_change(step, location)
        return
    if location.kind == "emergency":
        from gitregistry.rules.emergency_rules import check_kept  # noqa: PLC0415 - few registries have one

        yield from check_kept(step, location, path)
        return
    try:
        opened = step.after.open(KINDS[location.kind], location.kind, path)
    except Broken as fault:
        hint = _restoring_hint(step, location) or fault.hint
        yield Finding(fault.code, path, fault.message, hint, fault.line, step.commit)
        return
    if opened is not None:
        yield from RULES[location.kind](Case(step, law, location, opened))


def _judge_removal(step: Step, path: str, location: paths.Location, existed: bool) -> Iterator[Finding]:
    if existed:
        yield Finding(
            "missing",
            path,
            f"{_a(location.kind)} was removed; records are never removed",
            _restoring_hint(step, location),
            commit=step.commit,
        )
    elif step.after.tree.entry(path + paths.SIGNATURE) is not None:
        yield Finding(
            "tree",
            path,
            f"a signature without a record: {names.shown(path + paths.SIGNATURE)}",
            commit=step.commit,
        )


def _restoring_hint(step: Step, location: paths.Location) -> str | None:
    """An alias is signed anew where it was; nothing else that was removed may come back."""
    tip = None
    if location.model is not None and location.environment is not None and location.kind == "alias":
        tip = step.chain(location.model, location.environment)
    if tip is None:
        return step.way_out
    version = tip.opened.record.version
    return f"registry rollback {location.model} --in {location.environment} --to {version} --reason '…'"


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
