"""The header of a safetensors file: JSON of a stated length, and tensors that fill the rest exactly."""

from __future__ import annotations

from math import prod
from typing import IO, Final

from gitregistry.errors import BadInput
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value

# The format allows 100 MB; nobody has a million tensors.
MAX_HEADER: Final = 16 << 20
# Bits of one element; two of the newest types share a byte.
_BY_BITS: Final = {
    64: ("F64", "I64", "U64", "C64"),
    32: ("F32", "I32", "U32"),
    16: ("F16", "BF16", "I16", "U16"),
    8: ("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"),
    6: ("F6_E2M3", "F6_E3M2"),
    4: ("F4",),
}
_BITS: Final = {name: bits for bits, names in _BY_BITS.items() for name in names}
_MAX_SIZE = 1 << 62


def read_safetensors(file: IO[bytes], size: int, name: str) -> int:
    """Check a file's header; the number of its tensors.

    Raises:
        BadInput: it is no safetensors file, it is damaged, or its header lies.
    """
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise _fault(name, f"its header says to have {length:,} bytes, the file has {size:,}")
    if length > MAX_HEADER:
        raise _fault(name, f"its header has {length:,} bytes, more than {MAX_HEADER:,}")
    data = file.read(length)
    if not data.startswith(b"{"):
        raise _fault(name, "its header is no JSON map")
    header = read_json(data, name)
    if not isinstance(header, dict):
        raise _fault(name, "its header is no JSON map")
    _check_metadata(header.pop("__metadata__", {}), name)
    places = sorted(_place(tensor, given, name) for tensor, given in header.items())
    reached = 0
    for start, end in places:
        if start != reached:
            raise _fault(name, f"its tensors overlap or leave a gap at byte {min(start, reached):,}")
        reached = end
    if reached != size - 8 - length:
        raise _fault(name, f"its tensors have {reached:,} bytes, and {size - 8 - length:,} follow the header")
    return len(places)


def _check_metadata(given: Value, name: str) -> None:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise _fault(name, "its metadata are not a map of texts")


def _place(tensor: str, given: Value, name: str) -> tuple[int, int]:
    if not isinstance(given, dict) or given.keys() != {"dtype", "shape", "data_offsets"}:
        raise _fault(name, f"the tensor {tensor[:100]!r} is not described by dtype, shape and data_offsets")
    bits = _BITS.get(given["dtype"]) if isinstance(given["dtype"], str) else None
    shape, offsets = _numbers(given["shape"]), _numbers(given["data_offsets"])
    if bits is None or shape is None or offsets is None or len(offsets) != 2 or len(shape) > 64:
        raise _fault(name, f"the tensor {tensor[:100]!r} has an impossible dtype, shape or place")
    start, end = offsets
    wanted = prod(shape) * bits
    if wanted % 8 or end - start != wanted // 8:
        raise _fault(name, f"the tensor {tensor[:100]!r} has {end - start:,} bytes for {wanted // 8:,}")
    return start, end


def _numbers(given: Value) -> list[int] | None:
    if not isinstance(given, list):
        return None
    texts = [item for item in given if isinstance(item, str) and item.isascii() and item.isdigit()]
    if len(texts) != len(given) or any(len(text) > 19 for text in texts):
        return None
    numbers = [int(text) for text in texts]
    return numbers if all(number <= _MAX_SIZE for number in numbers) else None


def _fault(name: str, words: str) -> BadInput:
    return BadInput(f"{words}: it is damaged, or no safetensors file", path=name)
