"""The header of a numpy array: whether numbers follow, as many as it says, or a pickle of objects."""

from __future__ import annotations

import re
from math import prod
from typing import IO, Final

from gitregistry.errors import BadInput

MAX_HEADER: Final = 1 << 16
_SIMPLE: Final = re.compile(
    r"\{\s*'descr':\s*'([<>|=]?)([?bBiufcmMSUV])([0-9]{0,6})(?:\[[^']{1,20}\])?',\s*"
    r"'fortran_order':\s*(?:True|False),\s*'shape':\s*\(([0-9, ]*)\),?\s*\}\s*"
)
_OBJECTS: Final = re.compile(r"\{\s*'descr':\s*'\|?O[0-9]*',[^{}]*\}\s*")


def read_npy(file: IO[bytes], size: int, name: str) -> bool:
    """Whether an array holds objects, and the file stands where their pickle begins.

    Raises:
        BadInput: it is damaged, its header lies, or it is an array of records.
    """
    file.seek(6)
    version = file.read(2)
    width = 2 if version == b"\x01\x00" else 4
    if version not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
        raise _fault(name, f"it is of the unknown version {version.hex()}")
    length = int.from_bytes(file.read(width), "little")
    start = 8 + width + length
    if length > MAX_HEADER or start > size:
        raise _fault(name, f"its header says to have {length:,} bytes, the file has {size:,}")
    header = file.read(length).decode("utf-8", "replace")
    if _OBJECTS.fullmatch(header):
        return True
    found = _SIMPLE.fullmatch(header)
    if found is None:
        raise _fault(name, "its header describes records, or cannot be read")
    _, kind, width_text, shape = found.groups()
    item = int(width_text or 1) * (4 if kind == "U" else 1)
    count = prod(int(part) for part in re.findall(r"[0-9]{1,19}", shape))
    if start + item * count != size:
        raise _fault(name, f"its header promises {item * count:,} bytes, {size - start:,} follow")
    return False


def _fault(name: str, words: str) -> BadInput:
    return BadInput(f"{words}: it is damaged, or not looked into", path=name)
