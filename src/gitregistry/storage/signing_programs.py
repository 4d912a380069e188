"""The programs that git would sign with: the user may name them, a clone by itself may not."""

from __future__ import annotations

import os
import re

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.repository import Repository

_PROGRAM = re.compile(r"gpg\.(?:[a-z0-9]+\.)?program|gpg\.ssh\.defaultkeycommand")
_OF_THE_CLONE = ("local", "worktree")


def require_own_programs(repository: Repository) -> None:
    """Raise BadInput where the repository's own configuration names a program to sign with.

    Whoever made the clone wrote that file, and git would run the program with the user's rights.
    """
    words = git.write(repository.git_dir, "config", "--list", "--show-scope", "-z", shielded=False).split(
        b"\0"
    )
    for scope, item in zip(words[::2], words[1::2], strict=False):
        name, _, value = os.fsdecode(item).partition("\n")
        if os.fsdecode(scope) in _OF_THE_CLONE and _PROGRAM.fullmatch(name):
            raise BadInput(
                f"this clone's own configuration names what is to sign ({name}); nothing was changed",
                path=str(repository.common_dir / "config"),
                hint=f"if it is yours: git config --global {name} '{value}' && git config --unset-all {name}",
            )
