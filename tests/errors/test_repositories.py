"""Places that are no registry, or one in a state that the command cannot work in; and git itself missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gitregistry.records import paths
from tests.errors.failing import Process, check_words, everything, fails, sound
from tests.support.hostile import loose_file, unpack
from tests.support.registry import Registry

ATTEST = ("attest", "churn:v1", "offline_eval_passed", "--passed")
PROMOTE = ("promote", "churn:v1", "--to", "production")
READING = [
    ("status",),
    ("list",),
    ("resolve", "churn@production"),
    ("log",),
    ("trust", "show"),
    ("policy", "show"),
]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def elsewhere(registry: Registry, folder: Path) -> Registry:
    """The same people in another folder."""
    return Registry(folder, registry.pin, registry.keys)


@pytest.mark.parametrize("arguments", [*READING, PROMOTE, ("verify",)], ids=" ".join)
def test_a_folder_outside_of_git(arguments: tuple[str, ...], healthy: Registry, tmp_path: Path) -> None:
    says = (f"{tmp_path}: not inside a Git repository", "try: registry init DIR makes one; -C DIR names one")
    fails(elsewhere(healthy, tmp_path), *arguments, code=2, says=says)


def test_a_folder_that_is_not_there(healthy: Registry, tmp_path: Path) -> None:
    fails(elsewhere(healthy, tmp_path / "no"), "status", code=2, says=f"{tmp_path / 'no'}: no such folder")


@pytest.mark.parametrize("commits", [0, 1])
@pytest.mark.parametrize("arguments", [*READING, PROMOTE], ids=" ".join)
def test_a_repository_without_a_registry(
    arguments: tuple[str, ...], commits: int, healthy: Registry, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for _ in range(commits):
        git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "x")
    says = (
        "this repository holds no registry (registry/trust.yaml is missing on this branch)",
        "registry init DIR",
    )
    fails(elsewhere(healthy, tmp_path), *arguments, code=2, says=says)


def test_a_repository_without_a_registry_is_not_verified(healthy: Registry, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "x")
    fails(
        elsewhere(healthy, tmp_path),
        "verify",
        code=5,
        says=("CANNOT TELL", "there is no registry in this history"),
    )


def test_no_pin_is_never_a_pass(healthy: Registry) -> None:
    says = ("CANNOT TELL: no pin is known for this registry", f"registry trust pin {healthy.pin}")
    fails(healthy, "verify", code=5, says=says)


def test_another_pin_is_another_registry(healthy: Registry) -> None:
    says = ("FAIL", "this is another registry")
    fails(healthy, "verify", "--pin", "sha256:" + "0" * 64, code=1, says=says)


def test_a_detached_head_reads_and_does_not_write(approved: Registry) -> None:
    approved.git("checkout", "--quiet", "--detach")
    for arguments in (("status",), ("list",), ("resolve", "churn@canary")):
        approved.run(*arguments)
    says = ("HEAD is detached: a commit made here would belong to no branch", "--branch main")
    fails(approved, *PROMOTE, code=2, says=says)
    approved.run(*PROMOTE, "--branch", "main")
    assert approved.git("rev-parse", "main~1") == approved.head
    sound(approved)


def test_a_bare_repository_reads_and_writes(approved: Registry, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(approved.folder), "bare.git")
    bare = elsewhere(approved, tmp_path / "bare.git")
    assert bare.json("resolve", "churn@canary")["version"] == "v1"
    bare.run(*PROMOTE)
    assert bare.json("resolve", "churn@production")["version"] == "v1"
    assert bare.passes()
    sound(bare)


def test_in_a_bare_repository_nothing_waits_for_a_second_signature(
    approved: Registry, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(approved.folder), "bare.git")
    bare = elsewhere(approved, tmp_path / "bare.git")
    says = ("this repository is bare", "git clone it, and sign there")
    fails(bare, "sign", paths.POLICY, code=2, says=says)


@pytest.mark.parametrize("lock", ["refs/heads/main.lock", "index.lock"])
def test_a_lock_that_a_dead_git_left(lock: str, approved: Registry) -> None:
    path = approved.folder / ".git" / lock
    path.touch()
    if lock == "index.lock":
        # The commit stands; the checkout follows with the next command that writes.
        done = approved.run(*PROMOTE)
        assert "another git has locked the index" in done.err
        assert f"rm '{path}'" in done.err
        path.unlink()
        approved.run(*ATTEST)
    else:
        says = (
            "another git process holds this lock, or died holding it; nothing was changed",
            f"rm '{path}'",
        )
        fails(approved, *PROMOTE, code=2, says=says)
        path.unlink()
        approved.run(*PROMOTE)
    assert approved.git("status", "--porcelain") == ""
    assert approved.passes()
    sound(approved)


def test_an_alias_that_cannot_be_read_says_who_knows_more(live: Registry) -> None:
    live.write(live.alias(), b"kind: alias\n")
    live.commit_all()
    says = (
        "registry/models/churn/aliases/production.yaml",
        "the record cannot be used (signature)",
        "registry verify",
    )
    fails(live, "resolve", "churn@production", code=1, says=says)


@pytest.mark.parametrize("path", [paths.TRUST, paths.POLICY])
def test_a_registry_whose_law_is_gone(path: str, live: Registry) -> None:
    (live.folder / path).write_bytes(b"x")
    live.commit_all()
    for arguments in (("status",), PROMOTE, ("list",)):
        result = live.run(*arguments, expect=None)
        assert result.code in (1, 2)
        check_words(result, path)


def test_a_shallow_clone_cannot_tell(two: Registry, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "3", f"file://{two.folder}", "shallow")
    shallow = elsewhere(two, tmp_path / "shallow")
    assert shallow.json("resolve", "churn@production")["version"] == "v2"
    fails(shallow, "verify", "--pin", two.pin, code=5, says=("CANNOT TELL", "shallow"))


def test_an_object_that_is_missing_is_named(live: Registry) -> None:
    oid = live.git("rev-parse", f"HEAD:{live.manifest('v1')}")
    unpack(live)
    loose_file(live.folder / ".git", oid).unlink()
    result = live.run("resolve", "churn@production", expect=5)
    check_words(result, oid[:12])
    assert live.verify()["verdict"] == "unknown"


# --- git and ssh-keygen themselves ---


def programs(folder: Path, *names: str) -> str:
    """A PATH of these programs and no others."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


