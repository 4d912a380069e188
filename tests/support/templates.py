"""Registries built once for all tests, by the commands that a user would type.

They are packed, as git gc leaves them: a copy is a few files, not hundreds. What a test adds lies loose.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.keys import IDS
from tests.support.registry import Registry


def build_empty(base: Path, keys: Mapping[str, Path]) -> Registry:
    """Alice's registry with bob, carol and ci in trust, and no model yet."""
    folder = base / "registry"
    bare = Registry(base, "", keys)
    made = bare.json("init", "registry", "--name", "demo", "--id", IDS["alice"])
    registry = Registry(folder, made["pin"], keys)
    registry.add("bob", "model-owner")
    registry.add("carol", "risk-owner")
    registry.add("ci", "attester", kind="ci")
    return packed(registry)


def build_registered(empty: Registry, base: Path) -> Registry:
    """``churn:v1`` registered, nothing else."""
    registry = empty.copy(base)
    registry.register("v1")
    return packed(registry)


def build_approved(registered: Registry, base: Path) -> Registry:
    """``churn:v1`` in staging and canary, with all that production asks for, not yet promoted there."""
    registry = registered.copy(base)
    registry.to_approved("v1")
    return packed(registry)


def build_live(approved: Registry, base: Path) -> Registry:
    """``churn:v1`` in production."""
    registry = approved.copy(base)
    registry.promote("v1", "production")
    return packed(registry)


def build_two(live: Registry, base: Path) -> Registry:
    """``churn:v1`` and then ``churn:v2`` promoted to production."""
    registry = live.copy(base)
    registry.register("v2")
    registry.to_production("v2")
    return packed(registry)


def packed(registry: Registry) -> Registry:
    """The same registry, its objects in one pack."""
    registry.git("repack", "-a", "-d", "-q")
    return registry
