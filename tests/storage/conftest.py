"""Real repositories of both object formats, and a user with a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.storage.repository import Repository
from tests.storage.helpers import make


@pytest.fixture(autouse=True)
def user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own: no test sees the configuration of this machine. Returns its .gitconfig."""
    home = tmp_path_factory.mktemp("home")
    config = home / ".gitconfig"
    config.write_text(
        "[user]\n\tname = Alice\n\temail = alice@example.com\n[advice]\n\tdetachedHead = false\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return config


@pytest.fixture(params=["sha1", "sha256"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    """An empty repository with a work tree, in either object format."""
    return make(tmp_path / "repository", f"--object-format={request.param}")


@pytest.fixture
def plain(tmp_path: Path) -> Repository:
    """An empty repository with a work tree, in the usual format."""
    return make(tmp_path / "plain")
