"""A commit and what lay at its paths before it; ancestry; new repositories; pins outside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage.ancestry import is_ancestor
from gitregistry.storage.creation import create_repository
from gitregistry.storage.encoding import object_id
from gitregistry.storage.git import GitFailed
from gitregistry.storage.objects import Objects
from gitregistry.storage.pins import keep_pin, read_pin, state_folder
from gitregistry.storage.registry_tree import RegistryTree
from gitregistry.storage.repository import Repository, find_repository
from tests.storage.helpers import commit, git, make

ALIAS = "registry/models/churn/aliases/production.yaml"


@pytest.mark.parametrize("gathered", [False, True])
def test_every_version_of_a_record_with_its_signature(repository: Repository, gathered: bool) -> None:
    def oid(data: bytes) -> str:
        return object_id(repository.object_format, "blob", data)

    first, _ = commit(repository, {ALIAS: b"1", f"{ALIAS}.sig": b"s1"})
    commit(repository, {"registry/other": b"x"})
    second, _ = commit(repository, {ALIAS: b"2", f"{ALIAS}.sig": b"s2"})
    third, _ = commit(repository, {f"{ALIAS}.sig": None})
    with Objects(repository) as objects:
        tree = RegistryTree(objects, third)
        if gathered:
            tree.gather_versions("registry/models")
        assert [version[:3] for version in tree.versions(ALIAS)] == [
            (first, oid(b"1"), oid(b"s1")),
            (second, oid(b"2"), oid(b"s2")),
            (third, oid(b"2"), None),
        ]
        dates = git(
            repository.work_tree or repository.git_dir,
            "log",
            "--format=%ct",
            "--reverse",
            "--",
            "registry/models",
        )
        assert [version.time for version in tree.versions(ALIAS)] == [int(date) for date in dates.split()]
        assert list(tree.versions("registry/models/never.yaml")) == []
        assert [version.commit for version in RegistryTree(objects, second).versions(ALIAS)] == [
            first,
            second,
        ]


def test_a_record_over_the_limit_has_no_bytes(plain: Repository) -> None:
    new, _ = commit(plain, {"registry/large": b"x" * (1 << 21), "registry/small": b"x"})
    with Objects(plain) as objects:
        tree = RegistryTree(objects, new)
        large, small = tree.children("registry").values()
        assert tree.blob(large.oid) is None
        assert tree.blob(small.oid) == b"x"
        assert tree.entry("registry/small") == small


def test_which_commit_contains_which(repository: Repository) -> None:
    first, _ = commit(repository, {"a": b"1"})
    second, _ = commit(repository, {"a": b"2"})
    assert is_ancestor(repository, first, second)
    assert is_ancestor(repository, second, second)
    assert not is_ancestor(repository, second, first)
    with pytest.raises(GitFailed):
        is_ancestor(repository, "1" * len(first), first)


def test_a_new_repository_is_on_main_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    create_repository(tmp_path / "a" / "b")
    found = find_repository(tmp_path / "a" / "b")
    assert found.head_ref == "refs/heads/main"
    new, _ = commit(found, {"a": b"1"})
    create_repository(tmp_path / "a" / "b")
    assert git(tmp_path / "a" / "b", "rev-parse", "HEAD") == new


def test_a_repository_cannot_be_made_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match="cannot make this folder"):
        create_repository(tmp_path / "file")


def test_a_pin_is_kept_per_clone_and_outside_of_it(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert read_pin(one, environment) is None
    place = keep_pin(one, environment, "sha256:1")
    assert place.is_relative_to(state_folder(environment))
    assert (read_pin(one, environment), read_pin(two, environment)) == ("sha256:1", None)
    keep_pin(one, environment, "sha256:2")
    assert read_pin(one, environment) == "sha256:2"
    place.write_text("[]")
    assert read_pin(one, environment) is None
    place.write_text("{")
    with pytest.raises(BadInput, match="kept pin cannot be read"):
        read_pin(one, environment)


def test_a_pin_that_cannot_be_kept_says_how_to_do_without(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be kept") as caught:
        keep_pin(make(tmp_path / "one"), {"XDG_STATE_HOME": str(tmp_path / "state")}, "sha256:1")
    assert "--pin sha256:1" in str(caught.value.hint)


def test_without_a_state_folder_the_home_holds_it() -> None:
    assert state_folder({"HOME": "/home/alice"}) == Path("/home/alice/.local/state/gitregistry")
