"""Writing a pack stream (https://git-scm.com/docs/gitformat-pack): many objects to git in one go."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

from gitregistry.storage.encoding import ObjectFormat

_KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


def pack_stream(object_format: ObjectFormat, objects: Iterable[tuple[str, bytes]]) -> bytes:
    """A pack of these objects, each given as its kind and its bytes, none of them as a delta."""
    entries = [_header(_KINDS[kind], len(data)) + zlib.compress(data, 1) for kind, data in objects]
    body = b"PACK" + (2).to_bytes(4, "big") + len(entries).to_bytes(4, "big") + b"".join(entries)
    return body + hashlib.new(object_format, body, usedforsecurity=False).digest()


def _header(kind: int, size: int) -> bytes:
    """Kind and size, seven bits a byte after the first, the lowest first; a set top bit says more follow."""
    current = (kind << 4) | (size & 0x0F)
    size >>= 4
    header = bytearray()
    while size:
        header.append(current | 0x80)
        current = size & 0x7F
        size >>= 7
    header.append(current)
    return bytes(header)
