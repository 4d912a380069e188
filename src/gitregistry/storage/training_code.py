"""The training code's repository: the commit checked out, what differs from it, and where it comes from.

It is read as a stranger's: what its configuration and its attributes name is not run, filters included.
Untouched files are known by their size and times, so that a filter is missed only where a file was touched.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.repository import Repository, find_repository

# ``user@host:path``, as ssh takes it; a letter alone before the colon is a drive.
_SCP: Final = re.compile(r"(?:(?P<user>[^@:/]+)@)?[A-Za-z0-9.-]{2,}:[^:].*")
_STATUS: Final = (
    "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=normal",
    "--ignore-submodules=dirty",
)  # fmt: skip


class WorkTree(NamedTuple):
    """How a work tree differs from its commit: tracked paths that do, and how many paths are in no commit."""

    changed: tuple[str, ...]
    untracked: int


class Origin(NamedTuple):
    """Where a clone comes from: an address without credentials; or why there is none to record."""

    address: str | None
    reason: str = ""


def training_repository(folder: Path) -> Repository:
    """The repository around a folder.

    Raises:
        BadInput: there is none, or git distrusts its owner.
    """
    try:
        return find_repository(folder)
    except git.GitFailed:
        raise
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", path=str(folder)) from None
    except BadInput as error:
        # Nothing is to be made there: another folder is to be named.
        hint = error.hint if error.hint and "safe.directory" in error.hint else "--git DIR"
        raise BadInput(error.message, path=error.path, hint=hint) from None


def checked_out(repository: Repository) -> str:
    """The full id of the commit that is checked out.

    Raises:
        BadInput: there is no commit yet.
    """
    name = ("rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
    try:
        return git.read(repository.git_dir, *name).decode("ascii").strip()
    except git.GitFailed as error:
        if error.status not in (1, 128):
            raise
        raise BadInput(
            "there is no commit in it yet",
            path=str(repository.work_tree or repository.git_dir),
            hint="commit the training code first",
        ) from None


def differences(repository: Repository) -> WorkTree:
    """What of the work tree is not in the commit that is checked out; nothing of a bare repository.

    Of a submodule only the commit is compared. Files that git itself was told not to look at are not seen.

    Raises:
        BadInput: the work tree is not where the repository is.
    """
    if repository.work_tree is None:
        if git.read(repository.git_dir, "rev-parse", "--is-bare-repository").strip() == b"true":
            return WorkTree((), 0)
        raise BadInput(
            "its work tree lies elsewhere, so nobody can say whether it is as committed",
            path=str(repository.git_dir),
            hint="--git DIR with the folder of a work tree",
        )
    command = git.reading_command(repository.git_dir, *_STATUS, work_tree=repository.work_tree)
    environment = git.pinned_environment(os.environ) | _without_filters(repository)
    with git.start(command, environment, stderr=subprocess.PIPE) as process:
        output, errors = process.communicate()
    if process.returncode:
        raise git.failure("status", process.returncode, errors)
    changed, untracked = [], 0
    for entry in output.split(b"\0"):
        kind = entry[:2]
        if kind == b"? ":
            untracked += 1
        elif kind in (b"1 ", b"u "):
            changed.append(os.fsdecode(entry.split(b" ", 8 if kind == b"1 " else 10)[-1]))
    return WorkTree(tuple(changed), untracked)


def _without_filters(repository: Repository) -> dict[str, str]:
    """Variables that take the commands out of every filter that the clone's configuration names.

    Not by ``-c``: a filter's name may hold an equals sign.
    """
    named = {name.rpartition(".")[0] for name, _ in _settings(repository, r"^filter\.")}
    pairs = list(
        chain.from_iterable(
            ((f"{name}.clean", ""), (f"{name}.process", ""), (f"{name}.required", "false"))
            for name in sorted(named)
        )
    )
    variables = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (name, value) in enumerate(pairs):
        variables[f"GIT_CONFIG_KEY_{number}"] = name
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def origin_of(repository: Repository) -> Origin:
    """The address of the remote ``origin``, else of the only one."""
    found: dict[str, str] = {}
    for name, value in _settings(repository, r"^remote\..*\.url$"):
        found.setdefault(name.removeprefix("remote.").removesuffix(".url"), value)
    if not found:
        return Origin(None, "it has no remote")
    if "origin" not in found and len(found) > 1:
        return Origin(None, f"it has {len(found)} remotes, and none is called origin")
    address = without_credentials(found.get("origin") or next(iter(found.values())))
    if address is None:
        return Origin(None, "its remote's address means nothing elsewhere")
    return Origin(address)


def _settings(repository: Repository, pattern: str) -> Iterator[tuple[str, str]]:
    """Names and values of the clone's own configuration; the user's is not asked."""
    try:
        listing = git.read(repository.git_dir, "config", "--null", "--get-regexp", pattern)
    except git.GitFailed as error:
        if error.status == 1:  # none match
            return
        raise
    for item in listing.split(b"\0"):
        name, _, value = os.fsdecode(item).partition("\n")
        if name:
            yield name, value


def without_credentials(address: str) -> str | None:
    """A remote's address as it may be recorded; None for one that only holds on this machine, or is none.

    Kept is the account of ssh, which is no secret; left out are passwords, tokens and queries.
    """
    if not address.isascii() or not address.isprintable() or not address.strip() or len(address) > 4096:
        return None
    if "://" not in address:
        here = re.match(r"[a-z0-9]+::", address)  # a command in the place of an address
        return address if here is None and (_SCP.fullmatch(address) or address.startswith("/")) else None
    try:
        parts = urlsplit(address)
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError:
        return None
    if "::" in parts.scheme or (host is None and parts.scheme != "file"):
        return None
    place = f"[{host}]" if host and ":" in host else host or ""
    place += f":{port}" if port is not None else ""
    if user and parts.scheme in ("ssh", "git+ssh", "ssh+git"):
        place = f"{user}@{place}"
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


def is_same_place(one: str, other: str) -> bool:
    """Whether two addresses name one repository, by whichever protocol and with or without ``.git``."""
    return _place(one) == _place(other)


def _place(address: str) -> str:
    clean = without_credentials(address) or address
    if "://" in clean:
        clean = re.sub(r"^[^:]*://(?:[^@/]*@)?", "", clean).replace(":443/", "/").replace(":22/", "/")
    elif _SCP.fullmatch(clean):
        clean = clean.rpartition("@")[2].replace(":", "/", 1)
    host, _, path = clean.partition("/")
    return f"{host.lower()}/{path.strip('/').removesuffix('.git')}"
