"""Making a repository where there is none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.repository import config_without_repository, find_repository, user_config


def create_repository(directory: Path) -> None:
    """Make ``directory`` a Git repository on branch ``main``, unless it is the top of one already.

    Raises:
        BadInput: the folder cannot be made, git is too old, or the repository there cannot be used.
    """
    git.require_git()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"cannot make this folder: {error.strerror}", path=str(directory)) from None
    if (directory / ".git").exists():
        find_repository(directory)
        return
    command = ["git", *git.WRITING_OPTIONS, "init", "--quiet", "--initial-branch=main", str(directory)]
    with git.start(command, git.writing_environment(os.environ), stderr=subprocess.PIPE) as process:
        _, errors = process.communicate()
    if process.returncode:
        problem = git.failure("init", process.returncode, errors)
        fault = git.disk_fault(problem.stderr)
        if fault:
            raise BadInput(f"cannot make a repository here: {fault}", path=str(directory))
        raise problem


def config_to_come(directory: Path) -> dict[str, str]:
    """The user's Git configuration as it holds in ``directory``, or will once it is a repository."""
    if (directory / ".git").exists():
        return user_config(find_repository(directory))
    return config_without_repository()
