"""Artifacts' files by their digests, for all processes of a machine; what is taken out is hashed again."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.storage.artifacts import chunks
from gitregistry.storage.parts import Part


class ArtifactCache:
    """A folder ``sha256/ab/abcd…``. Files come in whole under a name of their own and are then renamed.

    Nothing in it is trusted: a file that is not what its name says is removed and fetched anew. All of it may
    be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, digest: str, to: Path) -> bool:
        """Copy a file out; False, and nothing is left, where it is not here or not what it should be."""
        place = self._place(digest)
        try:
            source = os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0)
        except OSError:  # not here, or not to be read: it comes from its store
            return False
        with source, Part(to, 0) as part:
            for chunk in chunks(source):
                part.write(chunk)
            if part.digest == digest:
                part.keep()
                return True
        to.unlink()
        with suppress(OSError):
            place.unlink()
        return False

    def add(self, digest: str, found: Path) -> None:
        """Put a copy of a file in, whose digest was just seen to be this one.

        Raises:
            BadInput: the folder cannot be written to.
        """
        place = self._place(digest)
        arriving = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, arriving)
            arriving.replace(place)
        except OSError as error:
            with suppress(OSError):
                arriving.unlink()
            raise BadInput(
                f"the cache cannot be written to: {error.strerror}",
                path=str(self._folder),
                hint="name another folder with --cache, or none",
            ) from error

    def _place(self, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        return self._folder / "sha256" / name[:2] / name
