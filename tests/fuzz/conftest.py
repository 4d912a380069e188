"""How long to look: the same examples every time, or many more, anew each time, with ``FUZZ=long``."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.histories import Shelf
from tests.support.registry import Registry

_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile(
    "fuzz", max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=_QUIET
)
settings.register_profile("fuzz-long", max_examples=1500, deadline=None, suppress_health_check=_QUIET)
PROFILE = settings.get_profile("fuzz-long" if os.environ.get("FUZZ") == "long" else "fuzz")


@pytest.fixture(scope="session")
def shelf(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("shelf")
    base = empty_template.copy(folder / "base")
    base.add("dave", "operator")
    return Shelf(base, folder / "histories.git")
