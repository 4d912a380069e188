"""The chains of a snapshot as its own history tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gitregistry.records import paths
from gitregistry.registry.chains import Link, alias_chain
from gitregistry.registry.snapshot import Snapshot

if TYPE_CHECKING:
    from gitregistry.registry.lines import LineChain


class SnapshotChains(NamedTuple):
    """A ``ChainReader`` of one commit's past."""

    snapshot: Snapshot

    def __call__(self, model: str, environment: str, /) -> Link | None:
        return alias_chain(self.snapshot, model, environment)

    def line(self, model: str | None) -> LineChain:
        if not self.snapshot.tree.versions(paths.line(model)):
            return ()
        from gitregistry.registry.lines import line_chain  # noqa: PLC0415 - seldom is anything stopped

        return line_chain(self.snapshot, model)


class NoChains:
    """A ``ChainReader`` of the time before anything was."""

    def __call__(self, _model: str, _environment: str, /) -> None:
        return None

    def line(self, _model: str | None) -> LineChain:
        return ()
