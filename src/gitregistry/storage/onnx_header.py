"""What an ONNX model says of itself without being loaded: inputs, outputs, and files outside it.

Read are ``ModelProto.graph`` and what lies below as in onnx.proto of the ONNX project; tensors are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.release import Port
from gitregistry.storage.protobuf import Field, Message, ProtobufReader

_TYPES: Final = (
    *("undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool"),
    *("float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16"),
)
# Of each message, the fields in which tensors or further messages with tensors lie.
_WITHIN: Final = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_EXTERNAL = 13


class External(NamedTuple):
    """Where a tensor's bytes lie outside the model; ``length`` of None means up to the end."""

    location: str
    offset: int
    length: int | None


class OnnxHeader(NamedTuple):
    """What the model takes and gives, and which bytes it reads from elsewhere."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    external: tuple[External, ...]


def read_onnx(file: IO[bytes], size: int, name: str) -> OnnxHeader:
    """Read a model's header.

    Raises:
        BadInput: it is no ONNX model, or goes beyond a bound; it names the file ``name``.
    """
    reader = ProtobufReader(file, size, name)
    top = list(reader.fields(reader.whole))
    graphs = [reader.inner(field) for field in top if field.number == 7]
    if len(graphs) != 1 or not any(field.number == 1 and field.place is None for field in top):
        raise BadInput("is no ONNX model: it has no version and graph", path=name)
    fields = list(reader.fields(graphs[0]))
    initialised = {_tensor_name(reader, field) for field in fields if field.number == 5}
    external = tuple(_external(reader, reader.whole, "model", name))
    inputs = tuple(_port(reader, field, initialised) for field in fields if field.number == 11)
    outputs = tuple(_port(reader, field, set()) for field in fields if field.number == 12)
    return OnnxHeader(inputs, outputs, external)


def _tensor_name(reader: ProtobufReader, tensor: Field) -> str:
    names = (reader.text(field) for field in reader.fields(reader.inner(tensor)) if field.number == 8)
    return next(names, "")


def _port(reader: ProtobufReader, info: Field, initialised: set[str]) -> Port:
    name, kind, shape = "", "undefined", None
    for field in reader.fields(reader.inner(info)):
        if field.number == 1:
            name = reader.text(field)
        elif field.number == 2:
            kind, shape = _type(reader, reader.inner(field))
    return Port(name=name, type=kind, shape=shape, optional=name in initialised)


def _type(reader: ProtobufReader, message: Message) -> tuple[str, str | None]:
    for field in reader.fields(message):
        if field.number == 1:
            return _tensor_type(reader, reader.inner(field))
        if field.number in (4, 9):  # a sequence or an optional of some type
            inner = [_type(reader, reader.inner(one)) for one in reader.fields(reader.inner(field))]
            words = {4: "sequence", 9: "optional"}[field.number]
            return f"{words}({inner[0][0] if inner else 'undefined'})", inner[0][1] if inner else None
        if field.number in (5, 8):
            # Maps and sparse tensors: told apart by their bytes alone, so that none is taken for another.
            return {5: "map", 8: "sparse"}[field.number] + f"({_spelled(reader, reader.inner(field))})", None
    return "undefined", None


def _tensor_type(reader: ProtobufReader, message: Message) -> tuple[str, str | None]:
    kind, shape = "undefined", None
    for field in reader.fields(message):
        if field.number == 1:
            kind = _TYPES[field.value] if field.value < len(_TYPES) else f"onnx-{field.value}"
        elif field.number == 2:
            dims = [_dimension(reader, reader.inner(one)) for one in reader.fields(reader.inner(field))]
            shape = f"[{', '.join(dims)}]"
    return kind, shape


def _dimension(reader: ProtobufReader, message: Message) -> str:
    for field in reader.fields(message):
        if field.number == 1:
            return str(field.value) if field.value < 1 << 63 else "-1"
        if field.number == 2:
            return "-1"  # a name for a length that is not fixed
    return "-1"


def _spelled(reader: ProtobufReader, message: Message) -> str:
    parts = []
    for field in reader.fields(message):
        inner = f"({_type(reader, field.place)[0]})" if field.place is not None else str(field.value)
        parts.append(f"{field.number}:{inner}")
    return ",".join(parts)


def _external(reader: ProtobufReader, message: Message, kind: str, name: str) -> Iterator[External]:
    if kind == "tensor":
        entries = dict(_entry(reader, field) for field in reader.fields(message) if field.number == _EXTERNAL)
        if entries:
            yield _place(entries, name)
        return
    within = _WITHIN[kind]
    for field in reader.fields(message):
        if field.number in within:
            yield from _external(reader, reader.inner(field), within[field.number], name)


def _entry(reader: ProtobufReader, entry: Field) -> tuple[str, str]:
    found = {field.number: reader.text(field) for field in reader.fields(reader.inner(entry))}
    return found.get(1, ""), found.get(2, "")


def _place(entries: dict[str, str], name: str) -> External:
    try:
        offset, length = int(entries.get("offset", "0")), entries.get("length")
        place = External(entries["location"], offset, int(length) if length is not None else None)
    except (KeyError, ValueError):
        raise BadInput(f"keeps a tensor outside and does not say where: {entries}", path=name) from None
    if place.offset < 0 or (place.length or 0) < 0:
        raise BadInput(f"keeps a tensor at an impossible place: {entries}", path=name)
    return place
