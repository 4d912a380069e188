"""What a push would do to the registry's branch: the steps it brings are judged, and nothing older.

Faults that lie in the history already do not stop a push; otherwise nobody could mend a registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gitregistry.audit.verify import verify
from gitregistry.errors import CannotTell
from gitregistry.records import paths
from gitregistry.registry.opening import Broken
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import trust_in_force
from gitregistry.rules.findings import Finding
from gitregistry.storage.history import NotDescended, Step, first_parent_steps
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree
from gitregistry.storage.trees import CommitTree

_NOBODYS_PIN = ""
_AGAIN = "git pull --rebase, then push again"


PinReader = Callable[[], str | None]


class Update(NamedTuple):
    """One reference that a push moves: its full name, and full commit ids; None where there is none."""

    ref: str
    old: str | None
    new: str | None


class Judged(NamedTuple):
    """Whether a push may land: it may when there are no findings, and ``unknown`` is None.

    ``unknown`` says why that cannot be told, ``note`` what whoever lets it land should know.
    """

    findings: tuple[Finding, ...] = ()
    unknown: str | None = None
    note: str | None = None


def judge_push(
    objects: Objects, update: Update, pin: PinReader, now: str, memory: Mapping[str, str] | None = None
) -> Judged:
    """Judge a push to the registry's branch.

    Args:
        objects: the repository that holds both ends; within a hook also what was pushed.
        pin: gives what the first trust must be, None when nobody can say; asked where the push begins a
            registry.
        now: this machine's time.
        memory: as for ``verify``.
    """
    if update.new is None:
        message = "the push would delete the registry's branch"
        hint = "git push another branch; the registry's stays"
        return Judged((Finding("first-parent", paths.ROOT, message, hint, commit=update.old),))
    try:
        if update.old is None:
            return _judge_all(objects, update.new, pin(), now, memory)
        return _judge_advance(objects, (update.old, update.new), pin, now, memory)
    except NotDescended:
        return Judged((_leaves_the_way(update.new, update.old),))
    except CannotTell as error:
        return Judged(unknown=f"{error.message} ({error.hint})" if error.hint else error.message)


def _judge_advance(
    objects: Objects, ends: tuple[str, str], pin: PinReader, now: str, memory: Mapping[str, str] | None
) -> Judged:
    old, new = ends
    if objects.resolve(old) is None:
        raise CannotTell(f"the branch is at {old}, which is not here", hint="git fetch")
    steps = list(first_parent_steps(objects.repository, new, after=old))
    if not any(paths.concerns_registry(change.path) for step in steps for change in step.changes):
        return Judged()
    if CommitTree(objects, old).entry(paths.ROOT.rstrip("/")) is None:
        return _judge_all(objects, new, pin(), now, memory)
    begun = _begun_anew_for(objects, old, steps, pin)
    return _judge_steps(objects, (new, begun), steps, now, memory)


def _leaves_the_way(new: str, old: str | None) -> Finding:
    message = f"the branch is at {old}, and the push does not come from there along first parents"
    return Finding("first-parent", paths.ROOT, message, _AGAIN, commit=new)


def _judge_all(
    objects: Objects, new: str, pin: str | None, now: str, memory: Mapping[str, str] | None
) -> Judged:
    """The whole history, for a branch on which there was no registry yet."""
    verdict = verify(objects, new, pin, now, memory=memory)
    if not verdict.whole:
        return Judged(verdict.findings, verdict.unknown)
    return Judged(verdict.findings, note=verdict.unknown)


def _begun_anew_for(objects: Objects, old: str, steps: list[Step], pin: PinReader) -> str | None:
    """The pin under which steps that touch trust are judged: else whoever can push could begin it anew.

    Where nobody gave one, it is the one that the registry claims before the push.
    """
    if not any(change.path.startswith(paths.TRUST) for step in steps for change in step.changes):
        return None
    given = pin()
    if given is not None:
        return given
    try:
        trust = trust_in_force(Snapshot(RegistryTree(objects, old)))
    except Broken:  # what lies there was never in force: nothing that is begun on it is settled
        trust = None
    return trust.registry_id if trust is not None else _NOBODYS_PIN


def _judge_steps(
    objects: Objects,
    end: tuple[str, str | None],
    steps: list[Step],
    now: str,
    memory: Mapping[str, str] | None,
) -> Judged:
    """The steps alone; under whose pin the history before them began was settled when that came in."""
    new, pin = end
    brought = frozenset(step.commit for step in steps)
    verdict = verify(objects, new, pin, now, memory=memory).about(brought)
    findings = tuple(finding for finding in verdict.findings if finding.rule != "pin")
    return Judged(findings, None if verdict.whole else verdict.unknown)
