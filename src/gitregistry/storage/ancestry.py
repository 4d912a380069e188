"""Which commit contains which."""

from __future__ import annotations

from gitregistry.storage import git
from gitregistry.storage.repository import Repository


def is_ancestor(repository: Repository, older: str, newer: str) -> bool:
    """Whether ``newer`` contains ``older``; a commit contains itself. Both are full ids."""
    try:
        git.read(repository.git_dir, "merge-base", "--is-ancestor", older, newer)
    except git.GitFailed as error:
        if error.status == 1:
            return False
        raise
    return True


def is_on_the_way(repository: Repository, older: str, newer: str) -> bool:
    """Whether ``older`` is ``newer`` or on the way back from it along first parents. Both are full ids."""
    steps = git.read(repository.git_dir, "rev-list", "--first-parent", "--end-of-options", newer, "--")
    return older in steps.decode("ascii").split()
