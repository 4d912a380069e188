"""Reading objects: nothing too large is kept, nothing missing is fetched, nothing unhashed is believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from gitregistry.errors import CannotTell
from gitregistry.storage import git
from gitregistry.storage.cat_file import CatFile, Object, TooLarge, question
from gitregistry.storage.encoding import DamagedObject, Entry, MalformedTree, parse_tree
from gitregistry.storage.repository import Repository

RECORD_LIMIT = 1 << 20
# Folders and commit messages have no limit of their own; this one only protects memory.
LARGEST_OBJECT = 64 << 20
# Names asked for ahead of their answers: few enough to fit a pipe of 64 KiB (see CatFile.ask).
_AHEAD = 128
# Bytes kept of what was read ahead; what is over that is read when it is asked for.
_MOST_KEPT = 64 << 20
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class MissingObject(CannotTell):
    """An object that something names and that is not here."""


def is_object_id(text: str) -> bool:
    """Whether the text is a full object id in lower-case hex, of either length."""
    return _HEX.fullmatch(text) is not None


class Objects:
    """The objects of one repository. One child process, started at the first question; close it after use."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._child: CatFile | None = None
        self._kept: dict[str, Object] = {}
        self._bytes_kept = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process; a later question starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def resolve(self, name: str) -> str | None:
        """The commit that a full reference name (``refs/…``, ``HEAD``) or object id stands for; None if none.

        Short names are refused: a tag may be called ``main`` and a branch ``HEAD``.
        """
        if not (name.startswith("refs/") or name == "HEAD" or is_object_id(name)):
            return None
        found = self.read(f"{name}^{{commit}}")
        return found.oid if found else None

    def read(self, name: str, limit: int = RECORD_LIMIT) -> Object | TooLarge | None:
        """The object that a name stands for; None when there is none here.

        Args:
            name: a full id, a full reference name, ``<id>^{tree}``, ``<id>:<path>``…
            limit: in bytes.

        Raises:
            DamagedObject: it is not what its id says.
        """
        kept = self._kept.get(name)
        if kept is not None and len(kept.data) <= limit:
            return kept
        return next(self.read_many([name], limit))

    def gather(self, oids: Iterable[str]) -> None:
        """Read objects ahead and keep them: one after the other, each answer costs a change of process.

        What is missing or too large is left for whoever asks for it.
        """
        wanted = [oid for oid in dict.fromkeys(oids) if oid not in self._kept]
        for found in self.read_many(wanted):
            if isinstance(found, Object):
                self.keep(found)

    def keep(self, found: Object) -> None:
        """Remember an object whose id was worked out from its bytes."""
        if self._bytes_kept + len(found.data) <= _MOST_KEPT:
            self._kept[found.oid] = found
            self._bytes_kept += len(found.data)

    def read_many(
        self, names: Sequence[str], limit: int = RECORD_LIMIT
    ) -> Iterator[Object | TooLarge | None]:
        """As ``read``, for many names in their order, without waiting for each answer.

        Asking this instance anything else before the last answer has been taken breaks the series off.
        """
        for start in range(0, len(names), _AHEAD):
            batch = [(name, question(name)) for name in names[start : start + _AHEAD]]
            child = self._ask([line for _, line in batch if line])
            for position, (name, line) in enumerate(batch):
                if child is not self._child:
                    raise DamagedObject("the series of answers was broken off", path=name)
                answer = self._answer(name, limit) if line else None
                if self._child is None:
                    child = self._ask([later for _, later in batch[position + 1 :] if later])
                yield answer

    def blob(self, oid: str, limit: int = RECORD_LIMIT) -> bytes | TooLarge:
        """A file's bytes.

        Raises:
            MissingObject: it is not here.
            DamagedObject: it is no file, or not what its id says.
        """
        found = self._present(oid, limit)
        if found.kind != "blob":
            raise DamagedObject(f"object {oid} is a {found.kind}, not a file")
        return found.data if isinstance(found, Object) else found

    def tree(self, oid: str) -> dict[str, Entry]:
        """A folder's entries by name, in Git's order; ``<commit>^{tree}`` and ``<commit>:<path>`` will do.

        Raises:
            MissingObject: it is not here.
            MalformedTree: no honest git wrote it.
        """
        found = self._present(oid, LARGEST_OBJECT)
        if not isinstance(found, Object) or found.kind != "tree":
            raise MalformedTree(f"object {oid} is not a folder of a bearable size")
        return parse_tree(self.repository.object_format, found.oid, found.data)

    def _present(self, oid: str, limit: int) -> Object | TooLarge:
        found = self.read(oid, limit)
        if found is None:
            raise MissingObject(
                f"object {oid} is missing from this clone",
                hint="git fetch --unshallow, or clone again without --filter and --depth",
            )
        if is_object_id(oid) and found.oid != oid:
            raise DamagedObject(f"asked for {oid}, git answered with {found.oid}", hint="git fsck")
        return found

    def _ask(self, lines: list[bytes]) -> CatFile | None:
        if self._child is not None and self._child.owed:
            self.close()
        if lines:
            self._child = self._child or CatFile(self.repository)
            self._child.ask(lines)
        return self._child

    def _answer(self, name: str, limit: int) -> Object | TooLarge | None:
        assert self._child is not None  # noqa: S101 - read_many has asked
        try:
            return self._child.answer(name, limit)
        except EOFError:
            self.close()
            self._explain(name)
            return None
        except DamagedObject:
            self.close()
            raise

    def _explain(self, name: str) -> None:
        """Say why git gave up on a name: what another repository merely promised is not here, that is all."""
        try:
            git.read(self.repository.git_dir, "cat-file", "-p", name)
        except git.GitFailed as error:
            if "promisor" in error.stderr or "not allowed" in error.stderr:
                return
            raise DamagedObject(f"object {name} cannot be read: {error.message}", hint="git fsck") from error
        raise DamagedObject("git cat-file stopped answering", path=name, hint="git fsck")
