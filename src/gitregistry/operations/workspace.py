"""The registry that a command works on: its repository, its branch, and the registry as it stands there."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from gitregistry.errors import BadInput, NotFound
from gitregistry.records import paths
from gitregistry.registry.snapshot import Cache, Snapshot
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree
from gitregistry.storage.repository import Repository, find_repository, require_unborn, user_config


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
    def branch_ref(self) -> str | None:
        """Full name of the registry's branch; None when HEAD is detached and no branch was named."""
        return f"refs/heads/{self._branch}" if self._branch is not None else self.repository.head_ref

    @property
    def ref(self) -> str:
        """Full name of the registry's branch.

        Raises:
            BadInput: HEAD is detached and no branch was named.
        """
        branch = self.branch_ref
        if branch is None:
            raise BadInput(
                "HEAD is detached: a commit made here would belong to no branch",
                path=str(self.directory),
                hint="git switch main, or name the branch: --branch main",
            )
        return branch

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
            CannotTell: it has one that cannot be read here.
        """
        tip = self.tip()
        if tip is None:
            require_unborn(self.repository, "HEAD" if self._branch is None else self.ref)
            if self._branch is not None:
                raise NotFound(f"there is no branch {self._branch}", hint="git branch --list")
            raise not_a_registry(self.directory)
        if at is None:
            return tip
        from gitregistry.operations.past import commit_of_past  # noqa: PLC0415 - most questions ask of now

        return commit_of_past(self.repository, tip, at)

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
