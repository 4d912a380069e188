"""Keys made once for all these tests, and an agent to hold some."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signing.openssh import make_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys plain, other, locked (its passphrase is secret), rsa and ecdsa."""
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "plain")
    make_key(folder / "other")
    make_key(folder / "locked", "ed25519", "secret", "-a", "1")
    make_key(folder / "rsa", "rsa", "", "-b", "2048")
    make_key(folder / "ecdsa", "ecdsa")
    return folder


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A running ssh-agent with no keys, which ``$SSH_AUTH_SOCK`` names."""
    folder = tempfile.mkdtemp(prefix="agent-")  # short: a socket's path may have about a hundred characters
    socket = f"{folder}/socket"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", socket)
    deadline = time.monotonic() + 5
    while not Path(socket).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    yield socket
    process.terminate()
    process.wait()
    shutil.rmtree(folder)


@pytest.fixture
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent is running."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
