"""Where a repository keeps its hooks, and putting one there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.repository import Repository


def hooks_folder(repository: Repository) -> Path:
    """The folder that git runs this repository's hooks from; ``core.hooksPath`` has its say."""
    # Without the options of every other command here: they turn hooks off, which is not what is asked.
    command = ["git", "-C", str(repository.work_tree or repository.git_dir)]
    command += [f"--git-dir={repository.git_dir}", "rev-parse", "--path-format=absolute"]
    command += ["--git-path", "hooks"]
    with git.start(command, git.writing_environment(os.environ), stderr=subprocess.PIPE) as process:
        output, errors = process.communicate()
    if process.returncode:
        raise git.failure("rev-parse", process.returncode, errors)
    return Path(os.fsdecode(output).removesuffix("\n"))


def require_branch_name(repository: Repository, branch: str) -> None:
    """Raise BadInput for what cannot be a branch's short name."""
    fault = BadInput(f"{branch!r} cannot be the name of a branch")
    if branch.startswith("-"):  # git's own rule for short names
        raise fault
    try:
        git.read(repository.git_dir, "check-ref-format", f"refs/heads/{branch}")
    except git.GitFailed:
        raise fault from None


def read_hook(path: Path) -> str | None:
    """What a hook says; None when there is none."""
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"the hook cannot be read: {error.strerror}", path=str(path)) from None


def write_hook(path: Path, script: str) -> None:
    """Put an executable hook there at once: no push meets half of one."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(script, "utf-8", "surrogateescape")
        temporary.chmod(0o755)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadInput(f"the hook cannot be written: {error.strerror}", path=str(path)) from None
