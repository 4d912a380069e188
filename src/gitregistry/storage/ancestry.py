"""Which commit contains which, and where two went apart."""

from __future__ import annotations

from gitregistry.errors import CannotTell
from gitregistry.storage import git
from gitregistry.storage.repository import Repository


def is_ancestor(repository: Repository, older: str, newer: str) -> bool:
    """Whether ``newer`` contains ``older``; a commit contains itself. Both are full ids."""
    try:
        git.read(repository.git_dir, "merge-base", "--is-ancestor", older, newer)
    except git.GitFailed as error:
        if _is_no(error):
            return False
        raise
    return True


def merge_bases(repository: Repository, one: str, other: str) -> list[str]:
    """The newest commits that both contain: mostly one, several after criss-cross merges, none of strangers.

    Both are full ids.

    Raises:
        CannotTell: an object is missing or damaged.
    """
    try:
        found = git.read(repository.git_dir, "merge-base", "--all", one, other)
    except git.GitFailed as error:
        if _is_no(error):
            return []
        raise CannotTell(f"history cannot be read: {error.message}", hint="git fsck") from error
    return found.decode("ascii").split()


def follows_first_parents(repository: Repository, older: str, newer: str) -> bool:
    """Whether ``older`` is on the way back from ``newer`` along first parents; a commit is on its own way.

    Both are full ids. ``newer`` is here; an ``older`` that is not here is on no way of this clone.
    """
    if older == newer:
        return True
    try:
        steps = git.read(
            repository.git_dir,
            "rev-list",
            "--first-parent",
            "--parents",
            "--end-of-options",
            newer,
            f"^{older}",
        )
    except git.GitFailed as error:
        if error.status == 128 and "bad object" in error.stderr:
            return False
        raise
    # The last commit that is not older itself: what it was made on is where the two ways meet, if they do.
    last = steps.decode("ascii").splitlines()[-1:]
    return bool(last) and last[0].split()[1:2] == [older]


def is_published(repository: Repository, branch: str, head: str) -> bool:
    """Whether a branch's commit is also where it is pulled from, as far as this clone knows.

    A branch (full name) that is pulled from nowhere is published as it stands.
    """
    upstream = _reference(repository, "%(upstream)", branch)
    if not upstream:
        return True
    there = _reference(repository, "%(objectname)", upstream)
    return bool(there) and is_ancestor(repository, head, there)


def _reference(repository: Repository, field: str, name: str) -> str:
    """One field of one reference, by its full name; empty when there is none."""
    said = git.read(repository.git_dir, "for-each-ref", f"--format=%(refname) {field}", "--", name)
    pairs = (line.split(" ", 1) for line in said.decode("utf-8", "surrogateescape").splitlines())
    return next((value for reference, value in pairs if reference == name), "")


def _is_no(error: git.GitFailed) -> bool:
    """Whether git means no: it ends with the same status when it met a hole, but then it complains."""
    return error.status == 1 and not error.stderr.strip()
