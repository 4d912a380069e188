"""One healthy registry that wrong commands are tried on: none of them may change it."""

from __future__ import annotations

import pytest

from tests.support.registry import Registry


@pytest.fixture(scope="package")
def healthy(two_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """``churn:v2`` in production, ``churn:v1`` before it; shared, for it must stay as it is."""
    return two_template.copy(tmp_path_factory.mktemp("healthy") / "copy")
