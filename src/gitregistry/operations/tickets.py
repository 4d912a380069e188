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
