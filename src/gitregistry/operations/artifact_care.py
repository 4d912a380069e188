"""Care of the store: the artifacts that releases need, read again where they lie."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Lock
from typing import Literal, NamedTuple

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.artifact_needs import Needed
from gitregistry.operations.artifact_notes import NEVER, Look, Which, looks, remember
from gitregistry.operations.reading import Reading
from gitregistry.storage.artifact_check import NotWhole, check_files, files_of
from gitregistry.storage.artifacts import Progress
from gitregistry.storage.delivery import check_deliverable

# How many artifacts are read at a time; each holds the pieces of one window in memory.
_AT_ONCE = 2
# Seconds between two notes of what was seen: more are lost by a kill at most.
_NOTE_EVERY = 2.0

Verdict = Literal["whole", "missing", "other", "unknown"]


class Examined(NamedTuple):
    """What became of one artifact.

    Attributes:
        seen: when it was seen whole; before this run where it was gone on with.
        reason: in words, why it is not whole.
        hint: the command that helps.
    """

    needed: Needed
    verdict: Verdict
    seen: str | None
    reason: str | None = None
    hint: str | None = None


def examine(
    reading: Reading, wanted: Sequence[Needed], since: str | None, on_progress: Progress | None
) -> list[Examined]:
    """Read these artifacts again, several at once, and remember what was seen whole, and when.

    Args:
        since: those that were seen whole since then are not read again; None reads all.
    """
    remembered = looks(reading.workspace.repository, os.environ)
    examined: dict[int, Examined] = {}
    todo = []
    for index, item in enumerate(wanted):
        look = remembered.get(_which(item), NEVER)
        seen = look.whole if look.fault is None else None
        if since is not None and seen is not None and seen >= since:
            examined[index] = Examined(item, "whole", seen)
        else:
            todo.append(index)
    counter = _Counter(sum(wanted[index].artifact.size for index in todo), on_progress)
    notes = _Notes(reading)
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        coming = {pool.submit(_examined, wanted[index], reading.time, counter): index for index in todo}
        while coming:
            for done in wait(coming, return_when=FIRST_COMPLETED).done:
                found = examined[coming.pop(done)] = done.result()
                notes.add(found)
    finally:
        counter.stopped = True  # after Ctrl-C nobody waits for what is being read
        pool.shutdown(cancel_futures=True)
        notes.keep()
    return [examined[index] for index in range(len(wanted))]


def _examined(item: Needed, now: str, counter: _Counter) -> Examined:
    try:
        check_deliverable(item.artifact)
        check_files(item.artifact.uri, files_of(item.artifact), counter.add)
    except NotWhole as wrong:
        return Examined(item, "missing" if wrong.missing else "other", None, str(wrong), _way_on(item))
    except Refused as refused:  # the manifest contradicts itself
        return Examined(item, "other", None, str(refused), refused.hint)
    except BadInput as unread:
        return Examined(item, "unknown", None, str(unread), unread.hint)
    return Examined(item, "whole", now)


def _way_on(item: Needed) -> str:
    """What helps against lost bytes: where they serve, going back."""
    if item.serving:
        ways = [
            "registry rollback {} --in {} --reason '…'".format(*place.split("@")) for place in item.serving
        ]
    else:
        ways = [f"registry retire {name} --withdraw --reason '…'" for name in item.releases]
    return f"put back the bytes that were registered, or: {'; '.join(ways)}"


def _which(item: Needed) -> Which:
    return item.artifact.uri, item.artifact.digest


class _Stopped(Exception):
    """The run was ended; nothing was found out."""


class _Counter:
    """Bytes read, told from several threads."""

    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._total, self._tell, self._done = total, on_progress, 0
        self._turn = Lock()
        self.stopped = False

    def add(self, size: int) -> None:
        if self.stopped:
            raise _Stopped
        with self._turn:
            self._done += size
            if self._tell is not None:
                self._tell(self._done, self._total)


class _Notes:
    """What was seen in this run, written down every now and then."""

    def __init__(self, reading: Reading) -> None:
        self._repository = reading.workspace.repository
        self._before = looks(self._repository, os.environ)
        self._seen: dict[Which, Look] = {}
        self._kept = time.monotonic()

    def add(self, found: Examined) -> None:
        which = _which(found.needed)
        if found.verdict == "whole":
            self._seen[which] = Look(found.seen, None)
        elif found.verdict != "unknown":
            self._seen[which] = Look(self._before.get(which, NEVER).whole, found.reason)
        if time.monotonic() - self._kept > _NOTE_EVERY:
            self.keep()

    def keep(self) -> None:
        if self._seen:
            remember(self._repository, os.environ, self._seen)
        self._kept = time.monotonic()
