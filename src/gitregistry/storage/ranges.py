"""Reading an artifact's bytes range by range, patiently: what a network loses is asked for again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from gitregistry.errors import BadInput

# Seconds to wait before asking again what did not come; as many more attempts as there are.
_PAUSES = (0.1, 0.4, 1.6, 3.2)
# Large: some servers read all of an object to answer with a range of it.
_PIECE = 40 << 20
# What is fetched in one go, and held in memory, at most: twice this, for the next comes while one is written.
_WINDOW_BYTES = 40 << 20
_WINDOW_PIECES = 256


class Piece(NamedTuple):
    """Bytes ``start`` to ``end`` of one of an artifact's files; the path is empty when it is the file."""

    path: str
    start: int
    end: int


class Lost(Exception):
    """A piece that did not come, or not whole; it may come when it is asked for again."""


class Ranges(Protocol):
    """Somewhere that pieces of an artifact are read from."""

    @property
    def uri(self) -> str:
        """The artifact's address."""

    def fetch(self, pieces: Sequence[Piece]) -> list[bytes | Lost]:
        """These pieces, each whole or lost.

        Raises:
            BadInput: one can never come: it is not there, or may not be read.
        """


def open_ranges(address: str) -> Ranges:
    """The place an address means; fsspec is loaded only for those that are not on this machine."""
    scheme, separator, _ = address.partition("://")
    if not separator or scheme == "file":
        from gitregistry.storage.local_artifacts import LocalRanges  # noqa: PLC0415 - one of two

        return LocalRanges(address)
    from gitregistry.storage.remote_artifacts import RemoteRanges  # noqa: PLC0415 - fsspec takes long to load

    return RemoteRanges(address)


def pieces_of(path: str, start: int, size: int, most: int | None = None) -> Iterator[Piece]:
    """What is to be read of a file of that size, from ``start`` on, in pieces of ``most`` bytes."""
    step = most or _PIECE
    for begin in range(start, size, step):
        yield Piece(path, begin, min(begin + step, size))


def windows(pieces: Iterator[Piece], most: int | None = None) -> Iterator[list[Piece]]:
    """The pieces in their order, as many at a time as are fetched in one go: about ``most`` bytes."""
    window: list[Piece] = []
    held = 0
    for piece in pieces:
        window.append(piece)
        held += piece.end - piece.start
        if held >= (most or _WINDOW_BYTES) or len(window) >= _WINDOW_PIECES:
            yield window
            window, held = [], 0
    if window:
        yield window


def fetched(
    ranges: Ranges, pieces: Sequence[Piece], pause: Callable[[float], None] = time.sleep
) -> list[bytes]:
    """All of these pieces, whole.

    Raises:
        BadInput: one did not come, however often it was asked for.
    """
    found: dict[Piece, bytes] = {}
    for wait in (*_PAUSES, None):
        missing = [piece for piece in pieces if piece not in found]
        lost: Lost | None = None
        for piece, answer in zip(missing, ranges.fetch(missing), strict=True):
            if isinstance(answer, Lost):
                lost = answer
            elif len(answer) != piece.end - piece.start:
                lost = Lost(f"{len(answer)} bytes came in place of {piece.end - piece.start}")
            else:
                found[piece] = answer
        if lost is None:
            return [found[piece] for piece in pieces]
        if wait is None:
            raise BadInput(
                f"the store does not deliver it, asked {len(_PAUSES) + 1} times: {lost}",
                path=ranges.uri,
                hint="check the endpoint, the credentials and the network, then run the same command again: "
                "what came already is kept",
            )
        pause(wait)
    raise AssertionError("the last round returns or raises")
