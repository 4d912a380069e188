"""Files of other programs that are read whole: plain files of a bounded size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gitregistry.errors import BadInput


def read_small(path: Path, most: int, hint: str | None = None) -> bytes:
    """A file's bytes.

    Args:
        most: how many there may be.
        hint: what to do when there is no such file.

    Raises:
        BadInput: it is not there, is no plain file, has more bytes, or cannot be read.
    """
    try:
        # Without waiting for a writer, should it be a pipe.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadInput("this is not a plain file", path=str(path), hint=hint)
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else "this is no file's name"
        raise BadInput(f"cannot be read: {words}", path=str(path), hint=hint) from None
    if len(data) > most:
        raise BadInput(f"has more than {most:,} bytes", path=str(path), hint=hint)
    return data
