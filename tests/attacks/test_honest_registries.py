"""The registries that the attacks start from are lawful: what is found later is the attack."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["empty_registry", "registered", "approved", "live", "two"])
def test_an_honest_registry_passes(name: str, request: pytest.FixtureRequest) -> None:
    registry = request.getfixturevalue(name)
    assert registry.passes()["steps"] > 0
    assert registry.git("status", "--porcelain") == ""
