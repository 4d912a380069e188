"""What another tool's report says of a check, and the bounds under which reports are read."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.evidence import Measurement, Result, Tool, Window

Format = Literal["junit", "json", "mlflow"]

MAX_REPORT_BYTES: Final = 16 << 20


class Source(NamedTuple):
    """The exact bytes of a report, and where they lie."""

    uri: str
    data: bytes


class Found(NamedTuple):
    """What a report says.

    Attributes:
        result: None when it says only what was measured: then the bounds of the policy's check decide.
        remarks: what its reader should know, such as the names of tests that failed.
    """

    result: Result | None
    measurements: tuple[Measurement, ...]
    tool: Tool | None = None
    observed: Window | None = None
    remarks: tuple[str, ...] = ()


def read_bounded(path: Path, what: str, most: int = MAX_REPORT_BYTES) -> bytes:
    """A file's bytes.

    Raises:
        BadInput: it cannot be read, or is larger than that.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise BadInput(f"cannot read the {what}: {error.strerror}", path=str(path)) from None
    if len(data) > most:
        raise BadInput(
            f"the {what} has more than {most >> 20} MiB",
            path=str(path),
            hint=f"write a {what} without raw data",
        )
    return data
