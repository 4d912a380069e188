"""The chains of a snapshot as its own history tells them."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.registry.chains import Link, alias_chain
from gitregistry.registry.snapshot import Snapshot


class SnapshotChains(NamedTuple):
    """A ``ChainReader`` of one commit's past."""

    snapshot: Snapshot

    def __call__(self, model: str, environment: str, /) -> Link | None:
        return alias_chain(self.snapshot, model, environment)
