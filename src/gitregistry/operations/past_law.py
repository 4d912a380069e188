"""Whether the policy in force was made by somebody who administered then, where they no longer do.

People step down; the policy that they signed stands. Which trust was in force then is read from the step that
brought the policy, and counts only if the trust of today descends from it, digest by digest.
"""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.past_law import trust_line
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force
from gitregistry.storage.registry_tree import RegistryTree


def was_made_by_administrator(snapshot: Snapshot, trust: TrustInForce, policy: Opened[Policy]) -> bool:
    """Whether an administrator of the day made the policy that lies in a snapshot."""
    tree = snapshot.tree
    if not isinstance(tree, RegistryTree):
        return False
    entered = snapshot.left_by(paths.POLICY)
    try:
        then = trust_in_force(Snapshot(tree.at(entered.commit), snapshot.cache)) if entered else None
        return then is not None and descends(snapshot, trust, then.digest) and bool(then.makers(policy))
    except Broken:  # a trust that cannot be used made nobody an administrator
        return False


def descends(snapshot: Snapshot, trust: TrustInForce, older: str) -> bool:
    """Whether a trust follows from the one with this digest, by what each version names."""
    line = trust_line(snapshot, trust.opened)
    return older == trust.digest or any(found.opened.digest == older for found in line)
