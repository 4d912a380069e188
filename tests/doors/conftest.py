"""Servers for the doors: how they are reached, and what waits to be pushed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.doors import Server
from tests.support.registry import Registry
from tests.support.transports import Way, http_server, ssh_daemon


@pytest.fixture(scope="module", params=["file", "ssh", "http"])
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """Each way of reaching a repository on this machine."""
    if request.param == "file":
        yield Way("file", "file://", {})
    elif request.param == "ssh":
        with ssh_daemon(tmp_path_factory.mktemp("sshd")) as found:
            yield found
    else:
        with http_server(tmp_path_factory.getbasetemp()) as found:
            yield found


@pytest.fixture
def server(live: Registry, tmp_path: Path) -> Server:
    """A server that holds ``live``, with the hook."""
    return Server.holding(live, tmp_path / "server.git")
