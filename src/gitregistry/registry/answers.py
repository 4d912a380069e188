"""What questions about a registry turn up, before anybody words it."""

from __future__ import annotations

from dataclasses import dataclass

from gitregistry.records.alias import Alias
from gitregistry.records.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Place:
    """One model in one environment: what should serve, what does, and why either cannot be read."""

    model: str
    environment: str
    alias: Alias | None
    deployment: Deployment | None
    fault: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """One commit of the registry's branch as its own words tell it; ``verify`` proves what it did."""

    commit: str
    time: str
    author: str
    subject: str
    trailers: tuple[tuple[str, str], ...]
