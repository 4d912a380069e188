"""Registries in which CI promotes what the policy marks automatic."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.advancing import AUTOMATIC, attest_all, ready
from tests.support.registry import TO_CANARY, Registry


@pytest.fixture(scope="module")
def marked_template(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Staging and canary are automatic; CI may promote; ``churn:v1`` meets what staging asks."""
    registry = empty_template.copy(tmp_path_factory.mktemp("advance") / "copy")
    for name in ("staging", "canary"):
        registry.change_policy(*AUTOMATIC[name])
    registry.run("trust", "grant", "ci", "promoter")
    ready(registry, "v1")
    return registry


@pytest.fixture(scope="module")
def canary_template(marked_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The same with ``churn:v1`` in canary, and ``churn:v2`` after it."""
    registry = marked_template.copy(tmp_path_factory.mktemp("canary") / "copy")
    for version in ("v1", "v2"):
        if version != "v1":
            ready(registry, version)
        registry.run("advance", key="ci")
        attest_all(registry, version, TO_CANARY)
        registry.run("advance", key="ci")
    return registry


@pytest.fixture
def marked(marked_template: Registry, tmp_path: Path) -> Registry:
    return marked_template.copy(tmp_path / "marked")


@pytest.fixture
def in_canary(canary_template: Registry, tmp_path: Path) -> Registry:
    return canary_template.copy(tmp_path / "canary")
