"""The registry that a command works on: its repository, its branch, and the registry as it stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from gitregistry.errors import BadInput, NotFound
from gitregistry.records import paths
from gitregistry.registry.snapshot import Cache, Snapshot
from gitregistry.storage.history import commit_at, resolve_revision
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree
from gitregistry.storage.repository import Repository, find_repository, user_config

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?")


class Workspace:
    """One repository and the branch in it that is the registry. Close it after use.

    Args:
        directory: a folder in the repository.
        branch: short name of the registry's branch; None for the one checked out.
    """

    def __init__(self, directory: Path, branch: str | None = None) -> None:
        self.directory = directory
        self.repository: Repository = find_repository(directory)
        self.objects = Objects(self.repository)
        self.cache = Cache()
        self._branch = branch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.objects.close()

    @cached_property
    def config(self) -> dict[str, str]:
        """The user's Git configuration here."""
        return user_config(self.repository)

    @property
    def ref(self) -> str:
        """Full name of the registry's branch.

        Raises:
            BadInput: HEAD is detached and no branch was named.
        """
        if self._branch is not None:
            return f"refs/heads/{self._branch}"
        if self.repository.head_ref is None:
            raise BadInput(
                "HEAD is detached: a commit made here would belong to no branch",
                path=str(self.directory),
                hint="git switch main, or name the branch: --branch main",
            )
        return self.repository.head_ref

    def tip(self) -> str | None:
        """The commit that the registry's branch is at; None before the first."""
        if self._branch is None and self.repository.head_ref is None:
            return self.objects.resolve("HEAD")
        return self.objects.resolve(self.ref)

    def commit(self, at: str | None = None) -> str:
        """The commit that a question is about.

        Args:
            at: a revision, or a date or time: then the last first-parent commit not after it. A date alone
                means the end of that day in UTC.

        Raises:
            BadInput: the branch has no commit, or ``at`` means none.
        """
        tip = self.tip()
        if tip is None:
            if self._branch is not None:
                raise NotFound(f"there is no branch {self._branch}", hint="git branch --list")
            raise not_a_registry(self.directory)
        if at is None:
            return tip
        if not _DATE.fullmatch(at):
            return resolve_revision(self.repository, at)
        found = commit_at(self.repository, tip, _moment(at))
        if found is None:
            raise NotFound(f"the registry began after {at}", hint="registry log")
        return found

    def snapshot(self, commit: str) -> Snapshot:
        """The registry as it stood at a commit.

        Raises:
            BadInput: there is no registry in it.
        """
        snapshot = Snapshot(RegistryTree(self.objects, commit), self.cache)
        if snapshot.tree.entry(paths.TRUST) is None:
            raise not_a_registry(self.directory)
        return snapshot


def not_a_registry(directory: Path) -> BadInput:
    """What to say of a repository without a registry."""
    return BadInput(
        f"this repository holds no registry ({paths.TRUST} is missing on this branch)",
        path=str(directory),
        hint="registry init DIR --name NAME makes one; -C DIR and --branch NAME choose another",
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a date: {error}", hint="--at 2026-05-01") from None
    if len(text) == len("2026-05-01"):
        moment = datetime.combine(moment.date(), time.min, UTC) + timedelta(days=1, seconds=-1)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
