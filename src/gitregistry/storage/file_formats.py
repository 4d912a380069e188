"""What kind of file something is: by its first bytes before its name, for loaders go by these."""

from __future__ import annotations

import codecs
from pathlib import PurePosixPath
from typing import IO, Final, Literal

Kind = Literal[
    "zip", "tar", "gzip", "bzip2", "xz", "zlib", "pickle", "numpy", "onnx", "safetensors", "gguf", "hdf5",
    "code", "text", "unknown",
]  # fmt: skip

# What is opened by unpickling it, whatever its first bytes are; numpy.load does so too.
_PICKLED: Final = (
    *(".pkl", ".pickle", ".pk", ".p", ".joblib", ".sav", ".pt", ".pth", ".ckpt", ".bin", ".dat", ".data"),
    *(".npy", ".npz", ".dill", ".cloudpickle"),
)
_SURELY_PICKLED: Final = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".dill", ".cloudpickle")
_CODE: Final = (
    *(".py", ".pyc", ".pyo", ".pyd", ".pyw", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat"),
    *(".ps1", ".cmd", ".js", ".jar", ".whl", ".egg", ".rb", ".pl", ".r", ".lua", ".class", ".ipynb"),
)
_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x93NUMPY", "numpy"),
    (b"GGUF", "gguf"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x7fELF", "code"),
    (b"MZ", "code"),
    (b"\xca\xfe\xba\xbe", "code"),
    (b"\xcf\xfa\xed\xfe", "code"),
    (b"\xce\xfa\xed\xfe", "code"),
    (b"#!", "code"),
)
_CHUNK = 1 << 20
MAX_TEXT: Final = 256 << 20


def kind_of(file: IO[bytes], size: int, path: str, *, tensors: bool = False) -> Kind:
    """The kind of a file.

    Args:
        tensors: another file says that this one holds bytes of tensors: its name alone makes it no pickle,
            unless it is a name that nothing else has.
    """
    file.seek(0)
    head = file.read(512)
    suffix = PurePosixPath(path.lower()).suffix
    if suffix in _CODE:
        return "code"
    if len(head) >= 2 and head[0] == 0x80 and head[1] <= 5:
        return "pickle"
    for magic, kind in _MAGIC:
        if head.startswith(magic) and not (magic == b"MZ" and _is_text(file, size)):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    return _by_name(file, size, suffix, tensors=tensors)


def _by_name(file: IO[bytes], size: int, suffix: str, *, tensors: bool) -> Kind:
    by_suffix: dict[str, Kind] = {".safetensors": "safetensors", ".onnx": "onnx", ".tar": "tar"}
    if suffix in by_suffix:
        return by_suffix[suffix]
    file.seek(0)
    head = file.read(9)
    if head[:1] == b"x" and int.from_bytes(head[:2], "big") % 31 == 0 and not _is_text(file, size):
        return "zlib"
    if suffix in (_SURELY_PICKLED if tensors else _PICKLED):
        return "pickle"
    if head[8:] == b"{" and int.from_bytes(head[:8], "little") <= size:
        return "safetensors"
    return "text" if not tensors and _is_text(file, size) else "unknown"


def _is_text(file: IO[bytes], size: int) -> bool:
    """Whether all of it is UTF-8 without control characters, as every tool shows it."""
    if size > MAX_TEXT:
        return False
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
