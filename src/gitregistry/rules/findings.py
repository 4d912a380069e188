"""What the judge says: findings, requirements, and the decision they make."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """A rule broken: its code, where, what is wrong, and the command that mends it."""

    rule: str
    path: str
    message: str
    hint: str | None = None
    line: int | None = None
    commit: str | None = None


class Support(NamedTuple):
    """The record that met a requirement, or one that does not count and why.

    ``measured`` and ``bound`` are words such as ``latency_p95_ms = 43 ms`` and ``at most 60 ms``.
    """

    path: str
    digest: str
    signer: str
    time: str
    measured: str | None = None
    bound: str | None = None


class Requirement(NamedTuple):
    """One requirement of a transition: met by these records, or unmet for this reason.

    ``said_no`` when a person stands against it, which no emergency passes over; ``skipped`` is the incident
    for which an emergency promotion goes without it.

    ``rule`` is the code of the finding that an unmet one becomes; ``path`` the alias record that asks for it,
    for one step may hold many promotions.
    """

    name: str
    met: bool
    by: tuple[Support, ...] = ()
    reason: str | None = None
    hint: str | None = None
    rule: str = "requirement"
    path: str = ""
    said_no: bool = False
    skipped: str | None = None

    @property
    def stops(self) -> bool:
        """Whether the promotion is refused for it."""
        return not self.met and self.skipped is None


class Decision(NamedTuple):
    """Lawful when there are no findings. ``requirements`` are those of the promotions in the step."""

    findings: tuple[Finding, ...]
    requirements: tuple[Requirement, ...] = ()

    @property
    def lawful(self) -> bool:
        return not self.findings
