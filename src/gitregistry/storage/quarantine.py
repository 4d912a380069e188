"""Fetching one branch of a repository that nobody vouches for, to look at it where it can do nothing.

Into a fresh bare repository, every object hashed and checked on the way in. What the source's folder says of
itself stays there: configuration, hooks, replacements, grafts, other places where objects lie.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

from gitregistry.errors import BadInput, CannotTell, NotFound
from gitregistry.storage import git
from gitregistry.storage.objects import is_object_id
from gitregistry.storage.repository import Repository

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?![^/]*@-)[^-\s]\S*")
_SSH = re.compile(r"(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:\s-]\S*")
# Each way in, with what git may speak on it; a server may send http on to https, not back.
_PROTOCOLS = {"file": "file", "ssh": "ssh", "http": "http:https", "https": "https"}
# The user's own way to a server, which nothing in a repository can set.
_OWN_WAY = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
_HERE = "refs/heads/quarantined"


class Source(NamedTuple):
    """Where to fetch from, as git is told it, and the protocols that it may use."""

    address: str
    protocols: str


class NotTaken(CannotTell):
    """Git found an object in it that no honest git wrote, or one that is missing; with git's own words."""


def source_of(text: str) -> Source:
    """The source that a person named: a folder, or an address with file, ssh, http or https.

    Raises:
        BadInput: anything else; what git would run a program for (``ext::``) above all.
    """
    if text and Path(text).is_dir():
        return Source(str(Path(text).resolve()), "file")
    address = _ADDRESS.fullmatch(text)
    scheme = address["scheme"].lower() if address else None
    if "://" not in text and _SSH.fullmatch(text):
        scheme = "ssh"
    if scheme not in _PROTOCOLS or not text.isprintable():
        raise BadInput(
            f"{text!r} is no folder, and no address that is fetched from",
            hint="name a folder, or a URL with file, ssh, http or https",
        )
    return Source(text, _PROTOCOLS[scheme])


@contextmanager
def quarantined(source: Source, branch: str | None) -> Iterator[tuple[Repository, str]]:
    """The fetched copy and its tip, a full commit id; both are gone afterwards.

    Args:
        branch: short name; None for the one that the source's HEAD is on.

    Raises:
        NotFound: there is no such branch.
        BadInput: the source cannot be reached.
        NotTaken: what it sent cannot be looked at.
    """
    with _passing_folder() as folder:
        fetcher = _Fetcher(folder, source)
        ref, form = fetcher.look(branch)
        repository = fetcher.fetch(ref, form)
        yield repository, fetcher.tip(repository)


@contextmanager
def _passing_folder() -> Iterator[Path]:
    """A folder that is deleted however this is left.

    Its name is chosen before it is made: an interruption cannot fall between the two, as it can in
    ``TemporaryDirectory``.
    """
    folder = Path(gettempdir()) / f"registry-quarantine-{os.urandom(8).hex()}"
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Fetcher:
    """Git, run for one source in one folder."""

    def __init__(self, folder: Path, source: Source) -> None:
        self._folder = folder
        self._source = source
        self._environment = _environment(folder, source)

    def look(self, branch: str | None) -> tuple[str, str]:
        """The full name of the branch to fetch, and the format of the source's objects."""
        wanted = f"refs/heads/{branch}" if branch is not None else "HEAD"
        probe = self._init("probe.git", "sha1")
        done = self._git(probe, "ls-remote", "--symref", *self._serving(), "--", self._source.address, wanted)
        if done.returncode:
            raise _unreachable(self._source, done.stderr)
        ref, form = None, None
        for line in done.stdout.decode("utf-8", "surrogateescape").split("\n"):
            said, _, name = line.partition("\t")
            if name == wanted and said.startswith("ref: refs/heads/"):
                ref = said.removeprefix("ref: ")
            elif name == wanted and is_object_id(said):
                form = "sha1" if len(said) == 40 else "sha256"
        if form is None or (ref is None and branch is None):
            raise NotFound(f"there is no {wanted} there", path=self._source.address, hint="--branch NAME")
        return (wanted if branch is not None else ref or wanted), form

    def fetch(self, ref: str, form: str) -> Repository:
        """A fresh repository that holds one branch and nothing else."""
        bare = self._init("copy.git", form)
        done = self._git(
            bare, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
            "--no-recurse-submodules", *self._serving(), "--", self._source.address, f"+{ref}:{_HERE}",
        )  # fmt: skip
        if done.returncode:
            words = _words(done.stderr)
            raise NotTaken(f"git refused what {self._source.address} sent: {words}")
        return Repository(bare, bare, None, _HERE, "sha1" if form == "sha1" else "sha256")

    def tip(self, repository: Repository) -> str:
        """The commit that was fetched."""
        try:
            return git.read(repository.git_dir, "rev-parse", "--verify", _HERE).decode("ascii").strip()
        except git.GitFailed:  # git ends well all the same when the source is shallow
            message = f"git took nothing over from {self._source.address}: its history is cut off"
            raise NotTaken(message) from None

    def _init(self, name: str, form: str) -> Path:
        bare = self._folder / name
        done = self._git(
            None, "init", "--quiet", "--bare", "--template=", f"--object-format={form}", str(bare)
        )
        if done.returncode:
            raise git.failure("init", done.returncode, done.stderr)
        return bare

    def _serving(self) -> tuple[str, ...]:
        """How a source on this machine is served: it may not itself fetch what others promised it."""
        if self._source.protocols != "file":
            return ()
        return ("--upload-pack=env GIT_ALLOW_PROTOCOL=none GIT_NO_LAZY_FETCH=1 git upload-pack",)

    def _git(self, git_dir: Path | None, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        place = (f"--git-dir={git_dir}",) if git_dir is not None else ()
        checks = ("-c", "transfer.fsckObjects=true", "-c", "fetch.fsckObjects=true")
        command = ["git", "-C", str(self._folder), *git.PINNED_OPTIONS, *checks, *place, *arguments]
        with git.start(command, self._environment, stderr=subprocess.PIPE) as process:
            try:
                output, errors = process.communicate()
            except BaseException:
                # Nothing may be written any more when the folder is deleted.
                process.terminate()
                process.wait()
                raise
        return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _environment(folder: Path, source: Source) -> dict[str, str]:
    """The pinned environment, with the one protocol that is needed; the source may belong to anybody."""
    config = folder / "config"
    config.write_text("[safe]\n\tdirectory = *\n", "utf-8")
    own = {name: os.environ[name] for name in _OWN_WAY if name in os.environ}
    return git.pinned_environment(os.environ) | {
        **own,
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_ALLOW_PROTOCOL": source.protocols,
    }


def _unreachable(source: Source, errors: bytes) -> BadInput:
    return BadInput(f"it cannot be fetched from: {_words(errors)}", path=source.address)


def _words(errors: bytes) -> str:
    lines = errors.decode("utf-8", "backslashreplace").strip().splitlines()
    return " / ".join(line.strip() for line in lines[:6]) or "git did not say why"
