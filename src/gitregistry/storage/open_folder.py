"""Reading and writing files below a folder without ever stepping through a symbolic link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Obstructed(Exception):
    """A link, or something that is no folder or no plain file, stands where one is needed."""


@contextmanager
def parent_of(top: Path, path: str, *, create: bool) -> Iterator[tuple[int, str] | None]:
    """An open descriptor of the folder that ``path`` is in, and its last name; None when there is no folder.

    Args:
        top: itself trusted, links and all.
        create: make folders that are missing.

    Raises:
        Obstructed: a folder on the way is a link or no folder.
    """
    *folders, name = path.split("/")
    current = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            if create:
                with suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=current)
            try:
                below = os.open(folder, _FOLDER, dir_fd=current)
            except FileNotFoundError:
                yield None
                return
            except OSError as error:
                raise Obstructed(folder) from error
            os.close(current)
            current = below
        yield current, name
    finally:
        os.close(current)


def read_in(folder: int, name: str, limit: int) -> bytes | None:
    """The bytes of a file in an open folder, at most one more than ``limit``; None when there is none.

    Raises:
        Obstructed: it is a link or something else.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Obstructed(name) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Obstructed(name)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit + 1)


def write_file(top: Path, path: str, content: bytes, *, program: bool = False) -> None:
    """Put a file in place in one instant: readers see the old bytes or the new ones.

    Raises:
        Obstructed: a folder on the way is a link or no folder.
    """
    with parent_of(top, path, create=True) as place:
        if place is None:
            raise Obstructed(path)
        write_in(*place, content, program=program)


def write_in(folder: int, name: str, content: bytes, *, program: bool = False) -> None:
    """The same in an open folder."""
    # Always the same name, so that what a kill leaves behind is overwritten by the next attempt.
    temporary = f".{name}.registry-new"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o777 if program else 0o666, dir_fd=folder), "wb") as file:
        file.write(content)
    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def remove_file(top: Path, path: str) -> None:
    """Remove a file and the folders that this leaves empty, up to ``top``.

    Raises:
        Obstructed: a folder on the way is a link or no folder.
    """
    while path:
        with parent_of(top, path, create=False) as place:
            if place is None:
                return
            folder, name = place
            try:
                if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    os.rmdir(name, dir_fd=folder)
                else:
                    os.unlink(name, dir_fd=folder)
            except FileNotFoundError:
                pass
            except OSError:
                return  # not empty: that is where clearing up ends
        path = path.rpartition("/")[0]
