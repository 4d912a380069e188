"""Fetching from and pushing to another repository, with progress: the only module that loads GitPython.

GitPython is trusted with nothing but this: it runs ``git fetch`` and ``git push`` in the user's own clone,
with the user's own credentials, and reports how far they are. What arrived is read elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import git as gitpython
from git.cmd import handle_process_output

from gitregistry.errors import BadInput, Refused
from gitregistry.storage.commits import BranchMoved
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository, user_config
from gitregistry.storage.signing_programs import require_own_programs

# Called with the work done, the work there is (None while unknown), and what git says it is doing.
Progress = Callable[[float, float | None, str], None]

_MOVED = ("non-fast-forward", "fetch first", "stale info", "cannot lock ref", "failed to update ref")
_LOCKED = "cannot lock ref"
_FETCHES = 10
# How to get to the remote is the clone's to say: ssh command, credential helper. Nothing else that the
# clone names is run: no hooks (what is pushed has been judged), no command in the place of an address, no
# program that knows references of another store.
_SETTINGS = ["core.hooksPath=/dev/null", "protocol.ext.allow=never", "core.alternateRefsCommand=:"]
_ABSENT = "couldn't find remote ref"


def upstream(ref: str, config: Mapping[str, str]) -> tuple[str, str]:
    """The remote and the branch there (short name) that a local branch (full name) follows.

    Without configuration it is the branch of the same name at ``origin``.
    """
    branch = ref.removeprefix("refs/heads/")
    remote = config.get(f"branch.{branch}.remote", "origin")
    if remote == ".":
        return "origin", branch
    return remote, config.get(f"branch.{branch}.merge", ref).removeprefix("refs/heads/")


class Seen(NamedTuple):
    """What a remote shows: the branch's tip, None when it is not there, and other references by full name."""

    tip: str | None
    others: tuple[str, ...]


def look(repository: Repository, remote: str, branch: str, pattern: str) -> Seen:
    """Ask a remote for a branch and for the references (full names) that match a pattern; fetch nothing.

    Raises:
        BadInput: there is no such remote, or it cannot be reached.
    """
    reporter = _Reporter(None)
    wanted = f"refs/heads/{branch}"
    done, printed = _transfer(repository, remote, ("ls-remote", "--", remote, wanted, pattern), reporter)
    if not done:
        raise _unreachable(remote, reporter.lines)
    found: dict[str, str] = {}
    for line in printed:
        oid, _, name = line.rstrip("\n").partition("\t")
        found[name] = oid
    tip = found.pop(wanted, None)
    return Seen(tip, tuple(sorted(found)))


def fetch(
    repository: Repository, objects: Objects, remote: str, branch: str, on_progress: Progress | None = None
) -> str | None:
    """Fetch a branch into ``refs/remotes/<remote>/<branch>``; return its tip, None when it is not there.

    Raises:
        BadInput: there is no such remote, or it cannot be reached.
    """
    tracking = f"refs/remotes/{remote}/{branch}"
    options = ("--progress", "--no-tags", "--no-recurse-submodules")
    command = ("fetch", *options, "--", remote, f"+refs/heads/{branch}:{tracking}")
    reporter = _Reporter(on_progress)
    for attempt in range(_FETCHES):
        reporter = _Reporter(on_progress)
        if _transfer(repository, remote, command, reporter).done:
            return objects.resolve(tracking)
        if any(_ABSENT in line for line in reporter.lines):
            return None
        if not any(_LOCKED in line for line in reporter.lines):
            break
        # Another fetch of this clone was moving the same tracking branch.
        time.sleep(0.05 * (attempt + 1))
    else:
        # Or was killed while it did: its lock stays for ever. The commits can be had without the branch.
        there = look(repository, remote, branch, f"refs/heads/{branch}").tip
        bare = (
            "fetch",
            "--no-tags",
            "--no-recurse-submodules",
            "--refmap=",
            "--no-write-fetch-head",
            "--",
            remote,
            f"refs/heads/{branch}",
        )
        if there is not None and _transfer(repository, remote, bare, reporter).done:
            return objects.resolve(there)
    raise _unreachable(remote, reporter.lines)


