"""A replay shared out to several processes, and put together again."""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import IO, Protocol, Self

from gitregistry.audit.share import Beginning, Outcome, Share, Task, share_of
from gitregistry.errors import CannotTell
from gitregistry.storage.history import Change
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository

# Starting a process costs as much as judging about this many steps.
WORTH_SHARING = 600
_MOST_PROCESSES = 8
# Steps handed over at a time.
_BATCH = 200
# What Linux gives anybody; some thousand steps.
_PIPE_BYTES = 1 << 20
# Blobs read ahead at most, of a mebibyte at most each.
_AHEAD = 128
_STEPS_AHEAD = 1000


class Worker(Protocol):
    """Whoever judges a share."""

    def take(self, task: Task) -> None:
        """Judge the next step's part."""

    def finish(self) -> Outcome:
        """There are no more; say what came out."""


def judged(
    objects: Objects, beginning: Beginning, tasks: Iterable[Task], told: Callable[[], None]
) -> list[Outcome]:
    """What judging all tasks found, a share each.

    Args:
        told: called for every task handed out.
    """
    waiting: list[Task] = []
    workers: list[Worker] = []
    with ExitStack() as stack:
        stack.enter_context(_keeping_all())
        for task in tasks:
            told()
            waiting.append(task)
            if not workers and len(waiting) < WORTH_SHARING:
                continue
            if not workers:
                elsewhere = [stack.enter_context(Elsewhere()) for _ in range(processes())]
                workers += elsewhere
                for each in elsewhere:
                    each.begin(objects.repository, beginning)
            for earlier in waiting:
                _hand_out(workers, earlier)
            waiting = []
        if not workers:
            workers = [Here(objects, beginning)]
            for task in waiting:
                workers[0].take(task)
        return [worker.finish() for worker in workers]


@contextmanager
def _keeping_all() -> Iterator[None]:
    """Without collecting rubbish: what is made of a step goes with it or stays to the end, nearly all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def processes() -> int:
    """How many judge at a time: one for each core that is ours to use."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(_MOST_PROCESSES, cores)


def _hand_out(workers: Sequence[Worker], task: Task) -> None:
    """Give each share its part of a step; the first step of a registry, which begins the law, to all."""
    common: list[Change] = []
    own: dict[int, list[Change]] = {}
    for change in task.changes:
        share = share_of(change.path, len(workers))
        if share is None:
            common.append(change)
        else:
            own.setdefault(share, []).append(change)
    for number, worker in enumerate(workers):
        if common or number in own or not task.begun:
            worker.take(task._replace(changes=(*common, *own.get(number, ()))))


class Here:
    """A share judged in this process: all there is."""

    def __init__(self, objects: Objects, beginning: Beginning) -> None:
        self._share = Share.begin(objects, beginning)
        self._tasks: list[Task] = []

    def take(self, task: Task) -> None:
        self._tasks.append(task)

    def finish(self) -> Outcome:
        return judge_all(self._share, self._tasks)


class Elsewhere:
    """A share judged in a process of its own, which reads the repository by itself."""

    def __init__(self) -> None:
        # -P: whatever lies in the current folder is not ours, and is not imported.
        command = [sys.executable, "-P", "-m", "gitregistry.audit.shares"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        _widen(_pipe(self._process.stdin))
        self._batch: list[Task] = []

    def begin(self, repository: Repository, beginning: Beginning) -> None:
        """Say what the tasks are about; comes first."""
        self._send((repository, beginning))

    def take(self, task: Task) -> None:
        self._batch.append(task)
        if len(self._batch) >= _BATCH:
            self._send(self._batch)
            self._batch = []

    def finish(self) -> Outcome:
        self._send(self._batch)
        self._send(None)
        try:
            outcome: Outcome = pickle.load(_pipe(self._process.stdout))  # noqa: S301 - our own child wrote it
        except EOFError:
            raise CannotTell("a process that judged a share of the history was ended") from None
        return outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, wherever it is."""
        self._process.kill()
        self._process.communicate()

    def _send(self, what: object) -> None:
        try:
            pickle.dump(what, _pipe(self._process.stdin), pickle.HIGHEST_PROTOCOL)
            _pipe(self._process.stdin).flush()
        except BrokenPipeError:
            raise CannotTell("a process that judged a share of the history was ended") from None


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold many batches, where that can be asked for.

    What it holds is work for its reader while the parent waits for another worker, whose pipe is full: with
    less, one core in four stood still.
    """
    if sys.platform == "linux":
        # Users may be out of room for pipes: then it stays as it is.
        with suppress(PermissionError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def judge_all(share: Share, tasks: Iterable[Task]) -> Outcome:
    """Judge tasks in their order, as far as the repository can be read."""
    position = 0
    try:
        for task in _with_blobs(share, tasks):
            position = task.position
            share.judge(task)
    except CannotTell as error:
        words = f"{error.message} ({error.hint})" if error.hint else error.message
        return share.outcome((position, words))
    return share.outcome()


def _with_blobs(share: Share, tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks, with what they bring read a few ahead."""
    waiting: list[Task] = []
    oids: dict[str, None] = {}
    for task in tasks:
        waiting.append(task)
        oids |= {
            change.new_oid: None
            for change in task.changes
            if change.new_oid.strip("0") and change.new_mode[:3] == "100"
        }
        if len(oids) >= _AHEAD or len(waiting) >= _STEPS_AHEAD:
            share.tree.read_ahead(list(oids)[:_AHEAD])
            yield from waiting
            waiting, oids = [], {}
    share.tree.read_ahead(list(oids))
    yield from waiting


def _received(stream: IO[bytes]) -> Iterator[Task]:
    while (batch := pickle.load(stream)) is not None:  # noqa: S301 - our own parent wrote it
        yield from batch


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None  # noqa: S101 - Popen makes both pipes
    return end


def main() -> None:
    """Judge the share that the parent process sends, and answer it."""
    with _keeping_all():
        repository, beginning = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent wrote it
        with Objects(repository) as objects:
            outcome = judge_all(Share.begin(objects, beginning), _received(sys.stdin.buffer))
        pickle.dump(outcome, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
