"""What lies in an artifact, looked into file by file without loading or unpacking any of it.

A file is *clean*, *unsafe*, or *unknown*: what cannot be looked into is never taken for clean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, Final, Literal, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage.archive_members import MAX_DEPTH, Budget, Unsafe, members
from gitregistry.storage.file_formats import Kind, kind_of
from gitregistry.storage.npy_header import read_npy
from gitregistry.storage.onnx_header import read_onnx
from gitregistry.storage.pickle_scan import scan_pickle, spells_pickle
from gitregistry.storage.safetensors_header import read_safetensors

Verdict = Literal["clean", "unsafe", "unknown"]
_ARCHIVES: Final = ("zip", "tar", "gzip", "bzip2", "xz", "zlib")
# What torch.save puts beside data.pkl: bytes of tensors, and marks of its own.
_OF_TORCH: Final = re.compile(
    r"(.*/)?(data/[0-9]+|version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment)"
)
# Tags of Python's YAML, also where their names are put together or spelled with %.
_MAKES_OBJECTS: Final = re.compile(
    rb"!!(?:python|\S{0,80}%[0-9A-Fa-f]{2})|!<\S{0,80}%|tag:yaml\.org,2002:|^%TAG\s", re.MULTILINE
)
_UNREADABLE: Final = {
    "gguf": "GGUF is not looked into: its metadata hold templates that are run",
    "hdf5": "HDF5, and with it Keras, is not looked into: its layers may hold code",
    "unknown": "nobody knows what this is, so it cannot be looked into",
}


class Entry(NamedTuple):
    """One file: what it is called, its bytes, and how many.

    Attributes:
        tensors: it is known to hold bytes of tensors and nothing else.
        depth: how many archives it lies in.
    """

    path: str
    file: IO[bytes]
    size: int
    tensors: bool = False
    depth: int = 0


class Found(NamedTuple):
    """What one file came to; ``words`` say why it is not clean."""

    path: str
    kind: Kind
    verdict: Verdict
    words: str = ""


def look_into(entry: Entry, budget: Budget | None = None) -> Iterator[Found]:
    """What a file came to, and every file in it."""
    kind = kind_of(entry.file, entry.size, entry.path, tensors=entry.tensors)
    budget = budget or Budget(entry.size)
    try:
        if kind in _ARCHIVES:
            yield from _archive(entry, kind, budget)
            yield Found(entry.path, kind, "clean")
        elif kind == "unknown" and entry.tensors:
            yield Found(entry.path, kind, "clean")
        elif kind in _UNREADABLE:
            yield Found(entry.path, kind, "unknown", _UNREADABLE[kind])
        else:
            yield _LOOKS[kind](entry)
    except Unsafe as unsafe:
        yield Found(entry.path, kind, "unsafe", str(unsafe))
    except BadInput as error:
        hint = f" ({error.hint})" if error.hint else ""
        yield Found(entry.path, kind, "unknown", f"{error.message}{hint}")


def _archive(entry: Entry, kind: Kind, budget: Budget) -> Iterator[Found]:
    if entry.depth >= MAX_DEPTH:
        raise Unsafe(f"it is an archive within {MAX_DEPTH} others")
    for member in members(kind, entry.file, entry.path, budget):
        torch = _OF_TORCH.fullmatch(member.path)
        tensors = torch is not None and f"{torch[1] or ''}data.pkl" in member.beside
        inner = Entry(f"{entry.path}!{member.path}", member.file, member.size, tensors, entry.depth + 1)
        yield from look_into(inner, budget)


def _pickle(entry: Entry) -> Found:
    entry.file.seek(0)
    return _scanned(entry, "pickle")


def _scanned(entry: Entry, kind: Kind) -> Found:
    found = scan_pickle(entry.file, entry.size, entry.path)
    if found.dangerous:
        words = f"a pickle that imports {', '.join(found.dangerous)}"
        return Found(entry.path, kind, "unsafe", words)
    return Found(entry.path, kind, "unknown" if found.fault else "clean", found.fault or "")


def _numpy(entry: Entry) -> Found:
    if read_npy(entry.file, entry.size, entry.path):
        return _scanned(entry, "numpy")  # an array of objects: the rest is a pickle
    return Found(entry.path, "numpy", "clean")


def _safetensors(entry: Entry) -> Found:
    read_safetensors(entry.file, entry.size, entry.path)
    return Found(entry.path, "safetensors", "clean")


def _onnx(entry: Entry) -> Found:
    for place in read_onnx(entry.file, entry.size, entry.path).external:
        if is_outside(place.location):
            return Found(
                entry.path, "onnx", "unsafe", f"it reads {place.location!r}, outside the model's own folder"
            )
    return Found(entry.path, "onnx", "clean")


def is_outside(location: str) -> bool:
    """Whether a path from a model's own folder leads, or might lead, out of it."""
    parts = location.replace("\\", "/").split("/")
    odd = not location or "\\" in location or ":" in location or not location.isprintable()
    return odd or location.startswith("/") or ".." in parts


def _code(entry: Entry) -> Found:
    return Found(entry.path, "code", "unsafe", "it is code, which runs where the artifact is loaded")


def _text(entry: Entry) -> Found:
    """Text is data, but for YAML that makes Python objects, and for pickles that are spelled in letters."""
    entry.file.seek(0)
    before = b""
    while chunk := entry.file.read(1 << 20):
        if _MAKES_OBJECTS.search(before + chunk):
            return Found(entry.path, "text", "unsafe", "it is YAML that makes Python objects")
        before = chunk[-256:]
    if spells_pickle(entry.file):
        entry.file.seek(0)
        # Words that happen to spell operations import nothing that is known to be dangerous.
        dangerous = scan_pickle(entry.file, entry.size, entry.path, strict=False).dangerous
        if dangerous:
            return Found(entry.path, "pickle", "unsafe", f"a pickle that imports {', '.join(dangerous)}")
    return Found(entry.path, "text", "clean")


_LOOKS: Final[dict[Kind, Callable[[Entry], Found]]] = {
    "pickle": _pickle,
    "numpy": _numpy,
    "safetensors": _safetensors,
    "onnx": _onnx,
    "code": _code,
    "text": _text,
}
