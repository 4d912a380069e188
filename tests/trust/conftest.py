"""Registries with two administrators who must agree, and further keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.registry import Registry
from tests.trust.people import make_more_keys, with_keys


@pytest.fixture(scope="session")
def more_keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return make_more_keys(tmp_path_factory.mktemp("more-keys"))


@pytest.fixture(scope="session")
def ruled_template(
    live_template: Registry, more_keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Registry:
    registry = with_keys(live_template.copy(tmp_path_factory.mktemp("ruled") / "copy"), more_keys)
    registry.two_administrators()
    return registry


@pytest.fixture
def ruled(ruled_template: Registry, tmp_path: Path) -> Registry:
    """``churn:v1`` in production; alice and dave must agree on trust and policy."""
    return ruled_template.copy(tmp_path / "ruled")


@pytest.fixture
def known(live: Registry, more_keys: Mapping[str, Path]) -> Registry:
    """``churn:v1`` in production, alice alone administers, and this machine keeps the pin."""
    registry = with_keys(live, more_keys)
    registry.run("trust", "pin", registry.pin)
    return registry
