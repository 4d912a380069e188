"""Who could give the approval that is missing, as the command that they would type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitregistry.records.policy import Check
from gitregistry.rules.approval_doubts import Question, Said, doubt_separation
from gitregistry.rules.slots import Slots


def hint_of_approval(
    name: str, checks: Mapping[str, Check], question: Question, slots: Slots, said: Sequence[Said]
) -> str:
    """The command that would fill a slot of the requirement ``name``, and by whom.

    Args:
        said: what stands in the requirement's role: whose word has lapsed is asked first.
    """
    lapsed = dict.fromkeys(item.who for item in said if _has_lapsed(item))
    again = [who for who in lapsed if _may_approve(who, question) and slots.would_help(who, name)]
    if again:
        return _command(question, checks[name], again)
    for other in slots.within_reach(name):
        check = checks[other]
        shelf = question.shelf
        holders = shelf.law.trust.holders(
            check.role or "", shelf.release.record.model_name, shelf.environment
        )
        persons = [
            who.id for who in holders if _may_approve(who.id, question) and slots.would_help(who.id, other)
        ]
        if persons:
            return _command(question, check, persons)
    return f"registry trust grant ID {checks[name].role}   (nobody else holds {checks[name].role} here)"


def hint_of_rejection(check: Check, question: Question, rejecting: Sequence[str]) -> str:
    """Only who said no can say yes in its place."""
    return _command(question, check, sorted(set(rejecting)))


def _has_lapsed(said: Said) -> bool:
    """Whether the same person only has to look, and approve, again."""
    lapsed = ("approval-stale", "approval-state")
    return said.opened.record.decision == "approve" and said.doubt is not None and said.doubt.rule in lapsed


def _may_approve(who: str, question: Question) -> bool:
    """Whether an approval of theirs would count, if they hold the role."""
    principal = question.shelf.law.trust.principal(who)
    return (
        principal is not None
        and principal.kind == "person"
        and any(key.revoked is None for key in principal.keys)
        and doubt_separation(who, question) is None
    )


def _command(question: Question, check: Check, persons: Sequence[str]) -> str:
    shelf = question.shelf
    command = f"registry approve {shelf.reference} --to {shelf.environment} --role {check.role}"
    return f"{command}   (as {' or '.join(persons)})"
