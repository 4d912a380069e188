"""Making and asking real repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from gitregistry.storage.commits import Identity, NewCommit, build_commit
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository, find_repository, user_config
from gitregistry.storage.worktree import Refreshed, land

MAIN = "refs/heads/main"
NOBODY = Identity("Nobody", "nobody@example.com")


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git as a user would; its output without the last line end."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def make(folder: Path, *options: str) -> Repository:
    """A new repository with the branch main."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", *options)
    return find_repository(folder)


def commit(
    repository: Repository, files: Mapping[str, bytes | None], message: str = "a step", ref: str = MAIN
) -> tuple[str, Refreshed]:
    """Commit files on a branch the way the registry does."""
    with Objects(repository) as objects:
        tip = objects.resolve(ref)
        new = build_commit(
            repository, objects, NewCommit(tip, files, message), user_config(repository), NOBODY
        )
        return new, land(repository, objects, ref, tip, new, message)


def raw_tree(repository: Repository, data: bytes) -> str:
    """Write a tree object as it is, however malformed."""
    arguments = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    return git(repository.git_dir, *arguments, stdin=data)


def raw_commit(repository: Repository, tree: str, *parents: str) -> str:
    """Commit a tree however malformed."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += ["author A <a@example.com> 1700000000 +0000", "committer A <a@example.com> 1700000000 +0000"]
    text = "\n".join([*lines, "", "raw\n"]).encode()
    return git(repository.git_dir, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)


def status(folder: Path) -> str:
    """What git status says, one line a file."""
    return git(folder, "status", "--porcelain", "--untracked-files=all")
