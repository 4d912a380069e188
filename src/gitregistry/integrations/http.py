"""One bounded request to a server: no redirect is followed, and no address but http and https is opened."""

from __future__ import annotations

import time
from functools import cache
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

_LONGEST = 4 << 20
_CHUNK = 1 << 16


class Server(NamedTuple):
    """Where to ask.

    Attributes:
        url: without user, password, query and fragment: what may be shown and recorded.
        user: the name and password that stood in the address, if any did.
        authorization: the header's value; never shown.
    """

    url: str
    user: tuple[str, str] | None = None
    authorization: str | None = None

    @staticmethod
    def at(text: str) -> Server | None:
        """The server that an address names; None when it names none."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            return None
        plain = text.isascii() and text.isprintable() and " " not in text
        if parts.scheme not in ("http", "https") or not host or not plain:
            return None
        name = f"[{host}]" if ":" in host else host
        place = f"{name}:{port}" if port is not None else name
        return Server(f"{parts.scheme}://{place}{parts.path.rstrip('/')}", _user(parts))

    @property
    def host(self) -> str:
        """The name alone, as a netrc file has it."""
        return urlsplit(self.url).hostname or ""


def _user(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


class Answer(NamedTuple):
    """What came, whatever its status."""

    status: int
    body: bytes


class NoAnswer(Exception):
    """None came, or none that may be used; says why, and what may help."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def post(server: Server, path: str, form: bytes, seconds: float) -> Answer:
    """Post a form to a path below the server's address.

    Args:
        seconds: how long all of it may take.

    Raises:
        NoAnswer: there was none in time, it was too long, or it sent us elsewhere.
    """
    request = Request(  # noqa: S310 - the opener below knows http and https alone
        server.url + path,
        data=form,
        headers={"Accept": "application/json", "User-Agent": "gitregistry"},
    )
    if server.authorization is not None:
        request.add_unredirected_header("Authorization", server.authorization)
    end = time.monotonic() + seconds
    try:
        with _opener().open(request, timeout=seconds) as response:
            status: int = response.status
            if 300 <= status < 400:
                raise NoAnswer(f"the server sends us elsewhere (status {status})", "give its own address")
            if status in (401, 403):
                raise NoAnswer(
                    f"the server does not know us, or not for this (status {status})",
                    "export REGISTRY_PROMETHEUS_TOKEN, or _USER and _PASSWORD; or write a ~/.netrc",
                )
            return Answer(status, _body(response, end))
    except URLError as error:
        raise NoAnswer(str(error.reason)) from None
    except (OSError, HTTPException) as error:
        raise NoAnswer(str(error) or type(error).__name__) from None


@cache  # reading the authorities' certificates takes longer than asking
def _opener() -> OpenerDirector:
    """Neither redirects nor errors are handled: every status comes back as what it is."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _body(response: HTTPResponse, end: float) -> bytes:
    """Read it whole, but neither for ever nor without end."""
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > _LONGEST:
            raise NoAnswer(f"the answer is longer than {_LONGEST >> 20} MiB")
        if time.monotonic() > end:
            raise NoAnswer("the answer took too long")
    return bytes(body)
