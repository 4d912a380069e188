"""Files on their way: written piece by piece, hashed as they grow, and gone on with after a break."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from gitregistry.errors import BadInput
from gitregistry.storage.artifacts import chunks

_WRITE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Part:
    """One file on its way, at a place of its own; what lies there already is its beginning.

    Attributes:
        resumed: whether an earlier attempt had begun it.
        position: how many bytes there are.
    """

    def __init__(self, place: Path, size: int) -> None:
        self.place = place
        self._file = os.fdopen(os.open(place, _WRITE, 0o666), "r+b", buffering=0)
        self._hash = hashlib.sha256()
        self.position = 0
        if os.fstat(self._file.fileno()).st_size > size:
            self._file.truncate(0)
        for chunk in chunks(self._file):
            self._hash.update(chunk)
            self.position += len(chunk)
        self.resumed = self.position > 0

    def write(self, data: bytes) -> None:
        """Add the next bytes."""
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._hash.update(data)
        self.position += len(data)

    def restart(self) -> None:
        """Begin anew: what an earlier attempt left was not the beginning of this file."""
        self._file.seek(0)
        self._file.truncate(0)
        self._hash, self.position, self.resumed = hashlib.sha256(), 0, False

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of all that there is."""
        return f"sha256:{self._hash.hexdigest()}"

    def keep(self) -> None:
        """Bring it to the disk, so that no power cut leaves a file of zeros under its final name."""
        os.fsync(self._file.fileno())

    def __enter__(self) -> Part:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def link(place: Path, to: Path) -> None:
    """Give a file a second name that nothing has; where the file system knows no such thing, a copy of it.

    Raises:
        FileExistsError: something has that name.
    """
    try:
        os.link(place, to)
    except FileExistsError:
        raise
    except OSError:
        with place.open("rb") as source, to.open("xb") as copy:
            shutil.copyfileobj(source, copy)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone, making it where it is missing.

    Raises:
        BadInput: another process holds it, or it cannot be made.
    """
    while True:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:  # its holder has just finished with it
            continue
        except OSError as error:
            raise BadInput(f"cannot be written to: {error.strerror}", path=str(folder)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(descriptor, folder):
                yield
                return
        except BlockingIOError:
            raise BadInput(
                "another process is writing to the same place",
                path=str(folder),
                hint="wait for it, or name another place",
            ) from None
        finally:
            os.close(descriptor)


def _is_still(descriptor: int, folder: Path) -> bool:
    """Whether the folder that was locked is the one that has the name: its holder removes it at the end."""
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False
