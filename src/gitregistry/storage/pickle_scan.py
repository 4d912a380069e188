"""Pickles looked into without being loaded: every name that they would import, judged by picklescan.

In its strict mode whatever is not on its short list of harmless names is dangerous. What it cannot follow
to the last byte is not looked into.
"""

from __future__ import annotations

import io
import logging
import pickletools
from itertools import islice
from typing import IO, Any, Final, NamedTuple

from gitregistry.errors import BadInput

# picklescan holds all operations of a pickle in memory, some 150 bytes for each, and all that they carry.
MAX_BYTES: Final = 512 << 20
MAX_OPERATIONS: Final = 2_000_000
_LOOKED_AT: Final = 100_000


class Scanned(NamedTuple):
    """What a pickle imports that is not known to be harmless, and why it was not followed to its end."""

    dangerous: tuple[str, ...]
    fault: str | None


def scan_pickle(file: IO[bytes], size: int, name: str, *, strict: bool = True) -> Scanned:
    """Look into a file of one or more pickles, from where it stands now.

    Args:
        strict: take for dangerous what is not known to be harmless, and not only what is known to be so.

    Raises:
        BadInput: picklescan is not installed, or the pickle is beyond what it is asked to hold.
    """
    scanner = _library()
    if size > MAX_BYTES:
        raise BadInput(
            f"a pickle of {size:,} bytes is more than can be looked into ({MAX_BYTES:,})",
            path=name,
            hint="save the weights as safetensors",
        )
    start = file.tell()
    fault = _fault_in(file, size, name)
    file.seek(start)
    data = file if start == 0 else io.BytesIO(file.read())
    try:
        found = scanner.scan_pickle_bytes(data, name, strict=strict)
    except Exception as error:  # noqa: BLE001 - it reads hostile bytes and promises nothing of what it raises
        return Scanned((), f"picklescan cannot follow it: {type(error).__name__}: {error}")
    dangerous = (f"{one.module}.{one.name}" for one in found.globals if one.safety.value == "dangerous")
    if fault is None and found.scan_err:
        fault = "picklescan cannot follow it to its end"
    return Scanned(tuple(sorted(dangerous)), fault)


def spells_pickle(file: IO[bytes]) -> bool:
    """Whether text begins as a pickle that calls something: the oldest protocol is written in letters."""
    file.seek(0)
    imports = False
    try:
        for operation, _, _ in islice(pickletools.genops(file), _LOOKED_AT):
            imports = imports or operation.name in ("GLOBAL", "INST")
            if imports and operation.name in ("REDUCE", "INST", "OBJ", "BUILD"):
                return True
    except Exception:  # noqa: BLE001 - as below; what went before the fault would have been run
        return False
    return False


def scanner_name() -> str:
    """The scanner and its version, for the record; raises BadInput where it is not installed."""
    _library()
    from importlib.metadata import version  # noqa: PLC0415 - asked once for an artifact with pickles

    return f"picklescan {version('picklescan')}"


def _fault_in(file: IO[bytes], size: int, name: str) -> str | None:
    """Why a file is not whole pickles from its first byte to its last."""
    operations = 0
    try:
        while file.tell() < size:
            for _ in pickletools.genops(file):
                operations += 1
                if operations > MAX_OPERATIONS:
                    raise BadInput(
                        f"a pickle of more than {MAX_OPERATIONS:,} operations is not looked into", path=name
                    )
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - pickletools raises what its readers raise, on hostile bytes
        return f"it is no pickle, or damaged: {error}"
    return None if operations else "it is empty"


def _library() -> Any:
    try:
        from picklescan import scanner  # noqa: PLC0415 - optional, and only artifacts with pickles need it
    except ImportError:
        raise BadInput(
            "a pickle can be looked into with picklescan alone, which is not installed here",
            hint="pip install 'gitregistry[scan]'",
        ) from None
    # It tells everything twice: what it returns goes into the evidence.
    logging.getLogger("picklescan").setLevel(logging.CRITICAL)
    return scanner
