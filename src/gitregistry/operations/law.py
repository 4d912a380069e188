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

    A policy that cannot be used, or that too few administrators signed, never came into force: the one before
    it still is, so that nobody can stop a rollback that way.

    Raises:
        RegistryError: trust cannot be used, or no policy ever was in force.
    """
    try:
        law = law_of(snapshot)
        if _is_lawful(law.trust, law.policy):
            return law
        broken = Broken("policy-threshold", "too few administrators signed it")
    except Broken as fault:
        broken = fault
    earlier = _last_usable_policy(snapshot)
    if earlier is None:
        raise unusable(broken, path_of_broken_law(snapshot))
    return earlier


def _is_lawful(trust: TrustInForce, policy: Opened[Policy]) -> bool:
    return len(trust.makers(policy)) >= trust.record.thresholds.policy


def _last_usable_policy(snapshot: Snapshot) -> Law | None:
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
