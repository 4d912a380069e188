"""Delivering an artifact: what arrives is hashed as it comes, and gets its name when all of it is right.

Beside the target lies a hidden folder while the bytes come, ``.NAME.registry-pull``. What a break leaves
there is gone on with; nothing else is ever left, and nothing at the target that is not the artifact.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from errno import ENOTEMPTY
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput, Refused
from gitregistry.storage.artifact_cache import ArtifactCache
from gitregistry.storage.artifacts import (
    ArtifactFacts,
    ArtifactFile,
    Progress,
    check_file_name,
    folder_digest,
    hash_artifact,
)
from gitregistry.storage.parts import Part, claimed, link
from gitregistry.storage.ranges import Piece, fetched, open_ranges, pieces_of, windows

# How many files are brought to the disk at a time: each waits for it.
_DISK = 8


class Delivered(NamedTuple):
    """Where an artifact lies now; ``fetched_bytes`` is what had to come from its store."""

    place: Path
    fetched_bytes: int


class WrongBytes(Refused):
    """What came is not what the release names."""


def deliver(
    artifact: ArtifactFacts, target: Path, cache: ArtifactCache | None, on_progress: Progress | None
) -> Delivered:
    """Bring an artifact to a place that is free, or that holds it already.

    Raises:
        WrongBytes: the store holds something else. Nothing is left.
        BadInput: the target is taken, or the bytes do not come.
    """
    check_deliverable(artifact)
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link at the target is not followed
    if _holds(target, artifact):
        return Delivered(target, 0)
    folder = target.with_name(f".{target.name}.registry-pull")
    with claimed(folder), _cleared_when_wrong(folder):
        delivery = _Delivery(artifact, folder, cache, on_progress)
        delivery.bring()
        _place(delivery.built(), target)
        shutil.rmtree(folder)
    return Delivered(target, delivery.fetched_bytes)


def check_deliverable(artifact: ArtifactFacts) -> None:
    """Refuse a list of files that is not the artifact's, or that would land elsewhere.

    Raises:
        Refused: so it is.
    """
    paths = {file.path for file in artifact.files}
    for file in artifact.files:
        check_file_name(file.path, artifact.uri)
        above = file.path
        while above := above.rpartition("/")[0]:
            if above in paths:
                raise Refused(f"{above} is both a file and a folder of the artifact", path=artifact.uri)
    if len({path.casefold() for path in paths}) != len(artifact.files):
        raise Refused("two files of the artifact differ by case alone, or not at all", path=artifact.uri)
    if artifact.files:
        said = (artifact.digest, artifact.size)
        listed = (folder_digest(artifact.files), sum(file.size for file in artifact.files))
        if said != listed:
            raise Refused(
                f"the release says {said[0]} with {said[1]} bytes, its list of files makes {listed[0]} "
                f"with {listed[1]}",
                path=artifact.uri,
                hint="registry verify says which commit brought it",
            )


def _holds(target: Path, artifact: ArtifactFacts) -> bool:
    """Whether the artifact lies there already; False where nothing does, or an empty folder for a folder."""
    if not os.path.lexists(target):
        return False
    if artifact.files and target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
        return False
    if not target.is_symlink() and target.is_dir() == bool(artifact.files):
        found = hash_artifact(str(target), known={file.path for file in artifact.files})
        if (found.digest, found.size) == (artifact.digest, artifact.size):
            return True
    raise _taken(target)


@contextmanager
def _cleared_when_wrong(folder: Path) -> Iterator[None]:
    """Leave nothing of what is wrong, nor an empty folder where nothing came."""
    try:
        yield
    except WrongBytes:
        shutil.rmtree(folder)
        raise
    except BaseException:
        if not any(part.stat().st_size for part in folder.glob("parts/*")):  # nothing to go on with
            shutil.rmtree(folder)
        raise


class _Delivery:
    """One artifact on its way into a folder: its files by their digests under ``parts``, then as ``tree``."""

    def __init__(
        self, artifact: ArtifactFacts, folder: Path, cache: ArtifactCache | None, on_progress: Progress | None
    ) -> None:
        self._artifact = artifact
        self._folder = folder
        self._cache = cache
        self._tell = on_progress
        self._done = 0
        self._files = artifact.files or (ArtifactFile("", artifact.digest, artifact.size),)
        self.fetched_bytes = 0

    def bring(self) -> None:
        """Have the bytes of every file, right from the first to the last."""
        (self._folder / "parts").mkdir(exist_ok=True)
        wanted = {file.digest: file for file in self._files}  # files with the same bytes come once
        missing = [file for file in wanted.values() if not self._is_cached(file)]
        begun_wrongly = self._fetch(missing)
        self._fetch(begun_wrongly)

    def built(self) -> Path:
        """The artifact as it is to lie at the target: a file, or a folder of files."""
        if not self._artifact.files:
            return self._part(self._files[0])
        tree = self._folder / "tree"
        if tree.exists():  # an earlier attempt was ended while it built this
            shutil.rmtree(tree)
        linked: set[str] = set()
        for file in self._files:
            place = tree / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.digest in linked:  # two files, not one with two names: they may come to differ
                shutil.copyfile(self._part(file), place)
            else:
                link(self._part(file), place)
            linked.add(file.digest)
        return tree

    def _part(self, file: ArtifactFile) -> Path:
        return self._folder / "parts" / file.digest.removeprefix("sha256:")

    def _is_cached(self, file: ArtifactFile) -> bool:
        """Whether the cache has it, and it is here now; what was copied is what was hashed."""
        if self._cache is None or not self._cache.copy(file.digest, self._part(file)):
            return False
        self._count(file.size)
        return True

    def _fetch(self, files: Sequence[ArtifactFile]) -> list[ArtifactFile]:
        """Fetch these files; those that an earlier attempt had begun with other bytes come back, cleared."""
        begun_wrongly: list[ArtifactFile] = []
        begun = [(file, start) for file in files if (start := self._begin(file)) is not None]
        by_path = {file.path: file for file, _ in begun}
        pieces = (piece for file, start in begun for piece in pieces_of(file.path, start, file.size))
        with ThreadPoolExecutor(_DISK) as disk, ExitStack() as unfinished:
            ending: list[Future[None]] = []
            part: Part | None = None
            for piece, data in _arriving(self._artifact.uri, pieces):
                file = by_path[piece.path]
                if part is None:  # pieces come file by file, each from its beginning to its end
                    part = unfinished.enter_context(Part(self._part(file), file.size))
                part.write(data)
                self.fetched_bytes += len(data)
                self._count(len(data))
                if piece.end == file.size:
                    if self._is_right(file, part):
                        unfinished.pop_all()
                        ending.append(disk.submit(self._keep, file, part))
                    else:
                        unfinished.close()
                        begun_wrongly.append(file)
                    part = None
            for ended in ending:
                ended.result()
        return begun_wrongly

    def _begin(self, file: ArtifactFile) -> int | None:
        """Where to go on; None when all of it is here."""
        place = self._part(file)
        if file.size and not place.exists():
            return 0
        with Part(place, file.size) as part:
            if part.position == file.size and self._is_right(file, part):
                self._count(file.size)
                return None
            self._count(part.position)
            return part.position

    def _is_right(self, file: ArtifactFile, part: Part) -> bool:
        """Whether a whole file is what it must be; one that was begun by an earlier attempt is cleared."""
        if part.digest == file.digest:
            return True
        if not part.resumed:
            place = f"{self._artifact.uri}/{file.path}" if file.path else self._artifact.uri
            raise WrongBytes(
                f"the store holds other bytes: expected {file.digest}, found {part.digest}; nothing was left",
                path=place,
                hint="put back the bytes that were registered",
            )
        self._count(-part.position)
        part.restart()
        return False

    def _keep(self, file: ArtifactFile, part: Part) -> None:
        with part:
            part.keep()
        if self._cache is not None:
            self._cache.add(file.digest, part.place)

    def _count(self, size: int) -> None:
        self._done += size
        if self._tell is not None:
            self._tell(self._done, self._artifact.size)


def _arriving(address: str, pieces: Iterator[Piece]) -> Iterator[tuple[Piece, bytes]]:
    """The pieces in their order; while some are written, the next are on their way."""
    waiting = windows(pieces)
    window = next(waiting, None)
    if window is None:
        return
    ranges = open_ranges(address)
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(fetched, ranges, window)
        while window is not None:
            found = coming.result()
            following = next(waiting, None)
            if following is not None:
                coming = ahead.submit(fetched, ranges, following)
            yield from zip(window, found, strict=True)
            window = following


def _place(made: Path, target: Path) -> None:
    """Give what was made its name, in one instant, unless something lies there by now."""
    try:
        if made.is_dir():
            made.rename(target)
        else:
            link(made, target)
    except (FileExistsError, NotADirectoryError) as error:
        raise _taken(target) from error
    except OSError as error:
        if error.errno == ENOTEMPTY:
            raise _taken(target) from error
        raise BadInput(f"cannot be put in place: {error.strerror}", path=str(target)) from error


def _taken(target: Path) -> BadInput:
    return BadInput(
        "something else lies there, and is left as it is",
        path=str(target),
        hint="name a place that is free, or move away what lies there",
    )
