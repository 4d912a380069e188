"""Running git, as plain functions.

Two environments, because two people are asked about: *reading* looks into a repository that may have been
prepared by an attacker and trusts nothing in it or around it; *writing* acts for the user in their own
clone and honours their configuration (identity, signing), with hooks off. Both speak English, so that
git's messages can be told apart.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gitregistry.errors import BadInput

OLDEST_GIT = (2, 34)

PINNED_OPTIONS = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.commitGraph=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.excludesFile=/dev/null",
    "-c", "core.warnAmbiguousRefs=false",
    "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
    "-c", "advice.graftFileDeprecated=false",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    # Of the 96 MiB that git would take, long histories gain nothing.
    "-c", "core.deltaBaseCacheLimit=8m",
)  # fmt: skip

WRITING_OPTIONS = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "i18n.commitEncoding=UTF-8",
    # A record said to be committed must outlive a power cut, which git's default does not see to. In one
    # batch, which also means that objects cut short by a full disk are taken away again.
    "-c", "core.fsync=committed,loose-object,reference",
    "-c", "core.fsyncMethod=batch",
    # Several writers at one branch wait for each other this many milliseconds.
    "-c", "core.filesRefLockTimeout=2000",
)  # fmt: skip

_PINNED = {
    "HOME": "/dev/null",
    "XDG_CONFIG_HOME": "/dev/null",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_NO_LAZY_FETCH": "1",
    # Before git 2.44 the line above means nothing; this one no repository configuration can override.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}

# What git sets for a hook about *its* repository; ours is always named by --git-dir.
_REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)

# In pre-receive the pushed objects lie in a quarantine that only these variables name.
_QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")

# What discovery needs of the environment: whose repositories the user trusts, and how far to look.
_DISCOVERY = ("GIT_CEILING_DIRECTORIES", "GIT_CONFIG", "GIT_DISCOVERY_ACROSS_FILESYSTEM")

# Making a commit needs nothing from elsewhere: what is missing here is not asked of whoever promised it.
_NOTHING_FROM_ELSEWHERE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}

_DISK_FAULTS = (
    ("Read-only file system", "the file system is read-only"),
    ("No space left on device", "the disk is full"),
    ("Disk quota exceeded", "the disk quota is used up"),
    ("File too large", "a file grew over the limit of this system"),
    ("Permission denied", "permission denied"),
    ("insufficient permission", "permission denied"),
)


class GitFailed(BadInput):
    """A git command ended in an error.

    Attributes:
        status: git's exit status.
        stderr: everything it said, decoded.
    """

    def __init__(self, command: str, status: int, stderr: str) -> None:
        said = " / ".join(stderr.strip().splitlines()[:4]) or f"exit status {status}"
        super().__init__(f"git {command} failed: {said}")
        self.status = status
        self.stderr = stderr


def pinned_environment(base: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no configuration, hook or variable of anyone else reaches git."""
    environment = {name: value for name, value in base.items() if not name.startswith(("GIT_", "XDG_"))}
    if "GIT_QUARANTINE_PATH" in base:
        environment.update({name: base[name] for name in _QUARANTINE if name in base})
    environment.update(_PINNED)
    return environment


def writing_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The user's environment, freed from what a surrounding hook says about another repository."""
    environment = {name: value for name, value in base.items() if name not in _REPOSITORY_VARIABLES}
    environment["LC_ALL"] = "C"
    environment["GIT_NO_REPLACE_OBJECTS"] = "1"
    environment["GIT_LITERAL_PATHSPECS"] = "1"
    return environment


def discovery_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The user's own configuration and nothing else of what speaks to git: no traces, no other repository."""
    return {
        name: value
        for name, value in writing_environment(base).items()
        if not name.startswith("GIT_") or name.startswith(_DISCOVERY)
    }


def reading_command(git_dir: Path, *arguments: str, work_tree: Path | None = None) -> list[str]:
    """The argument list of a reading command over ``git_dir``.

    Naming the repository outright also settles whose it is: discovery asked that (`safe.directory`).
    """
    return ["git", *PINNED_OPTIONS, *_place(git_dir, work_tree), *arguments]


def _place(git_dir: Path, work_tree: Path | None) -> tuple[str, ...]:
    here = ("-C", str(work_tree), f"--work-tree={work_tree}") if work_tree else ()
    return (f"--git-dir={git_dir}", *here)


def read(git_dir: Path, *arguments: str, stdin: bytes = b"", work_tree: Path | None = None) -> bytes:
    """Standard output of a reading command, run in the pinned environment.

    Args:
        work_tree: the work tree it is about, when there is one; then it is also run there.

    Raises:
        GitFailed: git ended in an error.
        BadInput: git is missing or too old.
    """
    command = reading_command(git_dir, *arguments, work_tree=work_tree)
    process = start(command, pinned_environment(os.environ), stderr=subprocess.PIPE)
    return _finish(process, arguments[0], stdin)


def write(
    git_dir: Path,
    *arguments: str,
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
    work_tree: Path | None = None,
    shielded: bool = True,
    lock: int | None = None,
) -> bytes:
    """Standard output of a writing command, run for the user.

    Args:
        extra: variables set on top of the user's environment.
        work_tree: as for ``read``.
        shielded: run it in a process group of its own, so that Ctrl-C or a kill of ours cannot stop it
            while it holds a lock. Not for commands that may ask for a passphrase: those need the terminal.
        lock: a descriptor that git shall inherit, so that a lock on it lasts until git has ended, even when
            we have been killed before.
    """
    command = ["git", *WRITING_OPTIONS, *_place(git_dir, work_tree), *arguments]
    environment = writing_environment(os.environ) | _NOTHING_FROM_ELSEWHERE | dict(extra or {})
    process = start(command, environment, stderr=subprocess.PIPE, shielded=shielded, lock=lock)
    return _finish(process, arguments[0], stdin)


def _finish(process: subprocess.Popen[bytes], name: str, stdin: bytes) -> bytes:
    with process:
        output, errors = process.communicate(stdin)
    if process.returncode:
        raise failure(name, process.returncode, errors)
    return output


def start(
    command: list[str],
    environment: dict[str, str],
    *,
    stderr: int,
    shielded: bool = False,
    lock: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start git with pipes for its input and output.

    Raises:
        BadInput: there is no git.
    """
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            process_group=0 if shielded else None,
            pass_fds=() if lock is None else (lock,),
        )
    except FileNotFoundError as error:
        raise BadInput("git is not installed, or not on PATH", hint="install git 2.34 or newer") from error


def failure(name: str, status: int, errors: bytes) -> GitFailed:
    """The error to raise for a failed command; says so instead when git is simply too old for it."""
    text = errors.decode("utf-8", "replace")
    if status == -signal.SIGXFSZ:
        text += "File too large"  # the kernel's signal leaves git no time to say so
    if text.startswith("usage:") or any(word in text for word in ("unknown option", "unrecognized argument")):
        require_git()
    return GitFailed(name, status, text)


def disk_fault(stderr: str) -> str | None:
    """In words for people, the fault of the disk that git reports; None when it is something else."""
    return next((words for sign, words in _DISK_FAULTS if sign in stderr), None)


def require_git() -> None:
    """Raise BadInput unless git is installed and at least 2.34."""
    with start(["git", "version"], pinned_environment(os.environ), stderr=subprocess.DEVNULL) as process:
        words = process.communicate()[0].decode("ascii", "replace").split()
    version = words[2] if len(words) > 2 else "?"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_GIT:
        raise BadInput(f"git {version} is too old", hint="install git 2.34 or newer")
