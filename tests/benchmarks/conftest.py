"""Registries large enough to measure on, built once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.benchmarks import big_registry


@pytest.fixture(scope="session")
def releases_10(
    session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return big_registry.registry_of_releases(tmp_path_factory.mktemp("ten") / "registry", keys["alice"], 10)


@pytest.fixture(scope="session")
def releases_10000(
    session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("ten-thousand") / "registry"
    return big_registry.registry_of_releases(folder, keys["alice"], 10_000)


@pytest.fixture(scope="session")
def promotions_5000(
    session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("promotions") / "registry"
    return big_registry.registry_of_promotions(folder, keys["alice"], 50, 5_000)


@pytest.fixture(scope="session")
def steps_20000(
    session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A thousand models, ten files each."""
    folder = tmp_path_factory.mktemp("steps") / "registry"
    return big_registry.registry_of_steps(folder, keys["alice"], 1_000, 20_000)


@pytest.fixture(scope="session")
def ready_1000(
    session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("ready") / "registry"
    return big_registry.registry_ready_for_staging(folder, keys["alice"], 1_000)
