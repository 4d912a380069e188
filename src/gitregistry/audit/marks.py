"""How far a history came, and what in it lies behind something that was seen or stated before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.audit.verdict import Reached
from gitregistry.records import paths
from gitregistry.storage.seen import Mark, Marks


class Lag(NamedTuple):
    """One thing that is behind, or another than before: the path it is about, and how in words."""

    path: str
    words: str


def marks_of(reached: Reached) -> Marks:
    """How far a judged history came."""
    policy = reached.policies[-1].policy
    return Marks(
        trust=Mark(reached.trust.version, reached.trust.digest),
        policy=Mark(policy.record.version, policy.digest),
        aliases={name: Mark(sequence, reached.digests[name]) for name, sequence in reached.sequences.items()},
        newest=reached.newest,
    )


def lags(present: Marks, earlier: Marks) -> Iterator[Lag]:
    """All in which ``present`` is behind ``earlier``, or has the same number with another record."""
    yield from _lag(paths.TRUST, "trust version", present.trust, earlier.trust)
    yield from _lag(paths.POLICY, "policy version", present.policy, earlier.policy)
    for name, mark in sorted(earlier.aliases.items()):
        model, _, environment = name.rpartition("@")
        yield from _lag(paths.alias(model, environment), f"{name} number", present.aliases.get(name), mark)
    if earlier.newest is not None and (present.newest or "") < earlier.newest:
        words = f"its newest step is of {present.newest or 'no time'}, before {earlier.newest}"
        yield Lag(paths.ROOT, words)


def _lag(path: str, name: str, present: Mark | None, earlier: Mark) -> Iterator[Lag]:
    if present is None or present.number < earlier.number:
        found = f"{name} {present.number}" if present is not None else f"no {name}"
        yield Lag(path, f"it holds {found}, below {earlier.number}")
    elif present.number == earlier.number and present.digest != earlier.digest:
        yield Lag(path, f"it holds another record as {name} {present.number}: {present.digest}")
