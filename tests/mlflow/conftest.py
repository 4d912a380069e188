"""A real MLflow tracking server, where there is one: ``make test-mlflow`` installs it apart."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
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
        return self._send("POST", call, body)

    def delete(self, call: str, **body: Any) -> None:
        """Let it remove something, which need not be there."""
        self._send("DELETE", call, body)

    def _send(self, method: str, call: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self.uri}/api/2.0/mlflow/{call}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def get(self, call: str, **parameters: str) -> Any:
        """The same, of what is there."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.uri}/api/2.0/mlflow/{call}?{query}", timeout=60) as answer:
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


_TRAINING = """\
import json, sys
import mlflow, numpy, pandas
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

uri, name = sys.argv[1:]
mlflow.set_tracking_uri(uri)
data = pandas.DataFrame({"tenure": [1.0, 2, 3, 4], "spend": [0.1, 0.2, 0.3, 0.4]})
train = mlflow.data.from_pandas(data, source="s3://bucket/train.parquet", name="customers")
holdout = mlflow.data.from_pandas(data.head(2), name="holdout")
with mlflow.start_run(tags={"team": "risk"}) as run:
    mlflow.log_params({"C": 0.5, "fit": True})
    mlflow.log_input(train, context="training")
    mlflow.log_input(holdout, context="eval")
    churns = numpy.array([0, 1, 0, 1])
    model = LogisticRegression().fit(data, churns)
    kept = mlflow.sklearn.log_model(
        model, name="model", signature=infer_signature(data, model.predict(data)), registered_model_name=name
    )
    mlflow.log_metrics({"auc": 0.91, "loss": float("nan")}, dataset=holdout, model_id=kept.model_id)
print(json.dumps({"run": run.info.run_id, "model": kept.model_id, "version": kept.registered_model_version}))
"""


class Trained(NamedTuple):
    """A model that MLflow's own client trained, logged and registered."""

    name: str
    version: str
    run: str
    model: str


def train(server: Server, name: str) -> Trained:
    """Train a model under a registered name; the next version of it."""
    assert PROGRAM is not None
    done = subprocess.run(
        [Path(PROGRAM).with_name("python"), "-W", "ignore", "-c", _TRAINING, server.uri, name],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout.splitlines()[-1])
    return Trained(name, str(made["version"]), made["run"], made["model"])


@pytest.fixture(scope="session")
def trained(server: Server) -> Trained:
    return train(server, "churn")
