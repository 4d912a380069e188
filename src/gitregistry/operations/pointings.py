"""What every environment points at, read as ``resolve`` reads it: for those who are to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from gitregistry.errors import NotFound, RegistryError
from gitregistry.operations.law import require_law
from gitregistry.operations.require import unknown_model
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened
from gitregistry.registry.releases import model_names
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce, matches_any
from gitregistry.storage.ancestry import follows_first_parents
from gitregistry.storage.objects import is_object_id
from gitregistry.storage.registry_tree import RegistryTree

Outcome = Literal["same", "set", "removed", "left out", "failed"]


class Pointing(NamedTuple):
    """One environment of one model.

    Attributes:
        release: what it points at; None when that is nothing, or cannot be told.
        sequence: the number of the alias record that says so; 0 when there is none.
        commit: the step that brought the record.
        fault: why it cannot be told.
    """

    model: str
    environment: str
    release: Opened[Release] | None
    sequence: int
    commit: str | None
    fault: RegistryError | None = None

    @property
    def name(self) -> str:
        return f"{self.model}@{self.environment}"


class Told(NamedTuple):
    """What became of telling one pointing to somebody outside.

    Attributes:
        target: what there stands for the release; None for nothing.
        found: what stood there.
        reason: what differed, or why it could not be told.
        hint: what would help; for those that failed.
    """

    pointing: Pointing
    target: str | None
    found: str | None
    outcome: Outcome
    reason: str | None = None
    hint: str | None = None


class Pointings(NamedTuple):
    """All that was asked for, and how to know this registry's own past."""

    commit: str
    all: tuple[Pointing, ...]
    trust: TrustInForce
    workspace: Workspace

    def knows_step(self, commit: str) -> bool:
        """Whether a commit is a step of this branch's history."""
        if not is_object_id(commit):
            return False
        return follows_first_parents(self.workspace.repository, commit, self.commit)

    def releases(self, model: str) -> Iterator[Release]:
        """Every release of a model that can be read."""
        snapshot = self.workspace.snapshot(self.commit)
        for version in snapshot.names_in(paths.releases_folder(model)):
            try:
                name = f"{model}:{version}"
                yield resolve_reference(self.workspace, name, self.commit)[0].record
            except RegistryError:  # its own finding elsewhere; what it was called there is not known
                continue


def pointings(workspace: Workspace, globs: Sequence[str]) -> Pointings:
    """What the environments of these models point at, or of all when no pattern is given.

    What cannot be believed of one environment is its own fault, and stops no other.

    Raises:
        NotFound: no model fits.
        CannotTell: history is not all here.
    """
    commit = workspace.commit()
    snapshot = workspace.snapshot(commit)
    law = require_law(snapshot)
    models = [name for name in model_names(snapshot) if not globs or matches_any(tuple(globs), name)]
    if globs and not models:
        if len(globs) == 1 and "*" not in globs[0]:
            raise unknown_model(snapshot, globs[0])
        raise NotFound(f"no model fits {' or '.join(globs)}", hint="registry list")
    known = [environment.name for environment in law.policy.record.environments]
    found = tuple(
        _pointing(workspace, snapshot, model, environment)
        for model in models
        for environment in _environments(snapshot, model, known)
    )
    return Pointings(commit, found, law.trust, workspace)


def _environments(snapshot: Snapshot, model: str, known: Sequence[str]) -> list[str]:
    """Those of the policy, and those that it no longer knows and that still point somewhere."""
    folder = paths.alias(model, "x").rpartition("/")[0]
    there = (name.removesuffix(".yaml") for name in snapshot.names_in(folder) if name.endswith(".yaml"))
    return list(dict.fromkeys((*known, *there)))


def _pointing(workspace: Workspace, snapshot: Snapshot, model: str, environment: str) -> Pointing:
    path = paths.alias(model, environment)
    if snapshot.tree.entry(path) is None:
        return Pointing(model, environment, None, 0, None)
    try:
        release, alias, read = resolve_reference(workspace, f"{model}@{environment}", None)
    except RegistryError as fault:
        return Pointing(model, environment, None, 0, None, fault)
    sequence = alias.record.sequence if alias is not None else 0
    moved = next(iter(RegistryTree(workspace.objects, read).past(path)))
    return Pointing(model, environment, release, sequence, moved.commit)
