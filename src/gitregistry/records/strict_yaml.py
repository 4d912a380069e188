"""Bytes in, text out: the strict part of YAML in which records are written.

Read are maps, lists and scalars, block or flow, with comments. Refused, each with its line and field:
anchors, aliases, tags, merge keys, duplicate keys, directives, document ends and second documents, keys that
are not text, and the characters of ``gitregistry.records.text``. Scalars stay text: ``1.10``, ``no`` and
``6d92e10`` come back as written; what they are is for the schema to say.

Events are taken from PyYAML's C parser one at a time. What crashes its loader on 30 KB of ``[`` is the
recursion that composes nodes, which is never entered here. The parser looks at most 1,024 characters past the
event it hands out, so a document nested too deep is given up before the parser has gone much deeper. Counting
brackets beforehand would add nothing but the refusal of notes that happen to hold many of them. Time and
memory are linear in the size of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, TypeAlias, cast

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.text import dotted, first_refused

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 64

_PRINTABLE_ASCII: Final = bytes([0x09, 0x0A, *range(0x20, 0x7F)])
_STARTS: Final = (MappingStartEvent, SequenceStartEvent)
_ENDS: Final = (MappingEndEvent, SequenceEndEvent)
_BLOCK_STYLES: Final = ("|", ">")


class Quoted(str):
    """A scalar written in quotes or as a block: whatever it spells, it is never null, a number or a bool."""

    __slots__ = ()


Value: TypeAlias = "str | list[Value] | dict[str, Value]"
_Container: TypeAlias = "list[Value] | dict[str, Value]"


class YamlFault(BadInput):
    """A document that strict YAML refuses; ``line`` is 1-based, ``field`` dotted, both as far as known."""


def read(data: bytes, name: str) -> dict[str, Value]:
    """The document as nested maps, lists and text; ``name`` is the file named in faults.

    Plain scalars come back as ``str``, all others as ``Quoted``; keys always as ``str``. A value left out
    (``key:``) is the plain scalar ``""``.

    Raises:
        YamlFault: the bytes are not one map in strict YAML.
    """
    _check_bytes(data, name)
    top: dict[str, Value] = {}
    _Reader(data, name, top).document()
    return top


def read_list(data: bytes, name: str) -> list[Value]:
    """As ``read``, for a document that is one list: what people hand to a command, never a record."""
    _check_bytes(data, name)
    top: list[Value] = []
    _Reader(data, name, top).document()
    return top


def line_of(data: bytes, field: Sequence[str | int]) -> int | None:
    """The 1-based line on which the key, or the list item, at ``field`` begins; None where there is none.

    Reads the document again, so it is for faults only. The empty path is the document itself.
    """
    if len(data) > MAX_BYTES or len(field) > MAX_DEPTH:
        return None
    next_event = _events(data)
    try:
        event = next_event()
        while type(event) not in (*_STARTS, StreamEndEvent):
            event = next_event()
        line = _line(event)
        for step in field:
            line, event = _child(next_event, event, step)
    except YAMLError:
        return None
    return line


def _child(next_event: Callable[[], Event], parent: Event, step: str | int) -> tuple[int | None, Event]:
    """The line of one step into a container, and the event with which the value there begins."""
    is_map = type(parent) is MappingStartEvent
    position = 0
    while type(parent) in _STARTS:
        event = next_event()
        line = _line(event)
        here: str | int = position
        if is_map and isinstance(event, ScalarEvent):
            here, event = event.value, next_event()
        elif is_map or type(event) in _ENDS:
            break  # the end, or a key that is not text
        if here == step:
            return line, event
        _skip(next_event, event)
        position += 1
    return None, StreamEndEvent()


def _skip(next_event: Callable[[], Event], event: Event) -> None:
    """Pass over one value. The parser's time for one event grows with the depth: bound it here too."""
    depth = 0
    while True:
        depth += (type(event) in _STARTS) - (type(event) in _ENDS)
        if depth == 0:
            return
        if depth > MAX_DEPTH:
            raise YAMLError
        event = next_event()


def _events(data: bytes) -> Callable[[], Event]:
    return cast("Callable[[], Event]", CParser(data).get_event)  # None comes only after the stream's end


