"""A real MLflow tracking server, where there is one: ``make test-mlflow`` installs it apart."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

# Read before any test's environment is emptied.
PROGRAM = os.environ.get("TEST_MLFLOW") or shutil.which("mlflow")
_LONGEST_START = 240


class Server(NamedTuple):
    """A tracking server that answers at an address."""

    uri: str

    def post(self, call: str, **body: Any) -> Any:
        """Ask it for something, as its own client would."""
        request = urllib.request.Request(
            f"{self.uri}/api/2.0/mlflow/{call}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, status: str = "FINISHED", **metrics: float | str) -> str:
        """Make a run with these metrics; its id."""
        now = int(time.time() * 1000)
        made = self.post("runs/create", experiment_id="0", start_time=now, run_name="evaluation")
        run_id = str(made["run"]["info"]["run_id"])
        for key, value in metrics.items():
            self.post("runs/log-metric", run_id=run_id, key=key, value=value, timestamp=now, step=0)
        if status != "RUNNING":
            self.post("runs/update", run_id=run_id, status=status, end_time=now)
        return run_id


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if PROGRAM is None:
        pytest.skip("there is no mlflow here: make test-mlflow installs it in an environment of its own")
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PROGRAM, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/runs.db", "--artifacts-destination", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            uri = f"http://127.0.0.1:{port}"
            _wait(process, uri, folder / "log")
            yield Server(uri)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], uri: str, log: Path) -> None:
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the server never began to answer\n{log.read_text('utf-8', 'replace')}")
