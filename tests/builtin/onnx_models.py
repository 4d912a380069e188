"""ONNX models as the package ``onnx`` wrote them, and a writer of the bytes that nobody honest writes."""

from __future__ import annotations

import base64
import zlib


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


# x: float [batch, 20], s: string [?], w: float [20, 2] with a value; y: double [batch, 2], q: maps in a row.
PLAIN = _unpacked(
    "eNrNjzEOglAQRNmNwmaUn8/yC02sKDmCJaUJF/gdWGhhY8Qgt/EAHsDjudh5AyeZauYVT9z+zShAD9CoNFVp2w3t/aJ0ql8kQdhTQ+PhScmfJ2"
    "5MQksUQpoj02XfDcczWELMQTcVpCLKSGI5qzqs7SjzbuXe6OlLr35p7regq4ZK4WsnmQJi4MImatjvPv7hFQI="
)
# A tensor in weights.bin, and one in ../../etc/passwd, which a constant in both branches of an If reads.
OUTSIDE = _unpacked(
    "eNrNjrFOwzAURfVcUqwXWoXXSjB0YsyQlg4MTKiIoWNXFrCNEyeKXqraEFj4Bj6hP1CJTyTtAizMSPdOR7rnyuH1roefAkETmAuxzNMPwNjW3j"
    "7ojWLj5u/4uEfytmEfFId0hdGLqp9teifHUiSwgLaaoKwbo0LZMCVZNu1ig5mulfftUxVjv8lzbwPBrBpgv7ZcBEe9y6vZGrZwRFHJbDd6hGBo"
    "iCcSSKKQ465iC9HhUnCW/88lEsU8vfmWnf2Qxa0tCxd8pkv+23N/jvBKIzzt1gd4TJFWwbi9Rnfk7UDi30QsRDL5Agw0ZPg="
)


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: int | bytes) -> bytes:
    """One field of a message: a number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def entry(key: str, value: str) -> bytes:
    return field(1, key.encode()) + field(2, value.encode())


def model_with_tensor_at(**place: str) -> bytes:
    """A model whose one tensor lies outside it, wherever that says."""
    tensor = b"".join(field(13, entry(key, value)) for key, value in place.items())
    return field(1, 8) + field(7, field(5, tensor))


def nested_model(depth: int) -> bytes:
    """A model of graphs within graphs."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return field(1, 8) + field(7, graph)
