"""What lies under an address, file by file, with size and age: nothing of it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage.artifacts import NothingThere
from gitregistry.storage.local_artifacts import local_path


class Listed(NamedTuple):
    """One file; ``modified`` is None where the store does not tell."""

    uri: str
    size: int
    modified: datetime | None


def listing(address: str) -> list[Listed]:
    """All files under an address, sorted by it; links are not followed.

    Raises:
        BadInput: there is nothing, or it cannot be read.
    """
    scheme, separator, _ = address.partition("://")
    if not separator or scheme == "file":
        return sorted(_local(local_path(address).resolve()))
    return sorted(_remote(address.rstrip("/"), scheme))


def same_place(uri: str) -> str:
    """An address as ``listing`` writes it."""
    scheme, separator, _ = uri.partition("://")
    return local_path(uri).resolve().as_uri() if not separator or scheme == "file" else uri.rstrip("/")


def _local(top: Path) -> Iterator[Listed]:
    if not top.exists():
        raise NothingThere("no such file or folder", path=str(top))

    def fail(error: OSError) -> None:
        raise BadInput(f"cannot be read: {error.strerror}", path=str(error.filename)) from error

    for folder, _, names in os.walk(top, onerror=fail):
        for name in names:
            place = Path(folder, name)
            facts = place.stat(follow_symlinks=False)
            yield Listed(place.as_uri(), facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _remote(address: str, scheme: str) -> Iterator[Listed]:
    from gitregistry.storage.remote_artifacts import file_system, understood  # noqa: PLC0415 - slow to load

    files, top = file_system(address)
    with understood(address):
        files.invalidate_cache()
        found = files.find(top, detail=True, withdirs=False)
        if not found:
            raise FileNotFoundError(address)
    for name, facts in found.items():
        known = (facts.get(mark) for mark in ("LastModified", "last_modified", "mtime", "created"))
        modified = next((value for value in known if isinstance(value, datetime)), None)
        yield Listed(f"{scheme}://{name.lstrip('/')}", int(facts["size"] or 0), modified)
