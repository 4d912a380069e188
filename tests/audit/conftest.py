"""A registry of several models whose history holds lawful steps, unlawful ones, and one that was mended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.registry import TO_STAGING, Registry

MODELS = ("alpha", "beta", "gamma", "delta", "epsilon")


@pytest.fixture(scope="session")
def lawful_template(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Five models with a release each in staging, one of them with two."""
    registry = empty_template.copy(tmp_path_factory.mktemp("several") / "registry")
    for model in MODELS:
        _to_staging(registry, model, "v1")
    _to_staging(registry, "alpha", "v2")
    return registry


def _to_staging(registry: Registry, model: str, version: str) -> None:
    registry.register(version, model=model)
    for check in TO_STAGING:
        registry.attest(version, check, model=model)
    registry.run("promote", f"{model}:{version}", "--to", "staging")


@pytest.fixture(scope="session")
def unlawful_template(
    lawful_template: Registry, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Registry:
    """The same, and what an attacker did to it, a step each."""
    registry = lawful_template.copy(tmp_path_factory.mktemp("unlawful") / "registry")
    registry.git("revert", "--no-edit", "HEAD")  # an older alias of alpha comes back …
    registry.run("rollback", "alpha", "--in", "staging", "--reason", "slow")  # … and is signed for
    registry.write("registry/models/beta/notes.txt", b"no record\n")
    registry.commit_all("A stray file")
    registry.edit("registry/models/gamma/releases/v1/manifest.yaml", "carol")
    registry.commit_all("A release altered")
    for check in TO_STAGING[:2]:
        registry.remove(registry.find(f"registry/models/delta/releases/v1/evidence/{check}-*.yaml")[0])
    registry.commit_all("Evidence removed")
    registry.next_text("registry/policy.yaml", "latency_p95_under_60ms", "latency_p95_under_60ms", "carol")
    registry.commit_all("A policy that no administrator signed")
    blob = registry.blob(b"x: 1\n")
    registry.commit_entries(
        ("100644", blob, "registry/models/EPSILON/model.yaml"),
        ("100644", blob, "registry/Models/zeta/model.yaml"),
        ("120000", blob, "registry/models/zeta/model.yaml"),
        message="Look-alikes and a link",
    )
    registry.git("reset", "--quiet", "--hard")
    return registry


@pytest.fixture
def lawful(lawful_template: Registry, tmp_path: Path) -> Registry:
    return lawful_template.copy(tmp_path / "lawful")


@pytest.fixture
def unlawful(unlawful_template: Registry, tmp_path: Path) -> Registry:
    return unlawful_template.copy(tmp_path / "unlawful")
