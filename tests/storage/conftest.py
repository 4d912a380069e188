"""Real repositories of both object formats, a user with a name, and an object store behind a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitregistry.storage.repository import Repository
from tests.storage.helpers import make
from tests.support.object_store import Proxy, faulty_proxy, use_endpoint


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


@pytest.fixture(scope="session")
def proxied(s3_process: str) -> Iterator[Proxy]:
    with faulty_proxy(s3_process) as proxy:
        yield proxy


@pytest.fixture
def proxy(proxied: Proxy, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before the S3 server, which every client of this test speaks to.

    Neither botocore nor s3fs asks again by itself: what is lost, our own patience has to make good.
    """
    import s3fs  # noqa: PLC0415 - slow to load, and few tests need it

    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    use_endpoint(monkeypatch, proxied.address)
    yield proxied
    proxied.reset()
