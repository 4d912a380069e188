"""What a check is made of, and the shape of whatever makes one: a command of the policy, or a tool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gitregistry.operations.attest import CheckResult
from gitregistry.records.common import Stamp
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened


class Subject(NamedTuple):
    """What is checked, where it is measured, from which folder, and by which policy."""

    release: Opened[Release]
    environment: str | None
    directory: Path
    policy: Stamp


# Makes a check; it hands what it has to say meanwhile to the second argument, piece by piece.
Maker = Callable[[Subject, Callable[[bytes], None]], CheckResult]
