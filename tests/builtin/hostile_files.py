"""Files that run something when they are loaded, and files that lie. Nothing here is ever loaded."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any


class Runs:
    """What calls anything as soon as it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


EVIL = pickle.dumps(Runs(os.system, "touch /tmp/pwned"))
HARMLESS = pickle.dumps({"weights": [1.0, 2.0], "names": ("a", "b")})
SPELLED = b"cos\nsystem\n(S'touch /tmp/pwned'\ntR."


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)  # without the time of day
    return target.getvalue()


def tarred(files: Mapping[str, bytes], link: tuple[str, str] | None = None) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        if link is not None:
            entry = tarfile.TarInfo(link[0])
            entry.type, entry.linkname = tarfile.SYMTYPE, link[1]
            archive.addfile(entry)
    return target.getvalue()


def zip_with(name: str, data: bytes = b"x", mode: int = 0o100644) -> bytes:
    """An archive with one member of any name and kind."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename, entry.external_attr = name, mode << 16
        archive.writestr(entry, data)
    return target.getvalue()


def torch_saved(data: bytes) -> bytes:
    """A file as ``torch.save`` lays it out, with this pickle."""
    return zipped(
        {
            "archive/data.pkl": data,
            "archive/byteorder": b"little",
            "archive/data/0": bytes(range(256)),
            "archive/version": b"3\n",
            "archive/.data/serialization_id": b"1" * 40,
        },
        zipfile.ZIP_STORED,
    )


def array(header: str, data: bytes) -> bytes:
    """A ``.npy`` file with any header."""
    text = f"{header}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


NUMBERS = array("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", bytes(32))
OBJECTS = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A file with this header, which may state any length of itself."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(start: int, end: int, dtype: str = "F32", shape: list[int] | None = None) -> dict[str, object]:
    return {
        "dtype": dtype,
        "shape": [(end - start) // 4] if shape is None else shape,
        "data_offsets": [start, end],
    }


def bomb(size: int) -> bytes:
    """That many bytes in a few."""
    return zipped({"zeros.txt": b" " * size})


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "model.pkl.gz": partial(gzip.compress, mtime=0),
    "model.pkl.bz2": bz2.compress,
    "model.pkl.xz": lzma.compress,
    "model.joblib": zlib.compress,
}
