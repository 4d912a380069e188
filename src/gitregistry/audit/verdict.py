"""What a whole history amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from gitregistry.audit.emergencies import EmergencyAt
from gitregistry.audit.recoveries import Recovery
from gitregistry.records.common import Stamp
from gitregistry.records.policy import Policy
from gitregistry.registry.opening import Opened
from gitregistry.rules.findings import Finding


class PolicyInForce(NamedTuple):
    """A policy, and the commit that brought it into force, with that commit's time."""

    commit: str
    time: str
    policy: Opened[Policy]


class Made(NamedTuple):
    """The promotions to one alias under one version of the policy.

    Attributes:
        number: how many.
        first, last: their commits, in order of history.
        since: when the first one was made, by its record.
    """

    number: int
    first: str
    last: str
    since: str


# By ``MODEL@ENVIRONMENT`` and version of the policy.
MadeUnder = Mapping[str, Mapping[int, Made]]


class Reached(NamedTuple):
    """Where the history ends: the law in force there, and how far each alias came.

    Attributes:
        trust: version and digest of the trust in force.
        policies: every policy that was ever in force, oldest first.
        sequences: the number of each alias's latest lawful record, by ``MODEL@ENVIRONMENT``.
        digests: the digest of each of those records.
        newest: the latest time of a step of the registry.
        made: the promotions under every policy but the first.
    """

    trust: Stamp
    policies: tuple[PolicyInForce, ...]
    sequences: Mapping[str, int]
    digests: Mapping[str, str]
    newest: str | None
    made: MadeUnder


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the whole history amounts to.

    ``mended`` are findings that a later signed record settled, with the commit that did. ``unknown`` says why
    a history without findings still cannot be told lawful. ``outside`` counts the findings on steps that
    were not asked for; they make the verdict all the same. ``reached`` is None when no law ever was in force.
    ``whole`` is False when the history could not be read to its end. ``recoveries`` are the steps that began
    trust anew, oldest first, whether or not the pin settles them; ``emergencies`` the promotions that went
    without some of what was required, oldest first, each with its review.
    """

    verdict: Literal["pass", "fail", "unknown"]
    pin: str | None
    head: str
    steps: int
    findings: tuple[Finding, ...]
    mended: tuple[tuple[Finding, str], ...] = ()
    unknown: str | None = None
    outside: int = 0
    reached: Reached | None = None
    whole: bool = True
    recoveries: tuple[Recovery, ...] = ()
    emergencies: tuple[EmergencyAt, ...] = ()

    def about(self, commits: frozenset[str]) -> Verdict:
        """The same, with the findings on these commits alone, and those on none; the others are counted.

        Of the emergencies, those that these commits made or closed.
        """
        kept = tuple(
            finding for finding in self.findings if finding.commit is None or finding.commit in commits
        )
        emergencies = tuple(
            item
            for item in self.emergencies
            if item.commit in commits or (item.review is not None and item.review.commit in commits)
        )
        return replace(self, findings=kept, outside=len(self.findings) - len(kept), emergencies=emergencies)
