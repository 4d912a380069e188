"""Where a repository is, and what the user configured there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput, CannotTell
from gitregistry.storage import git
from gitregistry.storage.encoding import ObjectFormat


class Repository(NamedTuple):
    """A Git repository on this machine.

    Attributes:
        git_dir: absolute; for a linked work tree its own folder under ``.git/worktrees``.
        common_dir: absolute; where objects and branches are.
        work_tree: absolute; None when bare, or when looked at from inside ``.git``.
        head_ref: full name of the branch that HEAD is on, born or not; None when detached.
        object_format: which hash names its objects.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    head_ref: str | None
    object_format: ObjectFormat

    @property
    def no_object(self) -> str:
        """The object id of nothing, all zeros, as long as this repository's ids are."""
        return "0" * (40 if self.object_format == "sha1" else 64)


def find_repository(start: Path, git_dir: str | None = None) -> Repository:
    """The repository around the folder ``start``.

    Args:
        git_dir: as git names it to a hook (``$GIT_DIR``), relative to ``start``; then nothing is searched.

    Raises:
        BadInput: no such folder, no repository there, or git distrusts its owner.
    """
    if not start.is_dir():
        raise BadInput("no such folder", path=str(start))
    # Discovery runs nothing of the repository, and only the user's own configuration can vouch for a folder
    # that belongs to somebody else.
    command = [
        "git",
        "-C",
        str(start),
        *([f"--git-dir={git_dir}"] if git_dir is not None else []),
        "rev-parse",
        "--path-format=absolute",
        "--git-dir",
        "--git-common-dir",
    ]
    command += ["--show-object-format", "--show-cdup"]
    environment = git.discovery_environment(os.environ)
    with git.start(command, environment, stderr=subprocess.PIPE) as process:
        output, errors = process.communicate()
    if process.returncode:
        raise _not_found(start, process.returncode, errors)
    lines = os.fsdecode(output).removesuffix("\n").split("\n")
    git_dir, common_dir, object_format, *up = lines if len(lines) > 2 else ["", "", ""]
    if object_format not in ("sha1", "sha256"):
        git.require_git()  # before 2.31 it repeats the options that it does not know, and ends well
        raise BadInput("this repository's path or object format cannot be used", path=str(start))
    return Repository(
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        # Bare repositories print no line; the top of a work tree prints an empty one. A work tree that does
        # not hold the folder asked about (core.worktree in a prepared clone) is not ours to write into.
        work_tree=(start / up[0]).resolve() if up and not Path(up[0]).is_absolute() else None,
        head_ref=read_head(Path(git_dir)),
        object_format="sha1" if object_format == "sha1" else "sha256",
    )


def _not_found(start: Path, status: int, errors: bytes) -> BadInput:
    problem = git.failure("rev-parse", status, errors)
    if "dubious ownership" in problem.stderr:
        return BadInput(
            "this repository belongs to another user, and git will not touch it unasked",
            path=str(start),
            hint=f"if you trust it: git config --global --add safe.directory '{start.resolve()}'",
        )
    if "not a git repository" in problem.stderr:
        return BadInput(
            "not inside a Git repository",
            path=str(start),
            hint="registry init DIR makes one; -C DIR names one",
        )
    return problem


def read_head(git_dir: Path) -> str | None:
    """Full name of the branch that HEAD is on; None when it is detached."""
    try:
        head = os.fsdecode((git_dir / "HEAD").read_bytes()).strip()
    except OSError:
        head = ""
    if head.startswith("ref: ") and head != "ref: refs/heads/.invalid":
        return head.removeprefix("ref: ").strip()
    if head and not head.startswith("ref: "):
        return None
    # Other ways of keeping references (reftable, a symbolic link) leave the answer to git.
    try:
        return os.fsdecode(git.read(git_dir, "symbolic-ref", "-q", "HEAD")).strip()
    except git.GitFailed as error:
        if error.status == 1:
            return None
        raise


def require_unborn(repository: Repository, ref: str) -> None:
    """Raise CannotTell when a reference names a commit after all: one that nobody can read here."""
    try:
        found = git.read(repository.git_dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref)
    except git.GitFailed:
        return
    raise CannotTell(
        f"commit {found.decode('ascii', 'replace').strip()}, where {ref} is, cannot be read in this clone",
        path=str(repository.common_dir),
        hint="git fsck",
    )


def user_config(repository: Repository) -> dict[str, str]:
    """The user's whole configuration as it holds in this repository; the last value of each name wins.

    Names are as git writes them: section and variable in lower case, a subsection as it stands
    (``branch.Main.remote``). A variable without a value is ``true``, as git reads it.
    """
    return _configuration(repository.git_dir)


def config_without_repository() -> dict[str, str]:
    """The user's configuration as a repository yet to be made will find it."""
    return _configuration(Path(os.devnull))


def _configuration(git_dir: Path) -> dict[str, str]:
    config: dict[str, str] = {}
    for item in git.write(git_dir, "config", "--list", "-z", shielded=False).split(b"\0"):
        name, equals, value = os.fsdecode(item).partition("\n")
        if name:
            config[name] = value if equals else "true"
    return config


def config_flag(config: Mapping[str, str], name: str) -> bool:
    """Whether a yes-or-no variable of ``user_config`` is set to yes."""
    value = config.get(name, "").lower()
    return value in ("true", "yes", "on") or (value.isdigit() and int(value) != 0)
