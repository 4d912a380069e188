"""Fetching and pushing: lost races, refusals and their words, remotes that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.errors import BadInput, Refused
from gitregistry.storage.commits import BranchMoved
from gitregistry.storage.objects import Objects
from gitregistry.storage.remotes import fetch, push, upstream
from gitregistry.storage.repository import Repository, find_repository
from tests.storage.helpers import MAIN, commit, git, make


@pytest.fixture
def server(tmp_path: Path, repository: Repository) -> Repository:
    """A bare repository that the clone calls origin."""
    bare = make(tmp_path / "server.git", "--bare", f"--object-format={repository.object_format}")
    git(repository.git_dir, "remote", "add", "origin", str(bare.git_dir))
    return bare


def _other(server: Repository, tmp_path: Path) -> Repository:
    git(tmp_path, "clone", "--quiet", str(server.git_dir), "other")
    return find_repository(tmp_path / "other")


def test_a_commit_goes_up_and_comes_down(repository: Repository, server: Repository, tmp_path: Path) -> None:
    new, _ = commit(repository, {"a": b"1"})
    heard: list[str] = []
    push(repository, "origin", "main", new, lambda _done, _total, what: heard.append(what))
    assert heard
    assert git(server.git_dir, "rev-parse", MAIN) == new
    other = _other(server, tmp_path)
    newer, _ = commit(other, {"a": b"2"})
    push(other, "origin", "main", newer)
    with Objects(repository) as objects:
        assert fetch(repository, objects, "origin", "main") == newer
        assert objects.resolve("refs/remotes/origin/main") == newer
        assert objects.resolve(MAIN) == new


def test_exactly_the_commit_named_is_pushed(repository: Repository, server: Repository) -> None:
    first, _ = commit(repository, {"a": b"1"})
    commit(repository, {"a": b"2"})
    push(repository, "origin", "main", first)
    assert git(server.git_dir, "for-each-ref", "--format=%(refname) %(objectname)") == f"{MAIN} {first}"


def test_a_branch_that_is_not_there_has_no_tip(repository: Repository, server: Repository) -> None:
    commit(repository, {"a": b"1"})
    with Objects(repository) as objects:
        assert fetch(repository, objects, "origin", "main") is None


@pytest.mark.parametrize("fetched", [False, True])
def test_a_push_that_lost_the_race_is_told_apart(
    repository: Repository, server: Repository, tmp_path: Path, fetched: bool
) -> None:
    first, _ = commit(repository, {"a": b"1"})
    push(repository, "origin", "main", first)
    other = _other(server, tmp_path)
    winner, _ = commit(other, {"a": b"theirs"})
    push(other, "origin", "main", winner)
    mine, _ = commit(repository, {"a": b"mine"})
    if fetched:
        with Objects(repository) as objects:
            fetch(repository, objects, "origin", "main")
    with pytest.raises(BranchMoved):
        push(repository, "origin", "main", mine)
    assert git(server.git_dir, "rev-parse", MAIN) == winner


def test_a_refusal_is_shown_in_the_servers_words(repository: Repository, server: Repository) -> None:
    hook = server.git_dir / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'registry: role: alice may not promote' >&2\nexit 1\n")
    hook.chmod(0o755)
    new, _ = commit(repository, {"a": b"1"})
    with pytest.raises(Refused, match=r"push was refused: .*alice may not promote"):
        push(repository, "origin", "main", new)


def test_a_remote_that_is_not_configured(repository: Repository) -> None:
    new, _ = commit(repository, {"a": b"1"})
    with pytest.raises(BadInput, match="no remote called origin") as caught:
        push(repository, "origin", "main", new)
    assert caught.value.hint == "git remote add origin URL"
    with Objects(repository) as objects, pytest.raises(BadInput, match="no remote called origin"):
        fetch(repository, objects, "origin", "main")


def test_a_remote_that_cannot_be_reached(plain: Repository, tmp_path: Path) -> None:
    new, _ = commit(plain, {"a": b"1"})
    git(plain.git_dir, "remote", "add", "origin", str(tmp_path / "gone.git"))
    with pytest.raises(BadInput, match=r"cannot be reached: .*does not appear to be a git repository"):
        push(plain, "origin", "main", new)
    with Objects(plain) as objects, pytest.raises(BadInput, match=r"cannot be reached: .*gone"):
        fetch(plain, objects, "origin", "main")


def test_a_surrounding_hooks_repository_is_not_the_one_pushed(
    repository: Repository, server: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = make(tmp_path / "elsewhere")
    new, _ = commit(repository, {"a": b"1"})
    monkeypatch.setenv("GIT_DIR", str(elsewhere.git_dir))
    push(repository, "origin", "main", new)
    monkeypatch.delenv("GIT_DIR")
    assert git(server.git_dir, "rev-parse", MAIN) == new


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, ("origin", "main")),
        ({"branch.main.remote": "up", "branch.main.merge": "refs/heads/trunk"}, ("up", "trunk")),
        ({"branch.main.remote": ".", "branch.main.merge": "refs/heads/x"}, ("origin", "main")),
    ],
)
def test_where_a_branch_goes(config: dict[str, str], found: tuple[str, str]) -> None:
    assert upstream(MAIN, config) == found
