"""What becomes of a requirement when its check is defined anew: each difference, and which way it goes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from gitregistry.records.policy import Check
from gitregistry.records.tolerance import tolerance_of
from gitregistry.registry.moments import duration_of
from gitregistry.rules.aspects import Aspect, Direction, narrowing
from gitregistry.rules.bounds import bound_words, shown
from gitregistry.rules.check_commands import command_words
from gitregistry.rules.policy_words import (
    bound,
    check_words,
    duration_words,
    listed,
    query_words,
    requirement_words,
)
from gitregistry.rules.signer_diff import signer_aspects


def check_aspects(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    """Every difference in meaning of two definitions of one requirement; a description has none."""
    if old.type != new.type:
        yield _type(name, old, new)
        return
    if new.type == "approval":
        yield from _approval(name, old, new)
        return
    if new.type == "expression":
        yield from _expression(name, old, new)
        return
    yield from _signers(name, old, new)
    yield from _place(name, old, new)
    yield from _age(name, old, new)
    yield from _command(name, old, new)
    yield from signer_aspects(name, old, new)
    if new.type == "measurement":
        yield from _measurement(name, old, new)
        yield from _query(name, old, new)


def _type(name: str, old: Check, new: Check) -> Aspect:
    if (old.type, new.type) == ("measurement", "evidence"):
        words = f"evidence for {name} now counts whatever it measured (was {requirement_words(name, old)})"
        return Aspect("type", "looser", words)
    if (old.type, new.type) == ("evidence", "measurement"):
        words = f"evidence for {name} must now show {new.measurement} within bounds: {check_words(new)}"
        return Aspect("type", "stricter", words)
    return Aspect("type", "other", f"{name} is now «{check_words(new)}» instead of «{check_words(old)}»")


def _approval(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    if old.role != new.role:
        yield Aspect("role", "other", f"{name} now needs a {new.role} instead of a {old.role}")
    if old.count != new.count:
        persons = f"{new.count} person{'' if new.count == 1 else 's'}"
        words = f"approvals by a {new.role}: {persons} instead of {old.count} ({name})"
        yield Aspect("count", "looser" if new.count < old.count else "stricter", words)
    yield from _age(name, old, new)


def _signers(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    if set(old.by) == set(new.by):
        return
    direction = narrowing(old.by, new.by)
    may = {"looser": "may now also", "stricter": "may now only", "other": "must now"}[direction]
    roles = sorted(set(new.by) - set(old.by)) if direction == "looser" else sorted(new.by)
    words = f"evidence for {name} {may} be signed by {' or '.join(roles)} (was {' or '.join(sorted(old.by))})"
    yield Aspect("by", direction, words)


def _place(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    if old.environment == new.environment:
        return
    if new.environment is None:
        words = f"evidence for {name} may now be measured anywhere (was {old.environment})"
        yield Aspect("place", "looser", words)
        return
    words = (
        f"evidence for {name} must now be measured in {new.environment} (was {old.environment or 'anywhere'})"
    )
    yield Aspect("place", "other" if old.environment else "stricter", words)


def _age(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    before, after = (duration_of(check.max_age) if check.max_age else None for check in (old, new))
    if before == after:
        return
    what = "approvals" if new.type == "approval" else "evidence"
    now = f"{what} for {name} now count{'' if new.type == 'approval' else 's'}"
    was = duration_words(old.max_age) if old.max_age else "however old"
    if after is None or new.max_age is None:
        however = "they are" if new.type == "approval" else "it is"
        yield Aspect("max_age", "looser", f"{now} however old {however} (was {was})")
    else:
        looser = before is not None and after > before
        words = f"{now} for {duration_words(new.max_age)}{'' if looser else ' only'}"
        yield Aspect("max_age", "looser" if looser else "stricter", f"{words} (was {was})")


def _command(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    """A command names how evidence is to be made; how long it may take is nothing that a promotion meets."""
    if old.run == new.run:
        return
    was, now = (f"«{command_words(check)}»" if check.run else None for check in (old, new))
    if now is None:
        yield Aspect("run", "looser", f"evidence for {name} is no longer made by running {was}")
    elif was is None:
        yield Aspect("run", "stricter", f"evidence for {name} is now made by running {now}")
    else:
        yield Aspect("run", "other", f"evidence for {name} is now made by running {now} (was {was})")


def _measurement(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    if old.measurement != new.measurement:
        words = f"{name} now measures {new.measurement} instead of {old.measurement}: {check_words(new)}"
        yield Aspect("measurement", "other", words)
        return
    if old.unit and new.unit and old.unit != new.unit:  # the numbers alone say nothing then
        words = f"{new.measurement} must now be {bound_words(new)} instead of {bound_words(old)} ({name})"
        yield Aspect("unit", "other", words)
        return
    if old.unit != new.unit:
        now = f"must now be in {new.unit}" if new.unit else "may now be in any unit"
        direction: Direction = "stricter" if new.unit else "looser"
        yield Aspect("unit", direction, f"{new.measurement} {now} (was {old.unit or 'any'}) ({name})")
    yield from _bound(new, "max", old.max, new.max)
    yield from _bound(new, "min", old.min, new.min)
    yield from _slices(old, new)
    yield from _baseline(old, new)


def _expression(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    if (old.expression or "").split() != (new.expression or "").split():
        words = f"{name} now asks that {shown(new.expression or '')} (was {shown(old.expression or '')})"
        yield Aspect("expression", "other", words)
    if set(old.over) != set(new.over):
        # Each of them must be met: the more it is over, the stricter.
        direction = narrowing(new.over, old.over)
        yield Aspect("reads", direction, f"{name} is now over {listed(new.over)} (was {listed(old.over)})")
    if old.baseline != new.baseline:
        was, now = (check.baseline or "where it is promoted to" for check in (old, new))
        yield Aspect("baseline", "other", f"the incumbent of {name} is now what is live in {now} (was {was})")


def _slices(old: Check, new: Check) -> Iterator[Aspect]:
    if old.every_slice_of != new.every_slice_of:
        was, now = (
            f"in every {check.every_slice_of}" if check.every_slice_of else "as a whole"
            for check in (old, new)
        )
        yield Aspect("every_slice_of", "other", f"{new.measurement} must now be measured {now} (was {was})")
    elif set(old.slices) != set(new.slices):
        was, now = (", ".join(check.slices) or "none in particular" for check in (old, new))
        words = f"{new.measurement} must now be measured in every {new.every_slice_of}, among them {now}"
        yield Aspect("slices", narrowing(new.slices, old.slices), f"{words} (was {was})")


def _baseline(old: Check, new: Check) -> Iterator[Aspect]:
    if old.baseline is not None and new.baseline is not None and old.baseline != new.baseline:
        words = f"{new.measurement} is now compared with what is live in {new.baseline} (was {old.baseline})"
        yield Aspect("baseline", "other", words)
    ways = (("max_drop", old.max_drop, new.max_drop), ("max_increase", old.max_increase, new.max_increase))
    for which, before, after in ways:
        if before == after or (before and after and tolerance_of(before) == tolerance_of(after)):
            continue
        way, live = ("below" if which == "max_drop" else "above"), new.baseline or old.baseline
        if after is None:
            words = f"{new.measurement} may now be however far {way} what is live in {live} (was {before})"
            yield Aspect(which, "looser", words)
            continue
        words = f"{new.measurement} may now be no more than {after} {way} what is live in {live}"
        was = "had no such bound" if before is None else f"was {before}"
        yield Aspect(which, _tolerance(before, after), f"{words} ({was})")


def _tolerance(old: str | None, new: str) -> Direction:
    """Which way it goes; an amount and a share of something say nothing of one another."""
    if old is None:
        return "stricter"
    before, after = tolerance_of(old), tolerance_of(new)
    if before.relative != after.relative:
        return "other"
    return "stricter" if after.amount < before.amount else "looser"


def _query(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    before, after = old.prometheus, new.prometheus
    if before == after:
        return
    if after is None:
        words = f"evidence for {name} may now come from anywhere (was asked of Prometheus)"
        yield Aspect("query", "looser", words)
    elif before is None:
        words = f"evidence for {name} must now be asked of Prometheus: {query_words(after)}"
        yield Aspect("query", "stricter", words)
    else:
        words = f"{name} now asks Prometheus {query_words(after)} (was {query_words(before)})"
        yield Aspect("query", "other", words)


def _bound(
    check: Check, which: Literal["max", "min"], old: Decimal | None, new: Decimal | None
) -> Iterator[Aspect]:
    if old == new:
        return
    upper = which == "max"
    if new is None:
        words = f"{check.measurement} no longer has a {'greatest' if upper else 'least'} value (was {old})"
        yield Aspect(which, "looser", words)
        return
    looser = old is not None and (new > old if upper else new < old)
    may = (
        ("may now be up to" if upper else "may now be as low as")
        if looser
        else ("must now be at most" if upper else "must now be at least")
    )
    was = "had no such bound" if old is None else f"was {old}"
    yield Aspect(
        which,
        "looser" if looser else "stricter",
        f"{check.measurement} {may} {bound(new, check.unit)} ({was})",
    )
