"""Where a history's trust was begun anew, and what a pin settles of that.

A pin vouches for the trust that it names and for all that came before it: the recovery's record names the
trust whose place it took and the commit that it was made on. It never vouches for a later recovery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gitregistry.records import paths
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.findings import Finding
from gitregistry.rules.recovery import RECOVERY
from gitregistry.storage.ancestry import follows_first_parents
from gitregistry.storage.repository import Repository


class Recovery(NamedTuple):
    """One step that began trust anew.

    Attributes:
        commit, time: the step.
        old_pin, new_pin: before it and from it on.
        reason: in the words of those who did it.
        made_on: the commit that its record names as the one it was made on.
        signed_by: administrators of the new trust who vouch for it.
        old_signed: administrators of the old trust who signed it as well; ``old_needed`` had to.
    """

    commit: str
    time: str
    old_pin: str
    new_pin: str
    reason: str
    made_on: str
    signed_by: tuple[str, ...]
    old_signed: tuple[str, ...]
    old_needed: int

    @classmethod
    def read(cls, values: Sequence[Any]) -> Recovery:
        """From what JSON made of it."""
        *single, signed_by, old_signed, old_needed = values
        return cls._make((*single, tuple(signed_by), tuple(old_signed), old_needed))


def recovered(commit: str, time: str, old: TrustInForce, new: TrustInForce) -> Recovery | None:
    """The recovery that a step made, where the trust in force before and after it are these; None if none."""
    recovers = new.record.recovers
    if recovers is None or new.digest == old.digest or new.registry_id == old.registry_id:
        return None
    return Recovery(
        commit,
        time,
        old.registry_id,
        new.registry_id,
        recovers.reason,
        recovers.commit,
        tuple(new.agreeing(new.opened, time, old)),
        tuple(old.agreeing(new.opened, time)),
        old.record.thresholds.trust,
    )


def findings_under_pin(
    pin: str | None, first: str | None, recoveries: Sequence[Recovery], findings: Sequence[Finding]
) -> list[Finding]:
    """The findings of a history as somebody with this pin must see them.

    Recoveries up to the one that made the pin are settled by it. Without a pin none is a finding: whoever
    knows no pin cannot tell about the first trust either.
    """
    pins = [first, *(recovery.new_pin for recovery in recoveries)]
    if pin is not None and first is not None and pin not in pins:
        wrong = Finding(
            "pin",
            paths.TRUST,
            f"the first trust record is {first}, the pin is {pin}: this is another registry",
            "clone again from a source you trust; registry trust pin shows the pin that is kept",
        )
        return [wrong, *findings]
    settled = len(pins) if pin is None else pins.index(pin) if pin in pins else 0
    vouched = {recovery.commit for recovery in recoveries[:settled]}
    return [found for found in findings if found.rule != RECOVERY or found.commit not in vouched]


def unfounded(repository: Repository, recoveries: Sequence[Recovery]) -> Iterator[Finding]:
    """Rule ``recovery``: the steps before a recovery are those that its signers saw."""
    for recovery in recoveries:
        if not follows_first_parents(repository, recovery.made_on, recovery.commit):
            yield Finding(
                RECOVERY,
                paths.TRUST,
                f"it was made on commit {recovery.made_on}, which is not among the steps before it: "
                "another history was put in that one's place",
                "clone again from a source you trust",
                commit=recovery.commit,
            )
