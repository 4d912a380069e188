"""The steps of a branch: its commits along first parents, each with what it changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from gitregistry.errors import BadInput, CannotTell
from gitregistry.storage import git
from gitregistry.storage.encoding import seconds_of
from gitregistry.storage.objects import is_object_id
from gitregistry.storage.repository import Repository

if TYPE_CHECKING:
    from datetime import datetime

_CHUNK = 1 << 16
# A commit may have a first line of any length; what is over this is cut off, not kept.
_LONGEST_TOKEN = 1 << 20
_MOST_CHANGES = 1_000_000

# Each option takes a choice away from configuration: what a log shows must not depend on who looks.
_LOG = (
    "log", "--first-parent", "--diff-merges=first-parent", "--raw", "-z", "--no-abbrev", "--no-renames",
    "--root", "--format=tformat:commit %H %ct %P%n%s", "--encoding=UTF-8", "--no-color",
    "--no-decorate", "--no-notes", "--no-show-signature", "--no-mailmap", "--no-follow", "--no-relative",
    "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "-O/dev/null",
)  # fmt: skip


class Readable(Protocol):
    """A stream that hands over what there is, rather than wait for all that was asked for."""

    def read1(self, size: int, /) -> bytes: ...


class Change(NamedTuple):
    """What a step did to one path. Where there is no file the mode is ``000000`` and the id all zeros."""

    path: str
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str


class Step(NamedTuple):
    """One commit against its first parent (against nothing when it has none).

    ``time`` is the committer's, in seconds since 1970, between 0 and the year 9999; ``subject`` is the
    message's first paragraph on one line.
    """

    commit: str
    parents: tuple[str, ...]
    time: int
    subject: str
    changes: tuple[Change, ...]


class NotDescended(CannotTell):
    """The branch no longer leads back to a commit that it was seen at."""


def first_parent_steps(
    repository: Repository,
    tip: str,
    *,
    after: str | None = None,
    paths: Sequence[str] = (),
    newest_first: bool = False,
) -> Iterator[Step]:
    """The steps that led to ``tip``, oldest first unless it is asked otherwise.

    Args:
        tip: full id of a commit, or a full reference name.
        after: full id; only the steps since this one. It must be on the way from ``tip`` along first parents.
        paths: only steps that touch these files or folders, and only their changes there.
        newest_first: as git walks, so that whoever asks for a few waits for no more.

    Raises:
        NotDescended: ``after`` is not on the way. With ``paths`` or newest first this is not noticed.
        CannotTell: an object is missing or damaged.
    """
    since = [f"^{after}"] if after else []
    order = () if newest_first else ("--reverse",)
    command = git.reading_command(
        repository.git_dir, *_LOG, *order, "--end-of-options", tip, *since, "--", *paths
    )
    if paths or newest_first:
        after = None
    last = after
    for step in _read_log(command, at_once=newest_first):
        if after and last == after and step.parents[:1] != (after,):
            raise _not_descended(after, tip)
        last = step.commit
        yield step
    if after and last == after and _commit_id(repository, tip) != after:
        raise _not_descended(after, tip)


def first_parents(repository: Repository, tip: str) -> Iterator[str]:
    """Full ids of the commits that led to ``tip``, which comes first; read as far as they are asked for."""
    command = git.reading_command(
        repository.git_dir, "rev-list", "--first-parent", "--end-of-options", tip, "--"
    )
    with git.start(command, git.pinned_environment(os.environ), stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None  # noqa: S101 - start() makes both pipes
        try:
            for line in process.stdout:
                yield line.decode("ascii").rstrip()
        finally:
            process.kill()


def _not_descended(after: str, tip: str) -> NotDescended:
    return NotDescended(f"{tip} does not descend from {after} along first parents: history was rewritten")


def _read_log(command: list[str], *, at_once: bool) -> Iterator[Step]:
    from tempfile import TemporaryFile  # noqa: PLC0415 - costs more than all else here; resolve has no history

    with TemporaryFile() as errors:
        # Handing over every commit by itself takes git a sixth longer; but whoever wants few has them sooner.
        environment = git.pinned_environment(os.environ) | {"GIT_FLUSH": "1" if at_once else "0"}
        process = git.start(command, environment, stderr=errors.fileno())
        assert process.stdin is not None  # noqa: S101 - start() makes both pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.close()
            yield from parse_log(cast("Readable", process.stdout))
            status = process.wait()
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        if status:
            errors.seek(0)
            problem = git.failure("log", status, errors.read(_CHUNK))
            raise CannotTell(f"history cannot be read: {problem.message}", hint="git fsck") from problem


def parse_log(stream: Readable) -> Iterator[Step]:
    """Steps from the output of ``git log`` as ``first_parent_steps`` asks for it.

    A commit is one token; each of its changes is two, ``:modes ids letter`` and the path. A path can only
    come after its ``:`` token, so no name or message can pass for anything else.
    """
    head = ""
    changes: list[Change] = []
    tokens = _tokens(stream)
    for token in tokens:
        if token.startswith((b":", b"\n:")):
            meta = token.decode("ascii").lstrip("\n")
            old_mode, new_mode, old_oid, new_oid, _ = meta[1:].split(" ")
            path = next(tokens, b"").decode("utf-8", "surrogateescape")
            changes.append(Change(path, old_mode, new_mode, old_oid, new_oid))
            if len(changes) > _MOST_CHANGES:
                raise CannotTell("a commit changes more files than a registry can have")
        else:
            if head:
                yield _step(head, changes)
            head = token.decode("utf-8", "replace")
            changes = []
    if head:
        yield _step(head, changes)


def _tokens(stream: Readable) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read1(_CHUNK):
        *tokens, rest = (rest + chunk).split(b"\0")
        yield from tokens
        if len(rest) > _LONGEST_TOKEN:
            rest = rest[: _LONGEST_TOKEN // 2]
    if rest:
        raise CannotTell("the output of git log ended in the middle of a commit", hint="git fsck")


def _step(head: str, changes: list[Change]) -> Step:
    line, _, subject = head.partition("\n")
    _, commit, seconds, parents = line.split(" ", 3)
    return Step(commit, tuple(parents.split()), seconds_of(seconds), subject, tuple(changes))


def commit_at(repository: Repository, tip: str, moment: datetime) -> str | None:
    """From ``tip`` back along first parents, the first commit whose committer's time is not after ``moment``.

    ``moment`` must know its time zone. None when the branch began later.
    """
    if moment.tzinfo is None:
        raise BadInput(f"{moment} has no time zone", hint="write 2026-04-27T12:00:00Z")
    limit = f"--min-age={max(0, int(moment.timestamp()))}"
    found = git.read(
        repository.git_dir, "rev-list", "--first-parent", limit, "-n1", "--end-of-options", tip, "--"
    )
    return found.decode("ascii").strip() or None


def resolve_revision(repository: Repository, text: str) -> str:
    """The full id of the commit that a person means by ``HEAD~3``, ``main``, ``v1``, ``6d92e10``…

    A branch goes before a tag of the same name, and an object id before a branch.

    Raises:
        BadInput: it names no commit here.
    """
    if text.startswith("-") or not text.isprintable() or not text:
        raise BadInput(f"{text!r} cannot be a revision", hint="git log --oneline")
    branch = None if is_object_id(text) else _commit_id(repository, f"refs/heads/{text}")
    found = branch or _commit_id(repository, text)
    if found is None:
        raise BadInput(f"{text!r} names no commit of this repository", hint="git log --oneline")
    return found


def _commit_id(repository: Repository, name: str) -> str | None:
    try:
        found = git.read(
            repository.git_dir, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
    except git.GitFailed as error:
        if error.status in (1, 128):
            return None
        raise
    return found.decode("ascii").strip()


def require_whole(repository: Repository) -> None:
    """Raise CannotTell in a clone whose history was cut off."""
    if is_shallow(repository):
        raise CannotTell(
            "this clone is shallow: its history does not reach back to the first step",
            path=str(repository.common_dir),
            hint="git fetch --unshallow",
        )


def is_shallow(repository: Repository) -> bool:
    """Whether this clone was cut off, so that its history ends before the branch began."""
    return (repository.common_dir / "shallow").exists()
