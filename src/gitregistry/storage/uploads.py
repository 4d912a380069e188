"""Uploading an artifact: each file written once, then read back before anybody is told that it is there."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from gitregistry.errors import Refused
from gitregistry.storage.artifact_check import NotWhole, check_files, files_of
from gitregistry.storage.artifacts import (
    ArtifactFacts,
    ArtifactFile,
    Member,
    NothingThere,
    Progress,
    Source,
    open_source,
    own_members,
)
from gitregistry.storage.stores import Content, OnBytes, Store


class Uploaded(NamedTuple):
    """What was done: how many bytes had to be sent, and what the user should know."""

    sent_bytes: int
    notes: tuple[str, ...]


def upload(
    address: str,
    artifact: ArtifactFacts,
    store: Store,
    *,
    locked_until: datetime | None,
    on_progress: Progress | None,
) -> Uploaded:
    """Write an artifact to a place that is free, or that holds it or some of its files already.

    Args:
        address: where the artifact is read from.
        artifact: what was found there.
        locked_until: until when nobody may remove it; None for no lock.

    Raises:
        Refused: something else lies there, and was not touched; what came back is not what was sent; or the
            store cannot promise what it must.
        BadInput: it cannot be written or read.
    """
    if locked_until is not None:
        store.require_lock()
    files = files_of(artifact)
    there, missing = _sorted_out(store.uri, files)
    to_send = sum(file.size for file in missing)
    counter = _Counter(
        to_send + sum(file.size for file in (*there, *(files if missing else ()))), on_progress
    )
    _check_there(store.uri, there, counter.add)
    notes = _send(address, store, missing, counter.add) if missing else ()
    if locked_until is not None:
        _lock(store, files, locked_until)
    if missing:
        _read_back(store.uri, files, counter.add)
    return Uploaded(to_send, notes)


def _sorted_out(uri: str, files: Sequence[ArtifactFile]) -> tuple[list[ArtifactFile], list[ArtifactFile]]:
    """The files that seem to be there, and those that are missing.

    Raises:
        Refused: something else is there.
    """
    try:
        there = own_members(open_source(uri).members(), {file.path for file in files})
    except NothingThere:
        there = []
    found = {member.path: member.size for member in there}
    strange = sorted(found.keys() - {file.path for file in files})
    if strange:
        raise _taken(f"{uri}/{strange[0]}" if strange[0] else uri, "it is no file of this artifact")
    present = [file for file in files if file.path in found]
    for file in present:
        if found[file.path] != file.size:
            sizes = f"it has {found[file.path]:,} bytes, the artifact's has {file.size:,}"
            raise _taken(f"{uri}/{file.path}" if file.path else uri, sizes)
    return present, [file for file in files if file.path not in found]


def _check_there(uri: str, there: Sequence[ArtifactFile], on_bytes: OnBytes) -> None:
    if not there:
        return
    try:
        check_files(uri, there, on_bytes)
    except NotWhole as other:
        raise _taken(other.path or uri, other.message) from None


def _send(address: str, store: Store, files: Sequence[ArtifactFile], on_bytes: OnBytes) -> tuple[str, ...]:
    """Write these files: large ones one by one, small ones several at a time."""
    source = open_source(address)
    contents = {file.path: _content(source, file) for file in files}
    small = [path for path, content in contents.items() if store.is_small(content)]
    large = [path for path, content in contents.items() if not store.is_small(content)]
    with store.begun(max(contents.values(), key=lambda content: content.size)) as notes:
        for path in large:
            store.create(path, contents[path], on_bytes)  # if others were faster, reading back tells
        with ThreadPoolExecutor(store.at_once) as pool:
            sending = [pool.submit(store.create, path, contents[path], on_bytes) for path in small]
            try:
                for sent in sending:
                    sent.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return tuple(notes)


def _content(source: Source, file: ArtifactFile) -> Content:
    return Content(file.size, lambda: source.open(Member(file.path, file.size)))


def _lock(store: Store, files: Sequence[ArtifactFile], until: datetime) -> None:
    with ThreadPoolExecutor(store.at_once) as pool:
        for _ in pool.map(lambda file: store.lock(file.path, until), files):
            pass


def _read_back(uri: str, files: Sequence[ArtifactFile], on_bytes: OnBytes) -> None:
    try:
        check_files(uri, files, on_bytes)
    except NotWhole as other:
        raise Refused(
            f"what lies there is not what was uploaded: {other.message}; nothing was registered",
            path=other.path,
            hint="somebody else writes to this place, or something on the way alters bytes: find out who, "
            "then upload to another place",
        ) from None


def _taken(place: str, how: str) -> Refused:
    return Refused(
        f"something else lies there, and is left as it is: {how}",
        path=place,
        hint="name a place that is free with --upload; a version's artifact never changes",
    )


class _Counter:
    """Bytes done, told from several threads."""

    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._total, self._tell, self._done = total, on_progress, 0
        self._turn = Lock()

    def add(self, size: int) -> None:
        with self._turn:
            self._done += size
            if self._tell is not None:
                self._tell(self._done, self._total)
