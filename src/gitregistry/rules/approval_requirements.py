"""Which approvals meet a transition's requirements: persons in a role, each of whom counts once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.policy import Check
from gitregistry.registry.opening import Opened
from gitregistry.rules.approval_doubts import Question, Said, said_in_role
from gitregistry.rules.approval_hints import hint_of_approval, hint_of_rejection
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Doubt
from gitregistry.rules.slots import Slots, any_number, one_each


def approval_requirements(checks: Mapping[str, Check], question: Question) -> dict[str, Requirement]:
    """Evaluate all checks of the type ``approval`` that a transition requires, together.

    With four eyes each person counts for one slot over all of them. While trust names one person alone, that
    person may fill one of each.
    """
    unreadable = _unreadable(question)
    if unreadable is not None:
        return {name: _unread(name, unreadable) for name in checks}
    heard = {name: said_in_role(check, question) for name, check in checks.items()}
    counted = {name: _counting(said) for name, said in heard.items()}
    wanted = {name: check.count for name, check in checks.items()}
    four_eyes = question.shelf.law.trust.four_eyes
    slots = one_each(wanted, counted, question.spared) if four_eyes else any_number(wanted, counted)
    found = {}
    for name, check in checks.items():
        by = tuple(_support(counted[name][who]) for who in slots.filled[name])
        if len(by) >= check.count:
            found[name] = Requirement(name, True, by)
        else:
            doubt, hint = _lacking(name, checks, question, slots, heard[name])
            said_no = any(item.rejects for item in heard[name])
            found[name] = Requirement(name, False, by, doubt.words, hint, doubt.rule, said_no=said_no)
    return found


def _unreadable(question: Question) -> Doubt | None:
    shelf = question.shelf
    record = shelf.release.record
    folder = paths.approvals_folder(record.model_name, record.version)
    return shelf.unreadable(f"{folder}/{shelf.environment}-")


def _unread(name: str, doubt: Doubt) -> Requirement:
    # Somebody may have said no there, for all that anybody can tell.
    return Requirement(name, False, reason=doubt.words, hint=doubt.hint, rule=doubt.rule, said_no=True)


def _counting(said: Sequence[Said]) -> dict[str, Opened[Approval]]:
    """The approval that counts of each person: their latest one, whatever its file is called.

    One no of somebody who may decide outweighs every yes in that role.
    """
    if any(item.rejects for item in said):
        return {}
    return {item.who: item.opened for item in said if item.doubt is None}


def _lacking(
    name: str, checks: Mapping[str, Check], question: Question, slots: Slots, said: Sequence[Said]
) -> tuple[Doubt, str]:
    """Why too few approve, naming each person and what became of their word; and what would help."""
    check = checks[name]
    rejecting = [item for item in said if item.rejects]
    if rejecting:
        words = "; ".join(dict.fromkeys(item.doubt.words for item in rejecting if item.doubt))
        hint = hint_of_rejection(check, question, [item.who for item in rejecting])
        return Doubt("approval-state", words), hint
    hint = hint_of_approval(name, checks, question, slots, said)
    doubts = [item.doubt for item in said if item.doubt is not None]
    doubts += _elsewhere(name, slots)
    filled = slots.filled[name]
    have = f"{len(filled)} of {check.count} approvals"
    if filled:
        have += f" (by {', '.join(filled)})"
    if not doubts:
        return Doubt("requirement", have if check.count > 1 else f"no approval by a {check.role}"), hint
    words = "; ".join(dict.fromkeys(doubt.words for doubt in doubts))
    prefix = f"{have}; " if check.count > 1 else ""
    return Doubt(doubts[-1].rule, f"{prefix}does not count: {words}"), hint


def _elsewhere(name: str, slots: Slots) -> list[Doubt]:
    """Who would count here, and does somewhere else."""
    taken = {person: slots.place.get(person, name) for person in sorted(slots.able[name])}
    places = [f"{person} counts for {other} already" for person, other in taken.items() if other != name]
    return [Doubt("approval-slot", f"{', '.join(places)}; one person fills one slot")] if places else []


def _support(found: Opened[Approval]) -> Support:
    record = found.record
    return Support(
        found.path, found.digest, record.created_by, record.created_at, measured=f"approved as {record.role}"
    )