def push(
    repository: Repository,
    remote: str,
    branch: str,
    commit: str,
    on_progress: Progress | None = None,
    dropping: Sequence[str] = (),
) -> None:
    """Push exactly this commit to a branch, forcing nothing.

    Args:
        dropping: references (full names) to remove there in the same instant; not when the push fails.

    Raises:
        BranchMoved: the branch there does not lead to this commit's parents any more. Nothing was changed.
        Refused: the server says no, a hook for instance; with its own words.
        BadInput: there is no such remote, it cannot be reached, or only the clone says what signs the push.
    """
    if user_config(repository).get("push.gpgsign", "false").lower() not in ("false", "no", "off", "0"):
        require_own_programs(repository)
    reporter = _Reporter(on_progress)
    together = ("--atomic",) if dropping else ()
    targets = (f"{commit}:refs/heads/{branch}", *(f":{name}" for name in dropping))
    options = (*together, "--porcelain", "--progress", "--recurse-submodules=no")
    done, printed = _transfer(repository, remote, ("push", *options, "--", remote, *targets), reporter)
    if done:
        return
    verdict = " ".join(line.strip() for line in printed if line.startswith("!"))
    if any(sign in verdict for sign in _MOVED):
        raise BranchMoved(f"{remote}/{branch}")
    if "rejected]" in verdict:
        told = (line.removeprefix("remote:").strip() for line in reporter.lines if line.startswith("remote:"))
        words = "\n".join(filter(None, told)) or verdict
        raise Refused(f"the push was refused: {words}", path=f"{remote}/{branch}")
    raise _unreachable(remote, reporter.lines)


def update_refs(repository: Repository, remote: str, targets: Sequence[str]) -> bool:
    """Make or remove references of our own at a remote (``OID:refs/…``, ``:refs/…``); whether it let us.

    For what may as well be left undone: a server that takes branches only says no, and that is that.
    """
    return _transfer(
        repository,
        remote,
        ("push", "--porcelain", "--recurse-submodules=no", "--", remote, *targets),
        _Reporter(None),
    ).done


class _Transferred(NamedTuple):
    done: bool
    printed: list[str]


def _transfer(
    repository: Repository, remote: str, arguments: tuple[str, ...], reporter: _Reporter
) -> _Transferred:
    """Run a fetch or a push: whether it succeeded, and what it printed.

    GitPython's own ``Remote.fetch`` and ``Remote.push`` fail on SHA-256 repositories and drop the answer
    about a pushed id, so its results are read here and only its process and progress are used.
    """
    printed: list[str] = []
    with gitpython.Repo(repository.work_tree or repository.git_dir) as clone:
        if remote not in (there.name for there in clone.remotes):
            raise BadInput(f"there is no remote called {remote}", hint=f"git remote add {remote} URL")
        # Whatever a surrounding hook says about its own repository, this is the one that is meant.
        clone.git.update_environment(GIT_DIR=str(repository.git_dir))
        clone.git.set_persistent_git_options(c=_SETTINGS)
        verb, *rest = arguments
        process = getattr(clone.git, verb.replace("-", "_"))(*rest, as_process=True, universal_newlines=True)
        handle_process_output(process, printed.append, reporter.new_message_handler(), decode_streams=False)
        try:
            process.wait()
        except gitpython.GitCommandError:
            return _Transferred(False, printed)
    return _Transferred(True, printed)


class _Reporter(gitpython.RemoteProgress):
    """Hands git's progress on, and keeps the lines that are not progress."""

    def __init__(self, on_progress: Progress | None) -> None:
        super().__init__()
        self._tell = on_progress

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in (*self.other_lines, *self.error_lines) if line.strip()]

    def update(
        self,
        op_code: int,  # noqa: ARG002 - GitPython's signature
        cur_count: str | float,
        max_count: str | float | None = None,
        message: str = "",
    ) -> None:
        if self._tell:
            self._tell(float(cur_count or 0), float(max_count) if max_count else None, message)


def _unreachable(remote: str, lines: list[str]) -> BadInput:
    return BadInput(f"{remote} cannot be reached: {' / '.join(lines)}", hint=f"git ls-remote {remote}")
