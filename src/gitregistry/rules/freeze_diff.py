"""What becomes of freeze windows when a policy changes."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.policy import FreezeWindow, Policy
from gitregistry.rules.aspects import Aspect, Direction
from gitregistry.rules.gates import times_words, window_words


def freeze_aspects(old: Policy, new: Policy) -> Iterator[tuple[str, Aspect, str | None]]:
    """Each window that differs: as ``freeze NAME``, how, and until when a lost one would have held.

    One that was over when the new policy was made holds nobody: to drop it is neither looser nor stricter.
    """
    before = {window.name: window for window in old.freeze_windows}
    after = {window.name: window for window in new.freeze_windows}
    for name, window in before.items():
        label = f"freeze {name}"
        over = window.every is None and window.until <= new.created_at
        ends = None if over or window.every else window.until
        if name not in after:
            words = f"{_where(window)}: no longer frozen by {window_words(window)}"
            direction: Direction = "other" if over else "looser"
            yield (
                label,
                Aspect("over" if over else "frozen", direction, words),
                ends,
            )
        elif _held(after[name]) != _held(window):
            direction = _compared(window, after[name])
            words = f"the freeze {window_words(window)}, {_where(window)}, is now {_spelled(after[name])}"
            yield label, Aspect("over" if over else "frozen", direction, words), ends
    for name, window in after.items():
        if name not in before:
            words = f"{_where(window)}: now frozen by {window_words(window)}"
            yield f"freeze {name}", Aspect("frozen", "stricter", words), None


def _held(window: FreezeWindow) -> tuple[object, ...]:
    times = (window.every, window.from_, window.until, window.time_zone)
    return *times, set(window.environments), set(window.models)


def _compared(old: FreezeWindow, new: FreezeWindow) -> Direction:
    wider = _holds_all(new, old)
    narrower = _holds_all(old, new)
    return "stricter" if wider and not narrower else "looser" if narrower and not wider else "other"


def _holds_all(outer: FreezeWindow, inner: FreezeWindow) -> bool:
    """Whether one window surely holds whenever and wherever the other does."""
    return (
        _always(outer, inner)
        and _takes_all(outer.environments, inner.environments)
        and _takes_all(outer.models, inner.models)
    )


def _always(outer: FreezeWindow, inner: FreezeWindow) -> bool:
    """Whether one is surely open whenever the other is; what recurs otherwise cannot be compared."""
    if outer.every is None and inner.every is None:
        return outer.from_ <= inner.from_ and outer.until >= inner.until
    if (outer.every, outer.time_zone) != (inner.every, inner.time_zone):
        return False
    from gitregistry.rules.recurrence import covers  # noqa: PLC0415 - few policies have any that recur

    return covers(outer, inner)


def _takes_all(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    return "*" in outer or set(inner) <= set(outer)


def _where(window: FreezeWindow) -> str:
    where = "every environment" if "*" in window.environments else ", ".join(window.environments)
    return where if "*" in window.models else f"{where} for {', '.join(window.models)}"


def _spelled(window: FreezeWindow) -> str:
    return f"{times_words(window)}, {_where(window)}"
