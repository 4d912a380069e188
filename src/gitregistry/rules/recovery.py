"""Trust begun anew: what a new first trust must say when too few of the old administrators' keys are left.

Nothing in a repository can prove that such a step is right: whoever may push can make one. So even a sound
one is a finding, which only the new pin, learnt by other means, settles.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.trust import Trust
from gitregistry.registry.moments import clearly_after
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case

RECOVERY = "recovery"


def begins_anew(trust: Trust) -> bool:
    """Whether a trust record that is not a registry's very first begins trust again."""
    return trust.recovers is not None and trust.version == 1


def check_claim(case: Case[Trust]) -> Iterator[Finding]:
    """Rules ``version`` and ``time``: it is a first trust, and names exactly the one whose place it takes."""
    old, recovers = case.law.trust, case.record.recovers
    if case.record.previous is not None or case.record.registry_id is not None:
        yield case.finding(
            "version", "trust that is begun anew names no registry and no previous one; it recovers one"
        )
    if recovers is None or (recovers.registry_id, recovers.earlier, recovers.trust) != (
        old.registry_id,
        old.succeeded,
        old.digest,
    ):
        named = recovers.trust if recovers is not None else "nothing"
        yield case.finding(
            "version",
            f"it takes the place of {named}, but trust {old.digest} of the registry {old.registry_id} "
            "is in force",
        )
    if clearly_after(old.record.created_at, case.record.created_at):
        yield case.finding(
            "time",
            f"it is dated {case.record.created_at}, before the one it takes the place of "
            f"({old.record.created_at})",
        )


def recovery_finding(case: Case[Trust], new: TrustInForce) -> Finding:
    """Rule ``recovery``: that it happened, who vouches for it, and what its reader must find out."""
    old = case.law.trust
    signed = ", ".join(new.agreeing(case.opened, case.step.time, old))
    also = old.agreeing(case.opened, case.step.time)
    return case.finding(
        "recovery",
        f"trust was begun anew here without the old trust's threshold: {len(also)} of its "
        f"{old.record.thresholds.trust} needed administrators signed; it is vouched for by {signed}. Who "
        f"holds the pin {old.registry_id} must be told by other means whether that is right",
        "ask the registry's people, not this repository; if they did it: "
        f"registry trust pin {case.opened.digest}",
    )
