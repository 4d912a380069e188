"""Signatures checked ahead: by a process of its own, while this one reads what was signed.

Most of the time that reading a record takes is Ed25519's, and thousands of records are read in an order that
is known. The other process begins at the end of that order. What it has not come to when it is asked for is
checked here, so nobody ever waits for it, and what it found wrong is found again here. All that it says is
that one check holds: these bytes, made by this key, over this data.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from gitregistry.signing.sshsig import Check, SignatureFault, require

# Starting a process takes as long as some hundred checks.
WORTH_STARTING = 500
_HOLDS = b"+"
_FAILS = b"-"
_AT_ONCE = 32
# What fits into a pipe that nobody reads from.
_MOST = 65_000


class Ahead:
    """Checks under way elsewhere. Leave it to end the process.

    Args:
        checks: in the order in which they will be asked for.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self._waiting = list(checks[:_MOST])
        self._held: set[Check] = set()
        self._ended = False
        with TemporaryFile() as questions:
            pickle.dump(self._waiting, questions, pickle.HIGHEST_PROTOCOL)
            questions.seek(0)
            # -P: whatever lies in the current folder is not ours, and is not imported.
            command = [sys.executable, "-P", "-m", "gitregistry.signing.ahead"]
            # Whatever befalls it, Ctrl-C or a lack of memory, is nothing to tell anybody.
            self._process = subprocess.Popen(
                command, stdin=questions, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        assert self._process.stdout is not None  # noqa: S101 - Popen makes the pipe
        self._answers = self._process.stdout.fileno()
        os.set_blocking(self._answers, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self._process.kill()
        self._process.communicate()

    def require(self, check: Check) -> None:
        """As ``sshsig.require``."""
        if not self.knows(check):
            require(check)

    def knows(self, check: Check) -> bool:
        """Whether the other process has said by now that a check holds."""
        if check not in self._held:
            self._take()
        return check in self._held

    def _take(self) -> None:
        """Take what answers there are."""
        try:
            answers = os.read(self._answers, _MOST) if not self._ended else b""
        except BlockingIOError:
            return
        for answer in answers:
            check = self._waiting.pop()
            if answer == _HOLDS[0]:
                self._held.add(check)


def main() -> None:
    """Answer the checks of standard input with a byte each, the last check first."""
    checks: list[Check] = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent wrote it
    while checks:
        now = [checks.pop() for _ in range(min(_AT_ONCE, len(checks)))]
        sys.stdout.buffer.write(b"".join(map(_answer, now)))
        sys.stdout.buffer.flush()


def _answer(check: Check) -> bytes:
    try:
        require(check)
    except SignatureFault:
        return _FAILS
    return _HOLDS


if __name__ == "__main__":
    main()
