"""One step of the branch as the judge sees it, and the law it is judged under."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.policy import Policy
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot, TreeEntry
from gitregistry.registry.trust import TrustInForce, trust_in_force
from gitregistry.rules.findings import Finding

RecordType_co = TypeVar("RecordType_co", bound=Record, covariant=True)


class PathChange(NamedTuple):
    """What one step does to one path; None where nothing lay or lies."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None


class Law(NamedTuple):
    """The trust and the policy in force."""

    trust: TrustInForce
    policy: Opened[Policy]


class Step(NamedTuple):
    """A change between two snapshots.

    Args:
        before: the snapshot at the first parent; None for the first step of a registry.
        after: the snapshot that the step makes.
        changes: every path under ``registry/`` that differs.
        time: when the step was made: the commit's time, or now for one not yet committed.
        now: the judge's own clock.
        parent_time: the first parent's commit time.
        chain: reads an alias's chain as it stood before the step.
        existed: whether a path ever held something before the step.
        commit: the step's commit, once there is one.
        law: the law in force, where that is not simply what lies in ``before``: an unlawful change of trust
            or policy lies there and is not in force.
    """

    before: Snapshot | None
    after: Snapshot
    changes: Sequence[PathChange]
    time: str
    now: str
    parent_time: str | None
    chain: ChainReader
    existed: Callable[[str], bool]
    commit: str | None = None
    law: Law | None = None

    @property
    def way_out(self) -> str | None:
        """What no later record can settle leaves the branch; the steps after it are kept."""
        return f"git rebase --onto {self.commit}^ {self.commit}" if self.commit else None


class Case(NamedTuple, Generic[RecordType_co]):
    """One record that a step adds or changes, opened, with where it lies and the law in force."""

    step: Step
    law: Law
    location: paths.Location
    opened: Opened[RecordType_co]

    @property
    def record(self) -> RecordType_co:
        return self.opened.record

    def finding(self, rule: str, message: str, hint: str | None = None) -> Finding:
        return Finding(rule, self.opened.path, message, hint, commit=self.step.commit)

    def broken(self, fault: Broken) -> Finding:
        # A role granted now would not make a committed step lawful, only the next one like it.
        hint = self.step.way_out or fault.hint
        return Finding(fault.code, self.opened.path, fault.message, hint, fault.line, self.step.commit)


def law_of(snapshot: Snapshot) -> Law:
    """The law that a snapshot holds.

    Raises:
        Broken: ``trust`` or ``policy`` is missing or cannot be used: nothing can be lawful then.
    """
    trust = trust_in_force(snapshot)
    if trust is None:
        raise Broken("trust", f"{paths.TRUST} is missing: nobody can be trusted")
    policy = snapshot.open(Policy, "policy", paths.POLICY)
    if policy is None:
        raise Broken("policy", f"{paths.POLICY} is missing: no promotion can be lawful")
    return Law(trust, policy)


def path_of_broken_law(snapshot: Snapshot) -> str:
    """Which file it is, when ``law_of`` raises."""
    try:
        return paths.TRUST if trust_in_force(snapshot) is None else paths.POLICY
    except Broken:
        return paths.TRUST
