"""The SSH wire encoding (RFC 4251, section 5): length-prefixed strings, read strictly."""

from __future__ import annotations


class Malformed(ValueError):
    """The bytes are not what the SSH wire encoding says they are."""


def string(data: bytes) -> bytes:
    """``data`` behind its length, as four bytes, big-endian."""
    return len(data).to_bytes(4, "big") + data


class Reader:
    """Takes fields off the front of ``data``; every read past the end is ``Malformed``."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._position + size
        if end > len(self._data):
            raise Malformed("the bytes end in the middle of a field")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def integer(self) -> int:
        """An unsigned number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """A length-prefixed string."""
        return self.take(self.integer())

    def rest(self) -> bytes:
        """All that is left; the reader is then at its end."""
        return self.take(len(self._data) - self._position)

    def end(self) -> None:
        """Insist that nothing is left."""
        if self._position != len(self._data):
            raise Malformed(f"{len(self._data) - self._position} bytes follow the last field")
