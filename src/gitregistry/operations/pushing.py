"""Building on the remote's tip and pushing there: a lost race is judged again, never blindly rebased.

Alone, a step takes one look, one fetch if the branch has moved, and one push. Whoever loses a race, or finds
others in line, takes a ticket and waits for its turn; the push that lands the step gives the ticket back.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.tickets import FOLDER, Line, next_ticket
from gitregistry.operations.workspace import Workspace
from gitregistry.storage.ancestry import is_ancestor
from gitregistry.storage.commits import BranchMoved
from gitregistry.storage.remotes import Seen, fetch, look, push, update_refs, upstream

# Races lost before a ticket is taken although nobody is in line.
_RACES = 1
# However many tickets somebody forges, nobody waits longer than this many seconds.
_LONGEST_WAIT = 900.0


class PushRemote:
    """The remote branch that the workspace's branch follows.

    Args:
        on_wait: told how many writers go first, once it is known that somebody does.
    """

    def __init__(self, workspace: Workspace, on_wait: Callable[[int], None] | None = None) -> None:
        self._workspace = workspace
        self._remote, self._branch = upstream(workspace.ref, workspace.config)
        self._on_wait = on_wait
        self._line = Line()
        self._begun = 0.0
        self._end: float | None = None

    def base(self, *, in_turn: bool) -> str:
        """The remote's tip, fetched; or the local one when that contains it.

        Args:
            in_turn: wait for those who go first. Without, nothing is written at the remote.

        Raises:
            BadInput: both have steps that the other has not.
        """
        there = self._wait() if in_turn else self._look().tip
        self._begun = time.monotonic()
        workspace = self._workspace
        if there is not None and there != workspace.objects.resolve(self._tracking):
            there = fetch(workspace.repository, workspace.objects, self._remote, self._branch)
        here = workspace.commit()
        if there is None or is_ancestor(workspace.repository, there, here):
            return here
        if is_ancestor(workspace.repository, here, there):
            return there
        raise BadInput(
            f"this branch and {self._remote}/{self._branch} have gone different ways",
            path=workspace.ref,
            hint=f"keep what is only here elsewhere (git branch mine), then "
            f"git reset --keep {self._remote}/{self._branch} and make the step again",
        )

    def push(self, commit: str) -> None:
        """Push a commit; not forced, it lands only on an ancestor of it."""
        try:
            self._push(commit, [ticket.ref for ticket in self._line.spent])
        except BranchMoved:
            self._line.lost(time.monotonic() - self._begun)
            raise

    def _push(self, commit: str, dropping: list[str]) -> None:
        repository = self._workspace.repository
        try:
            push(repository, self._remote, self._branch, commit, dropping=dropping)
        except (BadInput, Refused):
            if not dropping:
                raise
            # A server that cannot do both in one: the step alone, and its answer is the one that counts.
            push(repository, self._remote, self._branch, commit)
        else:
            self._line.queue = []

    def leave(self) -> None:
        """Give back the ticket, if there is one: whatever became of the step, it is over."""
        spent, self._line.queue = self._line.spent, []
        if spent:
            update_refs(self._workspace.repository, self._remote, [f":{ticket.ref}" for ticket in spent])

    @property
    def _tracking(self) -> str:
        return f"refs/remotes/{self._remote}/{self._branch}"

    def _look(self) -> Seen:
        begun = time.monotonic()
        seen = look(self._workspace.repository, self._remote, self._branch, f"{FOLDER}*")
        self._line.see(seen.tip, seen.others, (begun, time.monotonic()))
        return seen

    def _wait(self) -> str | None:
        """The tip of the remote's branch when it is our turn."""
        line = self._line
        self._end = self._end or time.monotonic() + _LONGEST_WAIT
        told = False
        while True:
            seen = self._look()
            first = line.ahead
            if (first or line.races >= _RACES) and line.mine is None and line.possible and seen.tip:
                self._take(seen.tip)
            if not line.possible:
                time.sleep(line.back_off())
                return self._look().tip if line.races else seen.tip
            if not first or time.monotonic() > self._end:
                return seen.tip
            if self._on_wait and not told:
                self._on_wait(len(first))
                told = True
            time.sleep(line.pause(len(first)))

    def _take(self, tip: str) -> None:
        """Take a ticket. It points at the tip, which the remote has, so nothing but a name is sent."""
        line = self._line
        ticket = next_ticket(line.queue, line.cycle)
        objects = self._workspace.objects
        if objects.resolve(tip) is None:
            fetch(self._workspace.repository, objects, self._remote, self._branch)
        if update_refs(self._workspace.repository, self._remote, [f"{tip}:{ticket.ref}"]):
            line.hold(ticket)
        else:
            line.possible = False
