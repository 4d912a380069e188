"""Tickets: who goes first among writers who push to one branch.

A ticket is a reference at the remote, ``refs/gitregistry/queue/NUMBER-TENTHS-ID``. Everybody takes a number
higher than any seen, and the lowest goes first. All that there is to know stands in the name: the object it
points at is the branch's tip, so nothing is stored for it. ``TENTHS`` is how long, in tenths of a second, its
holder takes to judge and push; who shows no life for twice as long is passed over. No clock is compared with
another one.

Nothing here decides anything. A forged, stale or foreign ticket can make honest writers wait for a bounded
time; that a branch moves only from the commit that was judged is up to the remote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

FOLDER = "refs/gitregistry/queue/"
_NAME = re.compile(re.escape(FOLDER) + r"([0-9]{6})-([0-9]{3})-([0-9a-f]{12})")
_LAST = 999_999
# A holder is never given up within this many seconds, and always after the other.
_LEAST, _MOST = 2.0, 60.0
_LONGEST_PAUSE = 10.0


class Ticket(NamedTuple):
    """A place in the queue; tickets sort by who goes first."""

    number: int
    id: str
    tenths: int

    @property
    def ref(self) -> str:
        """The reference's full name."""
        return f"{FOLDER}{self.number:06}-{self.tenths:03}-{self.id}"

    @property
    def patience(self) -> float:
        """Seconds without any sign of life after which it is passed over."""
        return min(_MOST, max(_LEAST, 2 * self.tenths / 10))


def tickets_in(refs: Iterable[str]) -> list[Ticket]:
    """The tickets among some references, first to last; what is no ticket is nobody's turn."""
    found = (_NAME.fullmatch(ref) for ref in refs)
    return sorted(Ticket(int(match[1]), match[3], int(match[2])) for match in found if match)


def next_ticket(queue: Iterable[Ticket], seconds: float) -> Ticket:
    """A new ticket behind all others.

    Args:
        seconds: how long its holder takes to judge and push.
    """
    last = max((ticket.number for ticket in queue), default=0)
    return Ticket(min(_LAST, last + 1), os.urandom(6).hex(), min(999, max(1, round(seconds * 10))))


class Line:
    """The queue as this writer sees it, by its own clock alone.

    Attributes:
        queue: every ticket seen last, first to last.
        mine: the ticket held.
        passed: those that showed no life for longer than they asked for.
        races: races lost so far.
        cycle: seconds that a judgement and a push have taken here, at most, or an estimate.
        possible: whether the remote lets us take tickets.
    """

    def __init__(self) -> None:
        self.queue: list[Ticket] = []
        self.mine: Ticket | None = None
        self.passed: set[Ticket] = set()
        self.races = 0
        self.cycle = 0.0
        self.possible = True
        self._glance = 0.0
        self._pace = 0.0
        self._place = (0, 0.0)
        self._alive: tuple[Ticket | None, str | None] = (None, None)
        self._since = 0.0

    @property
    def ahead(self) -> list[Ticket]:
        """Who goes first."""
        waiting = [ticket for ticket in self.queue if ticket not in self.passed]
        return [ticket for ticket in waiting if self.mine is None or ticket < self.mine]

    @property
    def spent(self) -> list[Ticket]:
        """What the step, once it has landed, leaves to be removed."""
        return [ticket for ticket in self.queue if ticket in self.passed or ticket == self.mine]

    def hold(self, ticket: Ticket) -> None:
        """Hold a ticket that the remote has taken."""
        self.mine = ticket
        self.queue = sorted([*self.queue, ticket])

    def see(self, tip: str | None, refs: Iterable[str], times: tuple[float, float]) -> None:
        """Take in what the remote shows; the one in front lives while it or the branch moves.

        Args:
            tip: where the branch is.
            times: when the look at the remote began and ended, by a clock that only runs forward.
        """
        begun, now = times
        self._glance = now - begun
        self.cycle = max(self.cycle, 4 * self._glance)
        self.queue = tickets_in(refs)
        if self.mine is not None and self.mine not in self.queue:
            self.mine = None  # somebody took us for dead
        front = self.ahead[0] if self.ahead else None
        if (front, tip) != self._alive:
            self._alive, self._since = (front, tip), now
        elif front is not None and now - self._since > front.patience:
            self.passed.add(front)
        self._measure(len(self.ahead), now)

    def _measure(self, ahead: int, now: float) -> None:
        """How many seconds it takes the queue to move on by one."""
        before, then = self._place
        if 0 < ahead < before:
            self._pace = (now - then) / (before - ahead)
        elif ahead > before:
            self._pace = self._pace or self._glance
        if ahead != before:
            self._place = (ahead, now)

    def lost(self, seconds: float) -> None:
        """A race was lost after so many seconds of work."""
        self.races += 1
        self.cycle = max(self.cycle, seconds)

    def pause(self, ahead: int) -> float:
        """Seconds until the next look: whoever is next looks often, the others seldom.

        Half of the way to one's turn is slept at most, and never so long that others give one up.
        """
        longest = self.mine.patience / 2 if self.mine is not None else _LONGEST_PAUSE
        return min(_LONGEST_PAUSE, longest, self._glance / 2 + (ahead - 1) * self._pace / 2)

    def back_off(self) -> float:
        """Seconds to wait where nobody can take a ticket: at random, so that losers do not meet again."""
        return os.urandom(1)[0] / 255 * min(_LONGEST_PAUSE, self.races * 2 * self.cycle)
