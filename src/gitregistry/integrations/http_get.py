"""One request over HTTP: bounded in bytes and time, certificates verified, redirects not followed."""

from __future__ import annotations

import io
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import IO, Any, Final

from gitregistry.errors import BadInput
from gitregistry.records.names import shown

# Seconds for one answer of the network, and for all of them.
_PATIENCE: Final = 30
_LONGEST: Final = 120
_MOST_SAID: Final = 4096
_CHUNK: Final = 1 << 16


class Answered(Exception):
    """Another status than success: its number, and what came with it, fit to be shown.

    ``body`` is the beginning of what came, as it came; empty where the server sends us elsewhere.
    """

    def __init__(self, status: int, body: bytes, elsewhere: str | None) -> None:
        said = f"it sends us to {elsewhere}" if elsewhere else shown(body.decode("utf-8", "replace"))
        super().__init__(f"{status}: {said}")
        self.status, self.said, self.body = status, said, body


class Unreached(BadInput):
    """There was no answer, or it broke off."""


def get(uri: str, headers: Mapping[str, str], most: int) -> bytes:
    """The whole answer.

    Args:
        uri: of ``http`` or ``https``; seen to by the caller.
        most: bytes that it may have.

    Raises:
        Answered: the server answered, and not with success.
        BadInput: it cannot be reached, or answers too much or too slowly.
    """
    return send("GET", uri, headers, None, most)


def send(method: str, uri: str, headers: Mapping[str, str], body: bytes | None, most: int) -> bytes:
    """The same with any method, and with something to say.

    Raises:
        Answered: the server answered, and not with success.
        BadInput: it cannot be reached, or answers too much or too slowly.
    """
    with _answer(method, uri, headers, body) as answer:
        return _read(answer, uri, most)


class Stream(io.RawIOBase):
    """An answer as it comes, from its beginning, however long it takes while it keeps coming.

    Opening it raises ``Answered`` and ``Unreached``; reading it ``Unreached`` where it breaks off.
    """

    def __init__(self, uri: str, headers: Mapping[str, str]) -> None:
        self._uri = uri
        with _understood(uri):
            self._answer = _opened("GET", uri, headers, None)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill what is given as far as something came; 0 at the end."""
        with _understood(self._uri):
            data = self._answer.read1(len(buffer))
        if not data:
            _require_whole(self._answer, self._uri)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._answer.close()
        super().close()


@contextmanager
def _answer(method: str, uri: str, headers: Mapping[str, str], body: bytes | None) -> Iterator[HTTPResponse]:
    with _understood(uri), _opened(method, uri, headers, body) as answer:
        yield answer


def _opened(method: str, uri: str, headers: Mapping[str, str], body: bytes | None) -> HTTPResponse:
    opener = urllib.request.build_opener(_NoRedirect)
    request = urllib.request.Request(  # noqa: S310 - the caller chose the scheme
        uri, body, dict(headers), method=method
    )
    answer: HTTPResponse = opener.open(request, timeout=_PATIENCE)
    return answer


@contextmanager
def _understood(uri: str) -> Iterator[None]:
    """What the network raises, as one of ours."""
    try:
        yield
    except urllib.error.HTTPError as fault:
        with fault:
            raise _answered(fault) from None
    except (OSError, HTTPException) as fault:
        words = getattr(fault, "reason", None) or fault
        raise Unreached(
            f"the server cannot be asked: {words}", path=uri, hint="see that it runs there"
        ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Credentials are for the server that was named, and so is the trust in its answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(answer: HTTPResponse, uri: str, most: int) -> bytes:
    end = time.monotonic() + _LONGEST
    data = bytearray()
    while chunk := answer.read1(_CHUNK):
        data += chunk
        if len(data) > most:
            raise BadInput(f"the answer has more than {most >> 20} MiB", path=uri)
        if time.monotonic() > end:
            raise BadInput(f"the answer takes longer than {_LONGEST} seconds", path=uri)
    _require_whole(answer, uri)
    return bytes(data)


def _require_whole(answer: HTTPResponse, uri: str) -> None:
    if answer.length:  # what was promised and never came; a read of pieces does not tell
        raise Unreached(f"the answer was cut short: {answer.length} bytes are missing", path=uri)


def _answered(fault: urllib.error.HTTPError) -> Answered:
    location = fault.headers.get("Location")
    if location is not None:
        return Answered(fault.code, b"", shown(location))
    body: IO[bytes] = fault
    try:
        return Answered(fault.code, body.read(_MOST_SAID), None)
    except (OSError, HTTPException):
        return Answered(fault.code, b"nothing more", None)
