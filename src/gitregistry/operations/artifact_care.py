"""Care of the store: the artifacts that releases need, read again where they lie."""

from __future__ import annotations

import os
import time
from collections.abc import Container, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Lock
from typing import Literal, NamedTuple

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.artifact_notes import NEVER, Look, Which, looks, remember
from gitregistry.operations.pull import artifact_of
from gitregistry.operations.reading import Reading, places
from gitregistry.operations.require import unknown_model
from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken
from gitregistry.registry.releases import find_release, model_names, version_names
from gitregistry.registry.retirements import is_withdrawn
from gitregistry.storage.artifact_check import NotWhole, check_files, files_of
from gitregistry.storage.artifacts import ArtifactFacts, Progress
from gitregistry.storage.delivery import check_deliverable

# How many artifacts are read at a time; each holds the pieces of one window in memory.
_AT_ONCE = 2
# Seconds between two notes of what was seen: more are lost by a kill at most.
_NOTE_EVERY = 2.0

Verdict = Literal["whole", "missing", "other", "unknown"]


class Needed(NamedTuple):
    """An artifact, the releases that are it, and the places that serve it as MODEL@ENVIRONMENT."""

    artifact: ArtifactFacts
    releases: tuple[str, ...]
    serving: tuple[str, ...]


class Examined(NamedTuple):
    """What became of one artifact.

    Attributes:
        seen: when it was seen whole; before this run where it was gone on with.
        reason: in words, why it is not whole.
        hint: the command that helps.
    """

    needed: Needed
    verdict: Verdict
    seen: str | None
    reason: str | None = None
    hint: str | None = None


def needed(reading: Reading, model: str | None, *, live: bool) -> list[Needed]:
    """The artifacts of all releases that were not withdrawn, or of those that serve, each once.

    Raises:
        NotFound: there is no such model.
        Refused: a manifest cannot be used: what it needs is not known.
    """
    if model is not None and not reading.snapshot.names_in(paths.model_folder(model)):
        raise unknown_model(reading.snapshot, model)
    serving: dict[str, list[str]] = {}
    for place in places(reading):
        bound = [binding.version for binding in place.deployment.bindings] if place.deployment else []
        for version in dict.fromkeys((*([place.alias.version] if place.alias else []), *bound)):
            serving.setdefault(f"{place.model}:{version}", []).append(f"{place.model}@{place.environment}")
    found: dict[Which, Needed] = {}
    for name, release in _releases(reading, model, only=serving if live else None):
        if name not in serving and is_withdrawn(reading.snapshot, release.model_name, release.version):
            continue
        artifact = artifact_of(release)
        known = found.get((artifact.uri, artifact.digest), Needed(artifact, (), ()))
        found[artifact.uri, artifact.digest] = Needed(
            artifact, (*known.releases, name), (*known.serving, *serving.get(name, ()))
        )
    return list(found.values())


def all_artifacts(reading: Reading) -> list[ArtifactFacts]:
    """What any release names, withdrawn or not.

    Raises:
        Refused: a manifest cannot be used: what it names is not known.
    """
    return [artifact_of(release) for _, release in _releases(reading, None, only=None)]


def _releases(
    reading: Reading, model: str | None, *, only: Container[str] | None
) -> Iterator[tuple[str, Release]]:
    """Releases by name: of one model or of all, and of those only these."""
    for name in [model] if model is not None else model_names(reading.snapshot):
        for version in version_names(reading.snapshot, name):
            if only is not None and f"{name}:{version}" not in only:
                continue
            try:
                opened = find_release(reading.snapshot, name, version)
            except Broken as broken:
                raise Refused(
                    f"what {name}:{version} needs is not known: {broken.message}",
                    path=paths.manifest(name, version),
                    hint="registry verify says which commit broke it",
                ) from None
            if opened is not None:
                yield f"{name}:{version}", opened.record


def examine(
    reading: Reading, wanted: Sequence[Needed], since: str | None, on_progress: Progress | None
) -> list[Examined]:
    """Read these artifacts again, several at once, and remember what was seen whole, and when.

    Args:
        since: those that were seen whole since then are not read again; None reads all.
    """
    remembered = looks(reading.workspace.repository, os.environ)
    examined: dict[int, Examined] = {}
    todo = []
    for index, item in enumerate(wanted):
        look = remembered.get(_which(item), NEVER)
        seen = look.whole if look.fault is None else None
        if since is not None and seen is not None and seen >= since:
            examined[index] = Examined(item, "whole", seen)
        else:
            todo.append(index)
    counter = _Counter(sum(wanted[index].artifact.size for index in todo), on_progress)
    notes = _Notes(reading)
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        coming = {pool.submit(_examined, wanted[index], reading.time, counter): index for index in todo}
        while coming:
            for done in wait(coming, return_when=FIRST_COMPLETED).done:
                found = examined[coming.pop(done)] = done.result()
                notes.add(found)
    finally:
        counter.stopped = True  # after Ctrl-C nobody waits for what is being read
        pool.shutdown(cancel_futures=True)
        notes.keep()
    return [examined[index] for index in range(len(wanted))]


def _examined(item: Needed, now: str, counter: _Counter) -> Examined:
    try:
        check_deliverable(item.artifact)
        check_files(item.artifact.uri, files_of(item.artifact), counter.add)
    except NotWhole as wrong:
        return Examined(item, "missing" if wrong.missing else "other", None, str(wrong), _way_on(item))
    except Refused as refused:  # the manifest contradicts itself
        return Examined(item, "other", None, str(refused), refused.hint)
    except BadInput as unread:
        return Examined(item, "unknown", None, str(unread), unread.hint)
    return Examined(item, "whole", now)


def _way_on(item: Needed) -> str:
    """What helps against lost bytes: where they serve, going back."""
    if item.serving:
        ways = [
            "registry rollback {} --in {} --reason '…'".format(*place.split("@")) for place in item.serving
        ]
    else:
        ways = [f"registry retire {name} --withdraw --reason '…'" for name in item.releases]
    return f"put back the bytes that were registered, or: {'; '.join(ways)}"


def _which(item: Needed) -> Which:
    return item.artifact.uri, item.artifact.digest


class _Stopped(Exception):
    """The run was ended; nothing was found out."""


class _Counter:
    """Bytes read, told from several threads."""

    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._total, self._tell, self._done = total, on_progress, 0
        self._turn = Lock()
        self.stopped = False

    def add(self, size: int) -> None:
        if self.stopped:
            raise _Stopped
        with self._turn:
            self._done += size
            if self._tell is not None:
                self._tell(self._done, self._total)


class _Notes:
    """What was seen in this run, written down every now and then."""

    def __init__(self, reading: Reading) -> None:
        self._repository = reading.workspace.repository
        self._before = looks(self._repository, os.environ)
        self._seen: dict[Which, Look] = {}
        self._kept = time.monotonic()

    def add(self, found: Examined) -> None:
        which = _which(found.needed)
        if found.verdict == "whole":
            self._seen[which] = Look(found.seen, None)
        elif found.verdict != "unknown":
            self._seen[which] = Look(self._before.get(which, NEVER).whole, found.reason)
        if time.monotonic() - self._kept > _NOTE_EVERY:
            self.keep()

    def keep(self) -> None:
        if self._seen:
            remember(self._repository, os.environ, self._seen)
        self._kept = time.monotonic()
