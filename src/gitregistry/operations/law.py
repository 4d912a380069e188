"""The law that a command works under, or an error that names the file which cannot be used."""

from __future__ import annotations

from gitregistry.operations.require import unusable
from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force
from gitregistry.rules.step import Law, law_of, path_of_broken_law


def require_law(snapshot: Snapshot) -> Law:
    """Trust and policy in force.

    Raises:
        RegistryError: one of them is missing, cannot be used, or came without its administrators.
    """
    law = _law_or_fault(snapshot)
    if isinstance(law, Broken):
        raise unusable(law, path_of_broken_law(snapshot))
    return law


def law_for_rollback(snapshot: Snapshot) -> Law:
    """The same; but a policy that somebody edited unseen never came into force: the one before it still is.

    Nobody can stop a rollback by spoiling a file that it is not judged by.
    """
    law = _law_or_fault(snapshot)
    if not isinstance(law, Broken):
        return law
    earlier = _last_lawful_policy(snapshot)
    if earlier is None:
        raise unusable(law, path_of_broken_law(snapshot))
    return earlier


def _law_or_fault(snapshot: Snapshot) -> Law | Broken:
    try:
        law = law_of(snapshot)
    except Broken as fault:
        return fault
    if _is_lawful(law.trust, law.policy):
        return law
    from gitregistry.operations.past_law import was_made_by_administrator  # noqa: PLC0415 - seldom asked

    if was_made_by_administrator(snapshot, law.trust, law.policy):
        return law
    return Broken("policy-threshold", "no administrator signed the policy")


def _is_lawful(trust: TrustInForce, policy: Opened[Policy]) -> bool:
    """Whether an administrator made it. How many had to is for the threshold of its day, and for verify."""
    return bool(trust.makers(policy))


def _last_lawful_policy(snapshot: Snapshot) -> Law | None:
    """The trust in force and the newest policy of the past that its administrators signed."""
    try:
        trust = trust_in_force(snapshot)
    except Broken:  # the caller reports it
        return None
    if trust is None:
        return None
    for version in reversed(snapshot.tree.versions(paths.POLICY)):
        if version.record is None or version.signature is None:
            continue
        try:
            oids = (version.record, version.signature)
            policy = snapshot.open_version(Policy, "policy", paths.POLICY, oids)
        except Broken:  # the edit itself, and any before it
            continue
        if _is_lawful(trust, policy):
            return Law(trust, policy)
    return None