def _line(event: Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark is not None else None


def _check_bytes(data: bytes, name: str) -> None:
    """Size, encoding and characters: what is refused here the parser never sees."""
    if len(data) > MAX_BYTES:
        message = f"has {len(data):,} bytes; a record has at most {MAX_BYTES:,}"
        raise YamlFault(message, hint="keep reports and artifacts outside and name their digests", path=name)
    if not data.translate(None, _PRINTABLE_ASCII):
        return
    if data.startswith(b"\xef\xbb\xbf"):
        raise YamlFault("begins with a byte order mark", hint="save it without one", path=name, line=1)
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        message = f"byte 0x{data[fault.start]:02x} is not UTF-8"
        raise YamlFault(message, hint="save it as UTF-8", path=name, line=line) from fault
    refused = first_refused(text)
    if refused is not None:
        line = text.count("\n", 0, refused.position) + 1
        hint = "end its lines with LF alone" if text[refused.position] == "\r" else "remove the character"
        raise YamlFault(f"holds {refused.name}", hint=hint, path=name, line=line)


class _Reader:
    """One pass over the events of one document.

    ``container`` is the map or list being filled, ``key`` the key whose value comes next. ``stack`` holds,
    from the outside in, every container around it with the step that leads inwards.
    """

    def __init__(self, data: bytes, name: str, top: _Container) -> None:
        self.next_event = _events(data)
        self.name = name
        self.escapes = b"\\" in data
        self.container = top
        self.key: str | None = None
        self.stack: list[tuple[_Container, str | int]] = []

    def document(self) -> None:
        try:
            self.begin()
            self.fill()
            self.finish()
        except YAMLError as fault:
            self.refuse_syntax(fault)

    def begin(self) -> None:
        self.next_event()  # the start of the stream says nothing
        start = self.next_event()
        if not isinstance(start, DocumentStartEvent):
            self.refuse(start, "holds no document", "write the record's fields into it")
        if start.version is not None or start.tags is not None:
            self.refuse(start, "has a directive", "remove the lines that begin with `%`")
        first = self.next_event()
        self.check_node(first)
        if isinstance(self.container, list):
            if type(first) is not SequenceStartEvent:
                self.refuse(first, "is not a list", "begin each item with `- `")
        elif type(first) is not MappingStartEvent:
            self.refuse(first, "is not a map of fields", "begin with `field: value`")

    def fill(self) -> None:
        """Take events until the outermost map ends: here goes the time."""
        next_event: Callable[[], Any] = self.next_event  # whose class says what it has, unseen by mypy
        container: Any = self.container
        is_list = isinstance(container, list)
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                if event.tag is not None or event.anchor is not None:
                    self.check_node(event)
                text = event.value
                style = event.style  # empty when plain
                if self.escapes and style == '"':
                    self.check_escapes(event)
                if is_list:
                    container.append(Quoted(text) if style else text)
                elif self.key is not None:
                    container[self.key] = Quoted(text) if style else text
                    self.key = None
                elif text in container or text == "<<" or style in _BLOCK_STYLES or not (text or style):
                    self.refuse_key(event)
                else:
                    self.key = text
                continue
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                if not self.stack:
                    return
                self.container = self.stack.pop()[0]
            else:
                self.enter(event)
            container = self.container
            is_list = isinstance(container, list)

    def enter(self, event: Event) -> None:
        """Begin a map or a list inside the present container."""
        self.check_node(event)
        inner: _Container = {} if type(event) is MappingStartEvent else []
        container = self.container
        if isinstance(container, list):
            self.stack.append((container, len(container)))
            container.append(inner)
        elif self.key is None:
            self.refuse(event, "a key is not text", "use a word for the key")
        else:
            self.stack.append((container, self.key))
            container[self.key] = inner
            self.key = None
        self.container = inner
        if len(self.stack) >= MAX_DEPTH:
            self.refuse(event, f"is nested deeper than {MAX_DEPTH} levels", "write it flatter")

    def finish(self) -> None:
        end = self.next_event()
        if isinstance(end, DocumentEndEvent) and end.explicit:
            self.refuse(None, "has a document end (`...`)", "remove that line")
        after = self.next_event()
        if type(after) is not StreamEndEvent:
            self.refuse(after, "has a second document", "give each record a file of its own")

    def check_node(self, event: Event) -> None:
        """No alias, no anchor, no tag: every value stands where it is used, and the schema gives its type."""
        anchor: str | None = getattr(event, "anchor", None)
        if type(event) is AliasEvent:
            self.refuse(event, f"has an alias ({shown(f'*{anchor}')})", "write the value out")
        if anchor is not None:
            self.refuse(event, f"has an anchor ({shown(f'&{anchor}')})", "write the value out")
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            self.refuse(event, f"has a tag ({shown(tag)})", "remove it; quote the value if it is text")

    def check_escapes(self, event: ScalarEvent) -> None:
        refused = first_refused(event.value)
        if refused is not None:
            self.refuse(event, f"holds an escape for {refused.name}", "remove the escape")

    def refuse_key(self, event: ScalarEvent) -> NoReturn:
        key = event.value
        if key == "<<":
            self.refuse(event, "has a merge key (`<<`)", "write the fields out")
        if key in self.container:
            self.key = key
            self.refuse(event, "is given twice", "keep one of the two")
        if not key:
            self.refuse(event, "a key is missing before `:`", "write one, or quote it if it is empty")
        self.refuse(event, f"has a block of text as a key ({shown(key)})", "write the key on one line")

    def refuse_syntax(self, fault: YAMLError) -> NoReturn:
        """What the parser itself refuses, in its own words."""
        line, words = None, str(fault)
        if isinstance(fault, MarkedYAMLError):
            words = ": ".join(part for part in (fault.context, fault.problem) if part)
            line = fault.problem_mark.line + 1 if fault.problem_mark is not None else None
        raise YamlFault(f"is not YAML: {words}", path=self.name, line=line, field=self.place()) from fault

    def refuse(self, event: Event | None, message: str, hint: str) -> NoReturn:
        line = _line(event) if event is not None else None
        raise YamlFault(message, hint=hint, path=self.name, line=line, field=self.place())

    def place(self) -> str | None:
        """The field being read, dotted; None at the top of the document."""
        path = [step for _, step in self.stack]
        if isinstance(self.container, list):
            path.append(len(self.container))
        elif self.key is not None:
            path.append(self.key)
        return dotted(path) or None
