"""An artifact, or a file of it, in a folder of its own for as long as it is looked into.

The bytes are copied and hashed on the way, so that what is looked into is what was registered, and nobody
changes it meanwhile.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitregistry.operations.pull import artifact_of, file_of
from gitregistry.records.release import Release
from gitregistry.storage.artifacts import ArtifactFacts
from gitregistry.storage.delivery import deliver


@contextmanager
def artifact_at_hand(release: Release) -> Iterator[Path]:
    """The whole artifact: a file, or a folder of files.

    Raises:
        WrongBytes: the store holds something else.
        BadInput: the bytes do not come.
    """
    with bytes_at_hand(artifact_of(release)) as place:
        yield place


@contextmanager
def file_at_hand(release: Release, path: str) -> Iterator[Path | None]:
    """One of its files, or with the empty path the artifact itself; None when it has no such file."""
    facts = file_of(artifact_of(release), path)
    if facts is None:
        yield None
        return
    with bytes_at_hand(facts) as place:
        yield place


@contextmanager
def bytes_at_hand(facts: ArtifactFacts) -> Iterator[Path]:
    """An artifact's bytes, by what is known of it.

    Raises:
        WrongBytes: the store holds something else.
        BadInput: the bytes do not come.
    """
    with tempfile.TemporaryDirectory(prefix="registry-check-") as folder:
        yield deliver(facts, Path(folder) / "artifact", None, None).place
