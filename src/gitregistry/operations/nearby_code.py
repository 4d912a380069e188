"""What the repository of the training code fills in: ``git_commit`` and ``git_repository``.

A commit says how an artifact was made only if nothing else was checked out, so a tree with uncommitted
changes is refused, or recorded as what it is. Files that were never added are counted and told: most are
data and outputs.
"""

from __future__ import annotations

from pathlib import Path

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.filling import Nearby
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.records.names import plain_or_shown
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.storage.history import resolve_revision
from gitregistry.storage.repository import Repository
from gitregistry.storage.training_code import (
    checked_out,
    differences,
    is_same_place,
    origin_of,
    training_repository,
)

OPTION = "--git"
EVEN_IF_DIRTY = "--even-if-the-code-is-not-committed"
DIRTY = "git_dirty"
_NAMED = 3


def code_nearby(manifest: ManifestInput, folder: Path, *, even_if_dirty: bool) -> Nearby | None:
    """The commit that is checked out in a folder's repository, and where that repository comes from.

    A manifest that names another commit stands: then only the repository is taken, if it has that commit.

    Returns:
        None when it does not have it: it is another repository.

    Raises:
        Refused: tracked files differ from the commit.
        BadInput: there is no repository, or no commit in it.
    """
    repository = training_repository(folder)
    head, given = checked_out(repository), manifest.text("git_commit")
    if given is not None and not head.startswith(given):
        return _of_another_commit(repository, folder, manifest)
    warnings: list[str] = []
    fields: dict[str, Value] = {"git_commit": head, **_origin(repository, folder, manifest, warnings)}
    tree = differences(repository)
    if tree.changed:
        named = ", ".join(plain_or_shown(path) for path in tree.changed[:_NAMED])
        more = f" and {len(tree.changed) - _NAMED} more" if len(tree.changed) > _NAMED else ""
        if not even_if_dirty:
            raise Refused(
                f"{named}{more}: not as committed, so the commit does not say how the artifact was made",
                path=str(folder),
                field="git_commit",
                hint=f"commit first and train again; or {EVEN_IF_DIRTY} records {DIRTY}: true",
            )
        fields["labels"] = {DIRTY: "true"}
        warnings.append(f"{folder}: {named}{more}: not as committed; recorded as labels.{DIRTY}: true")
    if tree.untracked:
        one = tree.untracked == 1
        warnings.append(
            f"{folder}: {tree.untracked} untracked file{'' if one else 's'} or folder{'' if one else 's'} "
            f"{'is' if one else 'are'} in no commit (git status; .gitignore names what does not matter)"
        )
    return Nearby(str(folder), OPTION, fields, tuple(warnings))


def _of_another_commit(repository: Repository, folder: Path, manifest: ManifestInput) -> Nearby | None:
    given = manifest.text("git_commit") or ""
    try:
        found = resolve_revision(repository, given)
    except BadInput:
        return None
    if not found.startswith(given):  # a branch or a tag of that name
        return None
    warnings: list[str] = []
    return Nearby(str(folder), OPTION, _origin(repository, folder, manifest, warnings), tuple(warnings))


def _origin(
    repository: Repository, folder: Path, manifest: ManifestInput, warnings: list[str]
) -> dict[str, Value]:
    """Its address, unless the manifest names the same repository, however it spells it."""
    origin, given = origin_of(repository), manifest.text("git_repository")
    if origin.address is not None and given is not None and is_same_place(given, origin.address):
        return {}
    if origin.address is None:
        warnings.append(f"{folder}: git_repository was not filled in: {origin.reason}")
        return {}
    return {"git_repository": Quoted(origin.address)}
