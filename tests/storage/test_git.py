"""Running git: environments, errors, versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.repository import Repository


def test_the_pinned_environment_keeps_nothing_that_speaks_to_git() -> None:
    base = {
        "PATH": "/usr/bin",
        "HOME": "/home/alice",
        "XDG_CONFIG_HOME": "/x",
        "GIT_DIR": "/elsewhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_EXTERNAL_DIFF": "evil",
        "GIT_OBJECT_DIRECTORY": "/o",
        "GIT_TRACE": "/tmp/x",
    }
    pinned = git.pinned_environment(base)
    assert pinned["PATH"] == "/usr/bin"
    assert pinned["HOME"] == pinned["XDG_CONFIG_HOME"] == pinned["GIT_CONFIG_GLOBAL"] == "/dev/null"
    gone = {"GIT_DIR", "GIT_CONFIG_COUNT", "GIT_EXTERNAL_DIFF", "GIT_OBJECT_DIRECTORY", "GIT_TRACE"}
    assert gone.isdisjoint(pinned)


def test_in_pre_receive_the_pushed_objects_stay_visible() -> None:
    base = {
        "GIT_QUARANTINE_PATH": "/q",
        "GIT_OBJECT_DIRECTORY": "/q",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/o",
        "GIT_DIR": ".",
    }
    pinned = git.pinned_environment(base)
    assert pinned["GIT_OBJECT_DIRECTORY"] == "/q"
    assert pinned["GIT_ALTERNATE_OBJECT_DIRECTORIES"] == "/o"
    assert "GIT_DIR" not in pinned


def test_the_writing_environment_keeps_the_user_and_drops_the_surrounding_hook() -> None:
    base = {
        "GIT_AUTHOR_NAME": "Alice",
        "GIT_DIR": "/elsewhere",
        "GIT_INDEX_FILE": "/i",
        "HOME": "/home/alice",
    }
    writing = git.writing_environment(base)
    assert writing["GIT_AUTHOR_NAME"] == "Alice"
    assert writing["HOME"] == "/home/alice"
    assert {"GIT_DIR", "GIT_INDEX_FILE"}.isdisjoint(writing)


def test_a_failing_command_says_what_git_said(plain: Repository) -> None:
    with pytest.raises(git.GitFailed, match=r"git rev-parse failed: .+") as caught:
        git.read(plain.git_dir, "rev-parse", "--verify", "nothing-here^{commit}--")
    assert caught.value.status == 128


def test_without_git_the_error_says_so(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="git is not installed") as caught:
        git.read(plain.git_dir, "version")
    assert caught.value.hint == "install git 2.34 or newer"


def _install(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    fake = folder / "git"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_git_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "bin", "echo git version 2.33.1", monkeypatch)
    with pytest.raises(BadInput, match=r"git 2\.33\.1 is too old"):
        git.require_git()


def test_a_git_new_enough_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / "bin", "echo 'git version 3.0 (Apple Git-1)'", monkeypatch)
    git.require_git()


def test_an_option_unknown_to_an_old_git_is_explained_by_its_age(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = '[ "$1" = version ] && echo git version 2.20.1 && exit\necho unknown option: --new >&2; exit 129'
    _install(tmp_path / "bin", script, monkeypatch)
    with pytest.raises(BadInput, match=r"git 2\.20\.1 is too old"):
        git.read(plain.git_dir, "log")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("fatal: unable to write file: No space left on device", "the disk is full"),
        ("error: unable to create temporary file: Read-only file system", "the file system is read-only"),
        ("error: insufficient permission for adding an object", "permission denied"),
        ("fatal: bad revision", None),
    ],
)
def test_faults_of_the_disk_are_told_from_others(said: str, words: str | None) -> None:
    assert git.disk_fault(said) == words
