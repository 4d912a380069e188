"""A tracking server as MLflow 3.17 answers, for what is asked of one here: real HTTP, state in dictionaries.

``tests/mlflow`` plays the same against MLflow itself. What is odd is MLflow's: a missing alias is a 400, a
logged model shows NaN as 0, ``search`` leaves aliases out, and what is no folder is listed as an empty one.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

RUN = "625e56fd67224de4afd8ff1b2b8f59d4"
MODEL_ID = "m-a7bf5728dd9949ccb77eb07591768cf1"
PLACE = f"0/models/{MODEL_ID}/artifacts"
MLMODEL = """\
flavors:
  python_function:
    python_version: 3.11.7
signature:
  inputs: '[{"type": "double", "name": "tenure", "required": true}, {"type": "long", "name": "calls", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
"""  # noqa: E501 - as MLflow writes it


class Answer(NamedTuple):
    """A status and a body."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Any
    authorization: str | None


# Of a path with its query, ``POST `` and the like before it where it is not asked with GET.
Fault = Callable[[str], Answer | None]


@dataclass
class Mlflow:
    """What the server holds and was asked; ``fault`` may answer in its place."""

    uri: str = ""
    runs: dict[str, Any] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)
    versions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    registered: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    fault: Fault | None = None

    def run(self, run_id: str = RUN, **changes: Any) -> dict[str, Any]:
        """A run that ended, with what is usual in it."""
        made = {
            "info": {
                "run_id": run_id,
                "experiment_id": "7",
                "status": "FINISHED",
                "lifecycle_stage": "active",
                "artifact_uri": f"mlflow-artifacts:/7/{run_id}/artifacts",
            },
            "data": {
                "metrics": [{"key": "auc", "value": 0.873}, {"key": "loss", "value": "NaN"}],
                "params": pairs(C="0.5", fit="True", seed="007", solver="None"),
                "tags": pairs(
                    team="risk",
                    **{"mlflow.user": "ann", "mlflow.source.git.commit": "6d92bc1" + "0" * 33},
                ),
            },
            "inputs": {"dataset_inputs": []},
            "outputs": {"model_outputs": [{"model_id": MODEL_ID, "step": 0}]},
        } | changes
        self.runs[run_id] = made
        return made

    def model(self, model_id: str = MODEL_ID, run_id: str = RUN, **info: Any) -> dict[str, Any]:
        """A logged model with its files."""
        made = {
            "info": {
                "model_id": model_id,
                "status": "LOGGED_MODEL_READY",
                "source_run_id": run_id,
                "artifact_uri": f"mlflow-artifacts:/0/models/{model_id}/artifacts",
                "tags": pairs(),
            }
            | info,
            "data": {
                "params": pairs(C="0.5", fit="True"),
                "metrics": [{"key": "auc", "value": 0.873}, {"key": "loss", "value": 0.0}],
            },
        }
        self.models[model_id] = made
        self.files[f"0/models/{model_id}/artifacts/MLmodel"] = MLMODEL.encode()
        self.files[f"0/models/{model_id}/artifacts/model.skops"] = b"weights of " + model_id.encode()
        return made

    def version(
        self, version: str, name: str = "churn", model_id: str = MODEL_ID, run_id: str = RUN, **changes: Any
    ) -> dict[str, Any]:
        """A registered version of a logged model, which is made with its run where it is not there."""
        if run_id not in self.runs:
            self.run(run_id, outputs={"model_outputs": [{"model_id": model_id}]})
        if model_id not in self.models:
            self.model(model_id, run_id)
        made = {
            "name": name,
            "version": version,
            "status": "READY",
            "source": f"models:/{model_id}",
            "run_id": run_id,
            "tags": {},
        } | changes
        self.versions[name, version] = made
        self.registered.setdefault(name, {"aliases": {}, "tags": {}})
        return made

    @property
    def writes(self) -> list[Asked]:
        """What was asked to change anything."""
        return [asked for asked in self.asked if asked.method != "GET"]

    # --- what it answers ---

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path.startswith("/api/2.0/mlflow-artifacts/artifacts"):
            return self._artifact(path.removeprefix("/api/2.0/mlflow-artifacts/artifacts"), query)
        call = path.removeprefix("/api/2.0/mlflow/")
        given = query if method == "GET" else body
        if call.startswith("logged-models/"):
            answer = found(self.models.get(call.removeprefix("logged-models/")), "model")
        elif call == "runs/get":
            answer = found(self.runs.get(given["run_id"]), "run")
        elif call == "model-versions/search":
            answer = self._search(given["filter"])
        elif given["name"] not in self.registered:
            answer = missing(f"Registered Model with name={given['name']} not found")
        elif "version" in given and (given["name"], given["version"]) not in self.versions:
            answer = missing(f"Model Version (name={given['name']}, version={given['version']}) not found")
        elif call.startswith("model-versions/"):
            answer = self._of_version(call, self.versions[given["name"], given["version"]], given)
        else:
            answer = self._of_registered(method, call, self.registered[given["name"]], given)
        return answer

    def _of_version(self, call: str, version: dict[str, Any], given: dict[str, str]) -> Answer:
        if call == "model-versions/set-tag":
            version["tags"][given["key"]] = given["value"]
        elif call == "model-versions/get-download-uri":
            model = version["source"].removeprefix("models:/")
            place = self.models[model]["info"]["artifact_uri"] if model in self.models else version["source"]
            return answered({"artifact_uri": place})
        elif call == "model-versions/get":
            return answered({"model_version": self._shown(version)})
        return answered({})

    def _of_registered(self, method: str, call: str, model: dict[str, Any], given: dict[str, str]) -> Answer:
        if call == "registered-models/alias" and method == "POST":
            if not re.fullmatch(r"[\w-]+", given["alias"]):
                return Answer(400, json.dumps({"message": f"Invalid alias name: {given['alias']}"}).encode())
            model["aliases"][given["alias"]] = given["version"]
        elif call == "registered-models/alias" and method == "DELETE":
            model["aliases"].pop(given["alias"], None)
        elif call == "registered-models/set-tag":
            model["tags"][given["key"]] = given["value"]
        elif call == "registered-models/delete-tag":
            model["tags"].pop(given["key"], None)
        elif call == "registered-models/get":
            aliases = [{"alias": alias, "version": version} for alias, version in model["aliases"].items()]
            return answered(
                {
                    "registered_model": {
                        "name": given["name"],
                        "aliases": aliases,
                        "tags": pairs(**model["tags"]),
                    }
                }
            )
        return answered({})

    def _search(self, wanted: str) -> Answer:
        tag = re.fullmatch(r"tags\.`([^`]+)` = '([^']+)'", wanted)
        assert tag is not None, wanted
        versions = [one for one in self.versions.values() if one["tags"].get(tag[1]) == tag[2]]
        return answered({"model_versions": [self._shown(one) for one in versions]})

    def _shown(self, version: dict[str, Any]) -> dict[str, Any]:
        return version | {"tags": pairs(**version["tags"])}

    def _artifact(self, path: str, query: dict[str, str]) -> Answer:
        if "path" not in query:
            data = self.files.get(unquote(path).strip("/"))
            return Answer(200, data) if data is not None else missing("No such artifact")
        top = f"{query['path'].rstrip('/')}/" if query["path"] else ""
        listed: dict[str, Any] = {}
        for name, data in self.files.items():
            if name.startswith(top):
                own, more, _ = name.removeprefix(top).partition("/")
                listed[own] = {"path": own, "is_dir": bool(more), "file_size": len(data)}
        return answered({"files": list(listed.values())} if listed else {})


def pairs(**values: str) -> list[dict[str, str]]:
    """A map as MLflow writes maps."""
    return [{"key": key, "value": value} for key, value in values.items()]


def answered(document: Any) -> Answer:
    return Answer(200, json.dumps(document).encode())


def missing(words: str) -> Answer:
    return Answer(404, json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": words}).encode())


def found(document: Any, name: str) -> Answer:
    return answered({name: document}) if document is not None else missing(f"no such {name}")


@contextmanager
def tracking() -> Iterator[Mlflow]:
    """Serve on a free port of this machine until the end of the block."""
    held = Mlflow()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers["Content-Length"] or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            held.asked.append(Asked(self.command, self.path, body, self.headers["Authorization"]))
            asked = self.path if self.command == "GET" else f"{self.command} {self.path}"
            answer = held.fault(asked) if held.fault is not None else None
            if answer is None:
                query = {key: values[-1] for key, values in parse_qs(parts.query, True).items()}
                answer = held.answer(self.command, parts.path, query, body)
            with suppress(ConnectionError):  # who has read enough hangs up
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in ({"Content-Length": str(len(answer.body))} | dict(answer.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    held.uri = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
