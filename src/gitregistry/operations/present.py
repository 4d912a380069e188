"""The registry as a proposal finds it: the snapshot at the branch's tip, and the law in force there."""

from __future__ import annotations

from dataclasses import dataclass

from gitregistry.operations.require import require_environment
from gitregistry.records import paths
from gitregistry.records.common import Stamp
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import SnapshotChains
from gitregistry.rules.step import Law
from gitregistry.storage.registry_tree import RegistryTree
from gitregistry.storage.seen import Seen


@dataclass(frozen=True, slots=True)
class Present:
    """What a verb looks at to make its proposal.

    Attributes:
        commit: the tip it was read from, full id.
        time: when the registry last changed, as far as this branch or this machine's memory knows.
        now: the time that new records carry.
        principal: who is acting, by trust's account of the signing key.
        seen: what was seen of this branch before; None when nothing was.
    """

    commit: str
    time: str
    now: str
    principal: str
    snapshot: Snapshot
    law: Law
    seen: Seen | None = None

    @property
    def chain(self) -> SnapshotChains:
        """The chains as history tells them."""
        return SnapshotChains(self.snapshot)

    def read_chains_of(self, model: str) -> None:
        """Read at once the pasts that a promotion of a model asks for."""
        tree = self.snapshot.tree
        if isinstance(tree, RegistryTree):
            tree.gather_versions(*paths.chains_of(model))

    def existed(self, path: str) -> bool:
        """Whether a path ever held something."""
        return bool(self.snapshot.tree.versions(path))

    @property
    def registry_id(self) -> str:
        return self.law.trust.registry_id

    @property
    def policy_stamp(self) -> Stamp:
        return Stamp(version=self.law.policy.record.version, digest=self.law.policy.digest)

    @property
    def trust_stamp(self) -> Stamp:
        return Stamp(version=self.law.trust.record.version, digest=self.law.trust.digest)

    def environment(self, name: str) -> str:
        """The name, if the policy knows such an environment."""
        require_environment(name, self.law.policy.record)
        return name
