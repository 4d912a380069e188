"""Making a commit in the object database, touching neither index nor work tree, and moving a branch to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.cat_file import Object
from gitregistry.storage.objects import Objects
from gitregistry.storage.pack import pack_stream
from gitregistry.storage.repository import Repository, config_flag
from gitregistry.storage.tree_writer import TreeWriter
from gitregistry.storage.trees import CommitTree

_LONGEST_REASON = 200
_MOST_LOOSE = 100
_STALE = (
    "but expected",
    "reference already exists",
    "unable to resolve reference",
)


class BranchMoved(Exception):
    """Somebody else moved the branch first: judge again on its new tip."""


class Identity(NamedTuple):
    """Who a commit says made it."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to be made.

    Attributes:
        parent: full id; None for the first commit.
        files: new content by path (``registry/trust.yaml``); None removes the file. All else stays as in
            the parent.
        message: subject, empty line, body and trailers.
        time: author's and committer's time in seconds since 1970; None leaves it to git's clock.
    """

    parent: str | None
    files: Mapping[str, bytes | None]
    message: str
    time: int | None = None


def build_commit(
    repository: Repository, objects: Objects, new: NewCommit, config: Mapping[str, str], fallback: Identity
) -> str:
    """Write the commit's objects and return its id. No branch moves; objects nobody names do no harm.

    Author and committer are those of the user's git; ``fallback`` stands in where git knows none. The
    commit is signed when ``commit.gpgsign`` says so.

    Args:
        config: of ``user_config``.

    Raises:
        BadInput: a path cannot be one, the disk refuses, git cannot sign, or only the clone says with what.
    """
    signing = config_flag(config, "commit.gpgsign")
    if signing:
        from gitregistry.storage.signing_programs import require_own_programs  # noqa: PLC0415 - few sign commits

        require_own_programs(repository)
    tree = _write_tree(repository, objects, new)
    arguments = ["commit-tree", tree]
    arguments += ["-p", new.parent] if new.parent else []
    arguments += ["-S"] if signing else []
    message = new.message.rstrip("\n").encode("utf-8") + b"\n"
    try:
        made = git.write(
            repository.git_dir,
            *arguments,
            "-F",
            "-",
            stdin=message,
            extra=_signature_lines(config, fallback, new.time),
            shielded=False,  # signing may ask for a passphrase, which needs the terminal
        )
    except git.GitFailed as error:
        raise _explained(error, repository, signing=signing) from error
    return made.decode("ascii").strip()


def _write_tree(repository: Repository, objects: Objects, new: NewCommit) -> str:
    writer = TreeWriter(objects)
    root = writer.overlay(CommitTree(objects, new.parent).root if new.parent else None, new.files)
    stream = pack_stream(repository.object_format, writer.written.values())
    # As git itself does with what it receives: many objects stay a pack, which is one file and not thousands.
    few = len(writer.written) <= _MOST_LOOSE
    command = ("unpack-objects", "-q", "--strict") if few else ("index-pack", "--stdin", "--strict")
    try:
        git.write(repository.git_dir, *command, stdin=stream)
    except git.GitFailed as error:
        raise _explained(error, repository, signing=False) from error
    for oid, (kind, data) in writer.written.items():
        objects.keep(Object(oid, kind, data))
    return root


def _signature_lines(config: Mapping[str, str], fallback: Identity, time: int | None) -> dict[str, str]:
    """The variables that say who and when, as far as git does not know by itself."""
    extra: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        own = role.lower()
        if not _known(f"GIT_{role}_NAME", config, f"{own}.name", "user.name"):
            extra[f"GIT_{role}_NAME"] = fallback.name
        if not _known(f"GIT_{role}_EMAIL", config, f"{own}.email", "user.email") and not os.environ.get(
            "EMAIL"
        ):
            extra[f"GIT_{role}_EMAIL"] = fallback.email
        if time is not None:
            extra[f"GIT_{role}_DATE"] = f"@{time} +0000"
    return extra


def _known(variable: str, config: Mapping[str, str], *names: str) -> bool:
    return bool(os.environ.get(variable)) or any(config.get(name) for name in names)


def move_branch(
    repository: Repository, ref: str, new: str, old: str | None, reason: str, lock: int | None = None
) -> None:
    """Move a branch from one commit to another, if it is still at the one.

    Args:
        ref: full name, ``refs/heads/…``.
        old: full id it must be at; None when it must not exist yet.
        reason: for the reflog; its first 200 characters are kept, on one line.
        lock: as for ``git.write``.

    Raises:
        BranchMoved: it is elsewhere. Nothing was changed.
        BadInput: the disk refuses, or another process keeps it locked.
    """
    if not ref.startswith("refs/heads/"):
        raise BadInput(f"{ref!r} is not the full name of a branch", hint="refs/heads/main")
    line = " ".join(reason.split())[:_LONGEST_REASON]
    arguments = ("update-ref", "-m", line, ref, new, repository.no_object if old is None else old)
    try:
        git.write(repository.git_dir, *arguments, lock=lock)
    except git.GitFailed as error:
        if any(sign in error.stderr for sign in _STALE):
            raise BranchMoved(ref) from error
        raise _explained(error, repository, signing=False) from error


def _explained(error: git.GitFailed, repository: Repository, *, signing: bool) -> BadInput:
    """The same error in the words of whoever has to mend it."""
    fault = git.disk_fault(error.stderr)
    if fault:
        return BadInput(
            f"cannot write to this repository: {fault}; nothing was changed", path=str(repository.common_dir)
        )
    if ".lock': File exists" in error.stderr:
        lock = error.stderr.split("Unable to create '")[-1].split("'")[0]
        return BadInput(
            "another git process holds this lock, or died holding it; nothing was changed",
            path=lock,
            hint=f"if no git is running: rm '{lock}'",
        )
    if signing:
        return BadInput(
            f"git could not sign the commit, as commit.gpgsign asks; nothing was changed ({error.message})",
            hint="try `git commit --allow-empty -S -m test`; `git config commit.gpgsign false` to do without",
        )
    return error
