"""One GET over HTTP: bounded in bytes and time, certificates verified, redirects not followed."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import IO, Any, Final

from gitregistry.errors import BadInput
from gitregistry.records.names import shown

# Seconds for one answer of the network, and for all of them.
_PATIENCE: Final = 30
_LONGEST: Final = 120
_MOST_SAID: Final = 4096


class Answered(Exception):
    """Another status than success: its number, and what came with it, fit to be shown."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status, self.said = status, said


def get(uri: str, headers: Mapping[str, str], most: int) -> bytes:
    """The whole answer.

    Args:
        uri: of ``http`` or ``https``; seen to by the caller.
        most: bytes that it may have.

    Raises:
        Answered: the server answered, and not with success.
        BadInput: it cannot be reached, or answers too much or too slowly.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    request = urllib.request.Request(uri, headers=dict(headers))  # noqa: S310 - the caller chose the scheme
    try:
        with opener.open(request, timeout=_PATIENCE) as answer:
            return _read(answer, uri, most)
    except urllib.error.HTTPError as fault:
        with fault:
            raise Answered(fault.code, _said(fault)) from None
    except (OSError, HTTPException) as fault:
        words = getattr(fault, "reason", None) or fault
        raise BadInput(
            f"the server cannot be asked: {words}", path=uri, hint="see that it runs there"
        ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Credentials are for the server that was named, and so is the trust in its answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(answer: HTTPResponse, uri: str, most: int) -> bytes:
    end = time.monotonic() + _LONGEST
    data = bytearray()
    while chunk := answer.read1(1 << 16):
        data += chunk
        if len(data) > most:
            raise BadInput(f"the answer has more than {most >> 20} MiB", path=uri)
        if time.monotonic() > end:
            raise BadInput(f"the answer takes longer than {_LONGEST} seconds", path=uri)
    if answer.length:  # what was promised and never came; a read of pieces does not tell
        raise BadInput(f"the answer was cut short: {answer.length} bytes are missing", path=uri)
    return bytes(data)


def _said(fault: urllib.error.HTTPError) -> str:
    location = fault.headers.get("Location")
    if location is not None:
        return f"it sends us to {shown(location)}"
    body: IO[bytes] = fault
    try:
        return shown(body.read(_MOST_SAID).decode("utf-8", "replace"))
    except (OSError, HTTPException):
        return "nothing more"
