"""Timestamp authorities, made once."""

from __future__ import annotations

import pytest

from tests.freshness.authority import Authority, make_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that verifiers believe."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody believes."""
    return make_authority(tmp_path_factory.mktemp("other-authority"))
