"""The commands that a policy names for making evidence: what is wrong with one, and one in words.

The judge runs none of them. Evidence counts by who signed it and what it says, however it was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitregistry.records.policy import Check
from gitregistry.registry.moments import duration_of

_TIMEOUT = "10m"
_LONGEST = "24h"


def timeout_of(check: Check) -> timedelta:
    """How long its command may take."""
    return duration_of(check.timeout or _TIMEOUT)


def command_words(check: Check) -> str:
    """``python evaluate.py --all, for at most 10 m``, quoted as a shell would have to read it."""
    from shlex import join  # noqa: PLC0415 - few policies have commands

    limit = check.timeout or _TIMEOUT
    return f"{join(check.run or ())}, for at most {limit[:-1]} {limit[-1]}"


def faults_in_command(name: str, check: Check) -> Iterator[str]:
    """Why a check's command cannot be run."""
    if check.run is None:
        if check.timeout is not None:
            yield f"checks.{name}.timeout: there is nothing to run; it belongs to run"
        return
    if check.type not in ("evidence", "measurement"):
        yield f"checks.{name}.run: what a command finds is evidence; it belongs to evidence and measurement"
    if not check.run:
        yield f"checks.{name}.run: it is empty; name a program and its arguments"
    if timeout_of(check) > duration_of(_LONGEST):
        yield f"checks.{name}.timeout: {check.timeout} is longer than {_LONGEST}"
