"""Runs of an MLflow tracking server, fetched over its REST API: MLflow itself is not needed."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from gitregistry.errors import BadInput, NotFound
from gitregistry.integrations.found import MAX_REPORT_BYTES, Source
from gitregistry.integrations.http_get import Answered, get
from gitregistry.integrations.json_pointer import at
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json

URI_VARIABLE: Final = "MLFLOW_TRACKING_URI"
_RUN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
EXPORT: Final = "export MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
_LOOK: Final = "look for it on the page of its experiment, under Run ID"


class Tracking(NamedTuple):
    """A tracking server: its address without what it may not hold, and how to be let in."""

    address: str
    authorization: str | None


def tracking_server(given: str | None, environment: Mapping[str, str]) -> Tracking:
    """The server of ``--tracking-uri`` or ``$MLFLOW_TRACKING_URI``, with the credentials of the environment.

    Raises:
        BadInput: none is named, it is not one that answers over HTTP, or a password would go in the clear.
    """
    uri = given or environment.get(URI_VARIABLE)
    if not uri:
        raise BadInput(
            "no tracking server is named", hint=f"--tracking-uri URI, or export {URI_VARIABLE}=URI"
        )
    parts = _split(uri)
    authorization = _authorization(environment)
    if authorization is not None and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise BadInput(
            "a password or token would be sent in the clear",
            path=f"{parts.scheme}://{parts.netloc}",
            hint="name it with https://; or save the answer and give the file: --from FILE --format mlflow",
        )
    return Tracking(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", authorization)


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise BadInput(
            f"{shown(uri.rpartition('@')[2])} is not the address of a tracking server",
            hint="--tracking-uri https://HOST; of a store without a server: --from FILE --format mlflow",
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadInput(
            "a tracking server's address holds no credentials and no query",
            path=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            hint=EXPORT,
        )
    return parts


def _authorization(environment: Mapping[str, str]) -> str | None:
    """The header that MLflow's own client would send: of name and password first, else of the token."""
    user, password = (environment.get(f"MLFLOW_TRACKING_{part}") for part in ("USERNAME", "PASSWORD"))
    if user and password:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    token = environment.get("MLFLOW_TRACKING_TOKEN")
    if token and not (token.isascii() and token.isprintable()):
        raise BadInput("it holds what no header may", path="MLFLOW_TRACKING_TOKEN", hint="export it anew")
    return f"Bearer {token}" if token else None


def fetch_run(server: Tracking, run_id: str) -> Source:
    """A run as the server answers it, byte for byte.

    Raises:
        BadInput: the server cannot be reached, does not let us in, or answers something else.
        NotFound: it has no such run.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise BadInput(f"{shown(run_id)} is not the id of a run", hint="--from mlflow:RUN_ID")
    uri = f"{server.address}/api/2.0/mlflow/runs/get?run_id={run_id}"
    try:
        data = get(uri, headers_for(server.authorization), MAX_REPORT_BYTES)
    except Answered as answer:
        raise _refused(answer, uri, run_id) from None
    found = at(read_json(data, uri), "/run/info/run_id", uri)
    if found != run_id:
        raise BadInput(
            f"the server answered with another run: {shown(str(found))}", path=uri, hint="ask whoever runs it"
        )
    return Source(uri, data)


def headers_for(authorization: str | None) -> dict[str, str]:
    """What every request says of itself."""
    headers = {"Accept": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    return headers


def _refused(answer: Answered, uri: str, run_id: str) -> BadInput | NotFound:
    if answer.status == 404:
        return NotFound(f"there is no run {run_id} there: {answer.said}", path=uri, hint=_LOOK)
    if answer.status in (401, 403):
        return BadInput(
            f"the tracking server does not let us in ({answer.status}): {answer.said}", path=uri, hint=EXPORT
        )
    words = f"the tracking server answered {answer.status}: {answer.said}"
    return BadInput(words, path=uri, hint="name the server itself: --tracking-uri URI")
