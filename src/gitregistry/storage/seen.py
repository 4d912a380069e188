"""What was seen of a registry: the head, the law and the alias records with which a branch last passed here.

No clone can say whether it is the newest; what this user saw before can. So it is kept outside of every
repository, by pin and branch: all clones on this machine share it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage.pins import state_folder


class Mark(NamedTuple):
    """How far something that counts came: its number, and the digest of the record that has it."""

    number: int
    digest: str


class Marks(NamedTuple):
    """How far a registry came: versions of its law, numbers of its aliases by ``MODEL@ENVIRONMENT``."""

    trust: Mark
    policy: Mark
    aliases: Mapping[str, Mark]
    newest: str | None


class Seen(NamedTuple):
    """What a branch was when it last passed.

    Attributes:
        branch: full reference name.
        head: full commit id.
        place: the folder of the clone that it was seen in.
        time: when it was seen, by this machine's clock.
    """

    branch: str
    head: str
    place: str
    time: str
    marks: Marks


def read_seen(environment: Mapping[str, str], pin: str, branch: str) -> Seen | None:
    """What was seen of a branch; None when nothing was.

    Raises:
        BadInput: it is damaged or cannot be read.
    """
    path = seen_file(environment, pin, branch)
    kept = _load(path, pin)
    if kept is None:
        return None
    try:
        return Seen(branch, str(kept["head"]), str(kept["place"]), str(kept["time"]), _marks(kept))
    except _NOT_AS_WRITTEN as error:
        raise _damaged(path, pin, repr(error)) from None


def read_seen_trust_and_alias(
    environment: Mapping[str, str], pin: str, branch: str, name: str | None
) -> tuple[Mark, Mark | None] | None:
    """What was seen of trust and of one alias, ``MODEL@ENVIRONMENT``; the rest of the file is not looked at.

    Raises:
        BadInput: what was kept is damaged or cannot be read.
    """
    path = seen_file(environment, pin, branch)
    kept = _load(path, pin)
    if kept is None:
        return None
    try:
        alias = kept["aliases"].get(name)
        return _mark(kept["trust"]), _mark(alias) if alias is not None else None
    except _NOT_AS_WRITTEN as error:
        raise _damaged(path, pin, repr(error)) from None


def seen_folder(environment: Mapping[str, str], pin: str) -> Path:
    """Where all is kept that was seen of one registry."""
    return state_folder(environment) / "seen" / sha256(pin.encode()).hexdigest()[:32]


def seen_file(environment: Mapping[str, str], pin: str, branch: str) -> Path:
    """Where is kept what was seen of one branch."""
    name = sha256(branch.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return seen_folder(environment, pin) / f"{name}.json"


def seen_text(pin: str, seen: Seen) -> str:
    """The file's content."""
    marks = seen.marks
    document = {"pin": pin, "branch": seen.branch, "head": seen.head, "place": seen.place, "time": seen.time}
    return json.dumps(document | marks._asdict()) + "\n"


_NOT_AS_WRITTEN = (ValueError, KeyError, TypeError, AttributeError)


def _load(path: Path, pin: str) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _damaged(path, pin, str(error)) from None
    if not isinstance(kept, dict):
        raise _damaged(path, pin, "it is no JSON object")
    return kept


def _marks(kept: dict[str, Any]) -> Marks:
    aliases = {str(name): _mark(mark) for name, mark in kept["aliases"].items()}
    newest = kept["newest"]
    return Marks(
        _mark(kept["trust"]), _mark(kept["policy"]), aliases, str(newest) if newest is not None else None
    )


def _mark(value: Any) -> Mark:
    number, digest = value
    return Mark(int(number), str(digest))


def _damaged(path: Path, pin: str, why: str) -> BadInput:
    return BadInput(
        f"what was seen of this registry before cannot be read: {why}",
        path=str(path),
        hint=f"registry trust pin {pin} --forget",
    )
