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
