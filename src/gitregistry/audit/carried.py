"""The chains that a replay carries from step to step."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.registry.chains import Link, alias_chain, newest_link
from gitregistry.registry.lines import LineChain, LineLink, extended, line_chain
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce


class Start(NamedTuple):
    """A commit until which all was found lawful.

    ``rolled_back`` names the aliases (``MODEL@ENVIRONMENT``) that were ever rolled back until there.
    """

    commit: str
    rolled_back: frozenset[str]


class CarriedChains:
    """A ``ChainReader`` that grows with the steps.

    Args:
        base: where the replay begins, all lawful until there; None at the beginning of history.
        rolled_back: the aliases that were ever rolled back before.
    """

    def __init__(self, base: Snapshot | None = None, rolled_back: frozenset[str] = frozenset()) -> None:
        self._base = base
        self._rolled_back = rolled_back
        self._aliases: dict[tuple[str, str], Link | None] = {}
        self._lines: dict[str | None, LineChain] = {}

    def __call__(self, model: str, environment: str, /) -> Link | None:
        key = (model, environment)
        if key not in self._aliases:
            self._aliases[key] = self._before(model, environment)
        return self._aliases[key]

    def _before(self, model: str, environment: str) -> Link | None:
        if self._base is None:
            return None
        if f"{model}@{environment}" in self._rolled_back:
            return alias_chain(self._base, model, environment)
        return newest_link(self._base, model, environment)

    def line(self, model: str | None) -> LineChain:
        """Where all is lawful, nothing lies at its place unless it was stopped once."""
        if model not in self._lines:
            stopped = self._base is not None and self._base.tree.entry(paths.line(model)) is not None
            self._lines[model] = line_chain(self._base, model) if stopped and self._base else ()
        return self._lines[model]

    def extend_line(self, link: LineLink, trust: TrustInForce) -> None:
        """Make a line record the latest of its line, if it follows."""
        model = link.opened.record.model_name
        self._lines[model] = extended(self.line(model), link, trust)

    def extend(self, link: Link) -> None:
        """Make a link the latest of its alias."""
        record = link.opened.record
        self._aliases[record.model_name, record.environment] = link

    def latest(self) -> dict[str, Link]:
        """The latest link of every alias that was asked for or moved, by ``MODEL@ENVIRONMENT``."""
        return {
            f"{model}@{environment}": link
            for (model, environment), link in self._aliases.items()
            if link is not None
        }
