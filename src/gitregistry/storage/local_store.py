"""Writing artifacts on this machine: each file aside, brought to the disk, then named if the name is free."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.storage.local_artifacts import local_path
from gitregistry.storage.parts import claimed
from gitregistry.storage.stores import Content, OnBytes, no_lock, parts_of

_PART = 1 << 20


class LocalStore:
    """A file, or a folder of files. While they come they lie beside it, in ``.NAME.registry-upload``."""

    at_once = 1

    def __init__(self, address: str) -> None:
        self._top = local_path(address).resolve()
        if not self._top.name:
            raise BadInput("this is no place for an artifact", path=address, hint="name a file or a folder")
        self._aside = self._top.with_name(f".{self._top.name}.registry-upload")

    @property
    def uri(self) -> str:
        return self._top.as_uri()

    def is_small(self, content: Content) -> bool:  # noqa: ARG002 - nothing is gained by writing several
        return False

    @contextmanager
    def begun(self, largest: Content) -> Iterator[list[str]]:  # noqa: ARG002 - links are known to fail
        with claimed(self._aside):
            try:
                yield []
            finally:
                shutil.rmtree(self._aside)

    def create(self, path: str, content: Content, on_bytes: OnBytes) -> bool:
        place, aside = self._top / path, self._aside / "file"
        try:
            aside.unlink(missing_ok=True)  # of a process that was killed
            with content.open() as source, aside.open("xb") as file:
                for part in parts_of(source, _PART):
                    file.write(part)
                    on_bytes(len(part))
                file.flush()
                os.fsync(file.fileno())
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(aside, place)
            except FileExistsError:
                return False
            _sync_folder(place.parent)
        except OSError as error:
            raise BadInput(f"cannot be written: {error.strerror}", path=str(place)) from error
        return True

    def require_lock(self) -> None:
        raise no_lock(self.uri)

    def lock(self, path: str, until: datetime) -> None:  # noqa: ARG002 - there is no lock
        raise no_lock(self.uri)


def _sync_folder(folder: Path) -> None:
    """Bring a new name to the disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
