"""Writing artifacts into this process's memory, for programs that try things out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from gitregistry.storage.remote_artifacts import file_system
from gitregistry.storage.stores import Content, OnBytes, no_lock


class MemoryStore:
    """A place under ``memory://``."""

    at_once = 1

    def __init__(self, address: str) -> None:
        self.uri = address
        self._files, self._top = file_system(address)

    def is_small(self, content: Content) -> bool:  # noqa: ARG002 - nothing is gained by writing several
        return False

    @contextmanager
    def begun(self, largest: Content) -> Iterator[list[str]]:  # noqa: ARG002 - a name is written once
        yield []

    def create(self, path: str, content: Content, on_bytes: OnBytes) -> bool:
        with content.open() as source:
            data = source.read()
        try:
            self._files.pipe_file(f"{self._top}/{path}" if path else self._top, data, mode="create")
        except FileExistsError:
            return False
        on_bytes(len(data))
        return True

    def require_lock(self) -> None:
        raise no_lock(self.uri)

    def lock(self, path: str, until: datetime) -> None:  # noqa: ARG002 - there is no lock
        raise no_lock(self.uri)
