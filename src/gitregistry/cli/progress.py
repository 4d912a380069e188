"""Progress of long work, on standard error, when somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class OnProgress(Protocol):
    """Told the work done, all there is (None while unknown), and what is being done."""

    def __call__(self, done: float, total: float | None, doing: str = "") -> None: ...


@contextmanager
def progress_bar(words: str) -> Iterator[OnProgress]:
    """A bar that is told the work done, all there is, and what it is; nothing without a terminal."""
    if not sys.stderr.isatty():
        yield _say_nothing
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal pays for Rich
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)

        def tell(done: float, total: float | None, doing: str = "") -> None:
            bar.update(task, completed=done, total=total, description=doing or words)

        yield tell


def _say_nothing(done: float, total: float | None, doing: str = "") -> None:
    """Tell nobody."""