def test_no_git(healthy: Registry, tmp_path: Path) -> None:
    result = Process(healthy.folder, healthy.keys["alice"]).run(
        *PROMOTE, environment={"PATH": programs(tmp_path / "bin")}
    )
    assert result.code == 2
    check_words(result, ("git is not installed, or not on PATH", "try: install git 2.34 or newer"))


OLD_GITS = {
    "that knows no newer option": "*--path-format*) echo 'usage: git rev-parse' >&2; exit 129;;",
    "that repeats what it does not know": (
        "*--path-format*) printf '%s\\n' --path-format=absolute .git .git --show-object-format; exit 0;;"
    ),
    "that answers nothing": "*--path-format*) exit 0;;",
}


@pytest.mark.parametrize("kind", OLD_GITS)
@pytest.mark.parametrize("arguments", [("status",), PROMOTE, ("init", "new", "--name", "x")], ids=" ".join)
def test_a_git_too_old(kind: str, arguments: tuple[str, ...], healthy: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    fake = folder / "git"
    fake.write_text(
        f'#!/bin/sh\ncase "$*" in *version*) echo git version 2.20.1; exit 0;; {OLD_GITS[kind]} esac\n'
        f'exec {shutil.which("git")} "$@"\n',
        "utf-8",
    )
    fake.chmod(0o755)
    before = everything(healthy.folder)
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    result = Process(healthy.folder, healthy.keys["alice"]).run(*arguments, environment=environment)
    assert result.code == 2
    check_words(result, ("git 2.20.1 is too old", "try: install git 2.34 or newer"))
    assert everything(healthy.folder) == before


def test_no_ssh_keygen_where_only_that_could_sign(healthy: Registry, tmp_path: Path) -> None:
    public = Path(f"{healthy.keys['ci']}.pub")
    environment = {"PATH": programs(tmp_path / "bin", "git")}
    result = Process(healthy.folder, public).run(*ATTEST, environment=environment)
    assert result.code == 2
    check_words(result, ("this key needs ssh-keygen, and it is not installed", "unencrypted key file"))


# --- init ---


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--name", "x", "--key", "nowhere"), "nowhere: there is no such key file"),
        (("--name", ""), "--name: a registry's name is one line of text"),
        (("--name", "a\nb"), "--name: a registry's name is one line of text"),
        (("--name", "x", "--id", "two words"), "--id: 'two words' is not a name"),
        ((), "Missing option '--name'"),
    ],
)
def test_a_failed_init_leaves_nothing(
    options: tuple[str, ...], says: str, healthy: Registry, tmp_path: Path
) -> None:
    fails(elsewhere(healthy, tmp_path), "init", "new", *options, code=2, says=says)
    assert list(tmp_path.iterdir()) == []


def test_init_where_a_file_is(healthy: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    says = f"{tmp_path / 'file'}: cannot make this folder: File exists"
    fails(elsewhere(healthy, tmp_path), "init", "file", "--name", "x", code=2, says=says)
