"""Running somebody's command: for so long, with so much output, and nothing of it left afterwards.

The command gets a session of its own, so that all it starts can be ended with it, and no standard input. What
it prints is bounded in memory; its log is passed on as it comes and only counted and hashed.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from gitregistry.errors import BadInput

MAX_OUTPUT: Final = 1 << 20
MAX_LOG: Final = 64 << 20
_CHUNK: Final = 1 << 16
# How soon an end is noticed that no pipe tells of: a signal, or a command whose children keep its pipes open.
_TICK: Final = 0.05
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Finished(NamedTuple):
    """How a command ended.

    Attributes:
        exit_code: None when it was stopped or killed; ``stopped`` says why.
        output: its standard output, as far as it was taken.
        output_digest: sha256 of that.
        log_digest: sha256 of its standard error, likewise.
    """

    exit_code: int | None
    stopped: str | None
    output: bytes
    output_digest: str
    log_digest: str
    seconds: Decimal


class Bounds(NamedTuple):
    """Seconds that a command may take, and bytes that it may write to each stream."""

    seconds: float
    output: int = MAX_OUTPUT
    log: int = MAX_LOG


def run_command(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    bounds: Bounds,
    on_log: Callable[[bytes], None],
) -> Finished:
    """Run a command to its end, or to a bound.

    Args:
        environment: all that it gets.
        on_log: takes its standard error, piece by piece.

    Raises:
        BadInput: it cannot be started.
        KeyboardInterrupt: this process was asked to end; the command has been ended with all it started.
    """
    with _asked_to_end() as asked:
        begun = time.monotonic()
        process = _start(command, directory, environment)
        watch = _Watch(process, bounds, on_log, begun + bounds.seconds)
        try:
            stopped = watch.until_end(asked)
        finally:
            _end_group(process)
        seconds = Decimal(time.monotonic() - begun).quantize(Decimal("0.001"))
    if asked:
        raise KeyboardInterrupt
    code = process.returncode
    if stopped is None and code < 0:
        stopped = f"it was killed by signal {-code}"
    output, digests = bytes(watch.output), [f"sha256:{found.hexdigest()}" for found in watch.hashes]
    return Finished(None if stopped else code, stopped, output, digests[0], digests[1], seconds)


def _start(
    command: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise BadInput(
            f"the command cannot be started: {error.strerror}",
            path=str(command[0]),
            hint=f"it was looked for from {directory}; --directory DIR names another folder",
        ) from None


class _Watch:
    """Takes what a running command writes, and sees to its bounds."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        bounds: Bounds,
        on_log: Callable[[bytes], None],
        deadline: float,
    ) -> None:
        self.process = process
        self.bounds = bounds
        self.on_log = on_log
        self.deadline = deadline
        self.output = bytearray()
        self.hashes = (sha256(), sha256())
        self.logged = 0

    def until_end(self, asked: Sequence[int]) -> str | None:
        """Wait until it ended and all was read; or why it has to be stopped."""
        with selectors.DefaultSelector() as selector:
            for index, stream in enumerate((self.process.stdout, self.process.stderr)):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ, index)
            while True:
                gone = self.process.poll() is not None
                ready = selector.select(0 if gone else _TICK) if selector.get_map() else []
                if not selector.get_map() and not gone:
                    time.sleep(_TICK)
                for key, _ in ready:
                    self._take(selector, key)
                if asked or (gone and not ready):
                    return None
                if time.monotonic() > self.deadline:
                    return f"it took longer than {self.bounds.seconds:g} s"
                if len(self.output) > self.bounds.output:
                    return f"it wrote more than {self.bounds.output:,} bytes to standard output"
                if self.logged > self.bounds.log:
                    return f"it wrote more than {self.bounds.log:,} bytes to standard error"

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, _CHUNK)
        if not data:
            selector.unregister(key.fileobj)
        self.hashes[key.data].update(data)
        if key.data == 0:
            self.output += data
        else:
            self.logged += len(data)
            self.on_log(data)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the command and whatever it left behind in its group."""
    # That nobody is left some systems say in the second way.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """The signals that came meanwhile: kept until the command has been ended, so that none is left behind."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked  # where nobody sends a thread signals
        return
    heeded = [number for number in _ENDING if signal.getsignal(number) != signal.SIG_IGN]  # not under nohup
    before = {number: signal.signal(number, lambda got, _frame: asked.append(got)) for number in heeded}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
