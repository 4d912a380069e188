"""A registry behind a bare repository that two people push to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.robustness.processes import Shared, clone
from tests.support.registry import Registry


@pytest.fixture(scope="module")
def ready(approved_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """``v1`` in canary and ``v2`` ready for staging."""
    registry = approved_template.copy(tmp_path_factory.mktemp("ready") / "copy")
    registry.register("v2")
    registry.pass_staging("v2")
    return registry


@pytest.fixture
def shared(ready: Registry, tmp_path: Path) -> Shared:
    bare = tmp_path / "shared.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ready.folder), str(bare)], check=True)
    return Shared(bare, clone(ready, bare, tmp_path / "hers"), clone(ready, bare, tmp_path / "his"))
