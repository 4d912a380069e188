"""Standard input, output and error, whatever the caller made of them."""

from __future__ import annotations

import io
import os
import sys


def make_ready() -> None:
    """Let nothing that is printed end the command: closed streams swallow it, narrow encodings spell it out.

    A descriptor that is closed would go to the next file opened, and what is printed into that file.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence_output() -> None:
    """Point standard output where nobody listens: whoever read it has stopped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
