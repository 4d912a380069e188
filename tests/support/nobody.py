"""Streams that nobody reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stream_to_nobody(kind: str) -> Iterator[int]:
    """A descriptor to write to: a pipe whose reader has gone (``gone``), else a disk that is full."""
    if kind == "gone":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open("/dev/full", os.O_WRONLY)
    try:
        yield writing
    finally:
        os.close(writing)
