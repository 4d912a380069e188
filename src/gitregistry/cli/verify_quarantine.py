"""``registry verify --quarantine``: a repository that nobody vouches for, judged in a copy."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gitregistry.audit.verdict import Verdict
from gitregistry.audit.verify import verify
from gitregistry.cli.pin_option import checked_pin
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session_read import now_text
from gitregistry.storage.objects import Objects
from gitregistry.storage.quarantine import NotTaken, quarantined, source_of


def verify_quarantine(place: str, branch: str | None, pin: str | None) -> Verdict:
    """The verdict on one branch of what lies at a URL or in a folder.

    A pin that is kept here is for a clone that stands here, so only one that was given counts.
    """
    known = checked_pin(pin or os.environ.get("REGISTRY_PIN"))
    try:
        with (
            _ended_by_signals(),
            quarantined(source_of(place), branch) as (repository, head),
            Objects(repository) as objects,
            progress_bar("judging") as on_progress,
        ):
            return verify(objects, head, known, now_text(), lambda steps: on_progress(steps, None))
    except NotTaken as refused:
        return Verdict("unknown", known, "", 0, (), unknown=refused.message, whole=False)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a polite kill end things as Ctrl-C does, so that what must be deleted is deleted."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
