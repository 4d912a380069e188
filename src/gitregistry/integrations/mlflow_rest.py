"""One call of MLflow's REST API: JSON both ways, tried again when the server was only busy, faults in words.

What the server answers is somebody else's text: it is read strictly and shown inert.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlencode

from gitregistry.errors import BadInput, NotFound
from gitregistry.integrations.http_get import Answered, Unreached, send
from gitregistry.integrations.json_pointer import Misplaced, at
from gitregistry.integrations.mlflow import EXPORT, Tracking, headers_for
from gitregistry.records.names import shown
from gitregistry.records.shapes import is_null
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value

_MOST: Final = 16 << 20
# Every call made here may be made twice: what it sets is the same the second time.
_PAUSES: Final = (0.5, 2.0)
_BUSY: Final = (429, 500, 502, 503, 504)

Method = Literal["GET", "POST", "DELETE"]


class Client(NamedTuple):
    """A tracking server to be asked; ``pause`` is how to wait between two tries, in seconds."""

    server: Tracking
    pause: Callable[[float], None] = time.sleep

    def get(self, call: str, **parameters: str) -> Value:
        """What the server answers to ``mlflow/CALL?…``.

        Raises:
            NotFound: it has no such thing.
            BadInput: it cannot be reached, does not let us in, refuses, or answers no JSON.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._ask("GET", call, query, None)

    def post(self, call: str, **body: str) -> None:
        """Let the server set something; raises as ``get``."""
        self._ask("POST", call, "", body)

    def delete(self, call: str, **body: str) -> None:
        """Let the server remove something, which need not be there; raises as ``get``."""
        self._ask("DELETE", call, "", body)

    def _ask(self, method: Method, call: str, query: str, body: Mapping[str, Any] | None) -> Value:
        uri = f"{self.server.address}/api/2.0/mlflow/{call}{query}"
        sent = json.dumps(body).encode() if body is not None else None
        headers = headers_for(self.server.authorization)
        if sent is not None:
            headers["Content-Type"] = "application/json"
        for pause in (*_PAUSES, None):
            try:
                return read_json(send(method, uri, headers, sent, _MOST), uri)
            except Answered as answer:
                if pause is None or answer.status not in _BUSY:
                    raise refused(answer, uri) from None
            except Unreached:
                if pause is None:
                    raise
            self.pause(pause)
        raise AssertionError("the last try ends otherwise")


def refused(answer: Answered, uri: str) -> BadInput | NotFound:
    """What a server's refusal means for whoever asked."""
    said = _message(answer)
    if answer.status == 404:
        return NotFound(f"the tracking server has nothing there: {said}", path=uri, hint=_LOOK)
    if answer.status in (401, 403):
        return BadInput(
            f"the tracking server does not let us in ({answer.status}): {said}", path=uri, hint=EXPORT
        )
    if answer.status in _BUSY:
        hint = "wait, then run it again; its log says more"
    else:
        hint = "name the server itself: --tracking-uri URI"
    return BadInput(f"the tracking server answered {answer.status}: {said}", path=uri, hint=hint)


_LOOK: Final = "look for it on the pages of the server: --tracking-uri names it"


def _message(answer: Answered) -> str:
    """MLflow's own sentence where the answer is one of MLflow, else the beginning of what came."""
    try:
        found = json.loads(answer.body)["message"]
        return shown(found[:300]) if isinstance(found, str) else answer.said
    except (ValueError, KeyError, TypeError, RecursionError):
        return answer.said


def text_at(document: Value, pointer: str, uri: str) -> str | None:
    """A text that need not be there; None when it is not, or is empty."""
    try:
        found = at(document, pointer, uri)
    except Misplaced:
        return None
    if not isinstance(found, str):
        raise BadInput(f"the server answers no text at {shown(pointer)}", path=uri, hint=_WRONG)
    return found or None


def required_text(document: Value, pointer: str, uri: str) -> str:
    """A text that must be there.

    Raises:
        BadInput: it is not.
    """
    found = text_at(document, pointer, uri)
    if found is None:
        raise BadInput(f"the server answers nothing at {shown(pointer)}", path=uri, hint=_WRONG)
    return found


_WRONG: Final = "is that a tracking server of MLflow? --tracking-uri URI"


def items_at(document: Value, pointer: str, uri: str) -> Iterator[dict[str, Value]]:
    """The maps of a list that need not be there."""
    try:
        found = at(document, pointer, uri)
    except Misplaced:
        return
    for item in found if isinstance(found, list) else [found]:
        if not isinstance(item, dict):
            raise BadInput(f"the server answers no list of maps at {shown(pointer)}", path=uri, hint=_WRONG)
        yield item


def pairs_at(document: Value, pointer: str, uri: str) -> dict[str, str]:
    """A list of ``key`` and ``value`` as a map; of a key that comes twice, the last."""
    found = {}
    for item in items_at(document, pointer, uri):
        key, value = item.get("key"), item.get("value")
        if isinstance(key, str) and isinstance(value, str) and not is_null(value):
            found[str(key)] = value
    return found
