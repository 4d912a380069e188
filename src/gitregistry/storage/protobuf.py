"""Protocol buffers read field by field, out of a file of any size, without the messages' descriptions.

What is not asked for is skipped, never read. A file that lies about a length, nests too deep or has more
fields than any model is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final, NamedTuple

from gitregistry.errors import BadInput

MAX_FIELDS: Final = 2_000_000
MAX_DEPTH: Final = 32
MAX_TEXT: Final = 1 << 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Message(NamedTuple):
    """Where a message lies in its file: from ``start`` up to ``end``, so many levels down."""

    start: int
    end: int
    depth: int


class Field(NamedTuple):
    """One field: its number, and its number value or the place of its bytes."""

    number: int
    value: int
    place: Message | None


class ProtobufReader:
    """Reads messages of one file; ``name`` is what faults call it."""

    def __init__(self, file: IO[bytes], size: int, name: str) -> None:
        self._file = file
        self._name = name
        self._left = MAX_FIELDS
        self.whole = Message(0, size, 0)

    def fields(self, message: Message) -> Iterator[Field]:
        """The fields of a message, in their order.

        Raises:
            BadInput: it is none, or goes beyond a bound.
        """
        if message.depth > MAX_DEPTH:
            raise self._fault(f"is nested deeper than {MAX_DEPTH} levels")
        position = message.start
        while position < message.end:
            self._left -= 1
            if self._left < 0:
                raise self._fault(f"has more than {MAX_FIELDS:,} fields")
            tag, position = self._varint(position, message.end)
            number, wire = tag >> 3, tag & 7
            if not number:
                raise self._fault("has a field without a number")
            if wire == _VARINT:
                value, position = self._varint(position, message.end)
                yield Field(number, value, None)
            elif wire in (_FIXED64, _FIXED32):
                position = self._skip(position, 8 if wire == _FIXED64 else 4, message.end)
                yield Field(number, 0, None)
            elif wire == _BYTES:
                length, start = self._varint(position, message.end)
                position = self._skip(start, length, message.end)
                yield Field(number, 0, Message(start, position, message.depth + 1))
            else:
                raise self._fault(f"has a field of the unknown kind {wire}")

    def text(self, field: Field) -> str:
        """A field's text; at most 64 KiB of it are anybody's name."""
        place = field.place
        if place is None:
            raise self._fault(f"has a number in the place of text in field {field.number}")
        if place.end - place.start > MAX_TEXT:
            raise self._fault(f"has a text of {place.end - place.start:,} bytes in field {field.number}")
        self._file.seek(place.start)
        try:
            return self._file.read(place.end - place.start).decode("utf-8")
        except UnicodeDecodeError:
            raise self._fault(f"has text that is not UTF-8 in field {field.number}") from None

    def inner(self, field: Field) -> Message:
        """The message that a field is."""
        if field.place is None:
            raise self._fault(f"has a number in the place of a message in field {field.number}")
        return field.place

    def _varint(self, position: int, end: int) -> tuple[int, int]:
        self._file.seek(position)
        value = 0
        for index, byte in enumerate(self._file.read(min(10, end - position))):
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return value & (1 << 64) - 1, position + index + 1
        raise self._fault("is cut short, or has a number longer than 10 bytes")

    def _skip(self, position: int, length: int, end: int) -> int:
        if length > end - position:
            raise self._fault(f"says that {length:,} bytes follow where {end - position:,} do")
        return position + length

    def _fault(self, words: str) -> BadInput:
        return BadInput(f"{words}: it is damaged, or not what its name says", path=self._name)
