"""A real Prometheus for all tests here, and a registry whose policy has a canary watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.prometheus import Observatory, observatory
from tests.support.registry import Registry

CHECK = "canary_error_rate_under_1_percent"
QUERY = (
    'sum(rate(errors_total{model="{model}",version="{version}"}[{window}]))'
    ' / sum(rate(requests_total{model="{model}",version="{version}"}[{window}]))'
)
WINDOW = "2s"


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observatory]:
    """Started once; each test says what the versions do."""
    with observatory(tmp_path_factory.mktemp("prometheus")) as found:
        yield found


@pytest.fixture(scope="session")
def watched_template(approved_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """``churn:v1`` and then ``churn:v2`` in canary, whose error rate the policy has watched."""
    registry = approved_template.copy(tmp_path_factory.mktemp("watched") / "copy")
    registry.add("deploy-bot", "operator", "attester", kind="bot")
    registry.change_policy(
        "    max: 0.01\n    unit: ratio\n",
        f"    max: 0.01\n    unit: ratio\n    prometheus:\n      query: '{QUERY}'\n      window: {WINDOW}\n",
    )
    registry.change_policy(
        "      - feature_parity_verified\n",
        "      - feature_parity_verified\n    abort_when:\n"
        f"      - fails: {CHECK}\n        no_data_rounds: 3\n    guard_for: 30s\n",
    )
    registry.register("v2")
    registry.to_canary("v2")
    return registry


@pytest.fixture
def watched(watched_template: Registry, tmp_path: Path) -> Registry:
    return watched_template.copy(tmp_path / "watched")
