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


def is_on_the_way(repository: Repository, older: str, newer: str) -> bool:
    """Whether ``older`` is ``newer`` or on the way back from it along first parents. Both are full ids."""
    steps = git.read(repository.git_dir, "rev-list", "--first-parent", "--end-of-options", newer, "--")
    return older in steps.decode("ascii").split()


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


def _is_no(error: git.GitFailed) -> bool:
    """Whether git means no: it ends with the same status when it met a hole, but then it complains."""
    return error.status == 1 and not error.stderr.strip()
