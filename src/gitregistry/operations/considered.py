"""One promotion that was thought of for a whole fleet, and what came of the thought."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gitregistry.records.alias import Alias
from gitregistry.rules.findings import Finding, Requirement

# ``moves``: lawful, and part of the step. ``refused``: it should be ready and is not, or may not.
# ``waits``: something that it needs has not come yet. ``stopped``: somebody must decide first.
State = Literal["moves", "refused", "waits", "stopped"]


class Considered(NamedTuple):
    """A release that may go to an environment.

    Attributes:
        replaces: the version that the environment points at now.
        alias: the record that would move it; None when it was not even asked.
        requirements: every requirement of the promotion, once it was asked.
        findings: the rules that it would break besides.
        reason, hint: why it does not move, and the command that would help; None when it moves.
    """

    model: str
    environment: str
    version: str
    replaces: str | None
    state: State
    alias: Alias | None = None
    requirements: tuple[Requirement, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    hint: str | None = None

    def put_off(self, state: State, reason: str, hint: str | None) -> Considered:
        """The same, not to be moved now."""
        return self._replace(state=state, reason=reason, hint=hint)
