"""The pre-receive hook of a real bare repository, over file://."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.doors import Server
from tests.support.registry import Registry


@pytest.fixture
def server(live: Registry, tmp_path: Path) -> Server:
    return Server.holding(live, tmp_path / "server.git")


def tamper(registry: Registry) -> str:
    """An alias edited by hand, its signature left as it was."""
    path = registry.alias()
    registry.write(path, registry.read(path) + b"# edited\n")
    return registry.commit_all()


def test_an_unlawful_push_is_refused_and_says_why(server: Server, live: Registry) -> None:
    before = server.tip()
    bad = tamper(live)
    done = server.push(live)
    assert done.code == 1
    assert f"remote: [signature] {bad[:12]} {live.alias()}" in done.err
    assert "remote:   mend: registry rollback churn --in production" in done.err
    assert "pre-receive hook declined" in done.err
    assert server.tip() == before
    server.is_sound()


def test_a_lawful_push_passes_in_silence(server: Server, live: Registry) -> None:
    live.register("v2")
    done = server.push(live)
    assert done.code == 0, done.err
    assert "remote:" not in done.err
    assert server.tip() == live.head
    server.is_sound()
