"""Finding repositories of every shape, and the configuration that holds there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage.repository import Repository, config_flag, find_repository, read_head, user_config
from tests.storage.helpers import MAIN, commit, git, make


def test_a_repository_is_found_from_a_folder_deep_inside(repository: Repository, tmp_path: Path) -> None:
    deep = tmp_path / "repository" / "a" / "b"
    deep.mkdir(parents=True)
    found = find_repository(deep)
    assert found == repository
    assert found.work_tree == tmp_path / "repository"
    assert found.git_dir == found.common_dir == tmp_path / "repository" / ".git"
    assert found.head_ref == MAIN  # not yet born


def test_the_object_format_is_known(tmp_path: Path) -> None:
    assert make(tmp_path / "a").no_object == "0" * 40
    assert make(tmp_path / "b", "--object-format=sha256").no_object == "0" * 64


def test_a_bare_repository_has_no_work_tree(tmp_path: Path) -> None:
    found = make(tmp_path / "bare.git", "--bare")
    assert found.work_tree is None
    assert found.git_dir == tmp_path / "bare.git"


def test_a_linked_work_tree_has_its_own_head_and_shares_the_objects(
    plain: Repository, tmp_path: Path
) -> None:
    commit(plain, {"a": b"1"})
    git(plain.common_dir, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    found = find_repository(tmp_path / "linked")
    assert found.common_dir == plain.common_dir
    assert found.git_dir == plain.common_dir / "worktrees" / "linked"
    assert found.work_tree == tmp_path / "linked"
    assert found.head_ref == "refs/heads/side"


def test_a_detached_head_is_on_no_branch(plain: Repository, tmp_path: Path) -> None:
    new, _ = commit(plain, {"a": b"1"})
    git(tmp_path / "plain", "checkout", "--quiet", "--detach", new)
    assert find_repository(tmp_path / "plain").head_ref is None


def test_a_head_that_is_a_symbolic_link_is_read_by_git(plain: Repository) -> None:
    commit(plain, {"a": b"1"})
    head = plain.git_dir / "HEAD"
    head.unlink()
    head.symlink_to("refs/heads/other")  # dangling, so that only git can say
    assert read_head(plain.git_dir) == "refs/heads/other"


def test_a_head_that_is_damaged_is_reported(plain: Repository) -> None:
    (plain.git_dir / "HEAD").unlink()
    with pytest.raises(BadInput):
        read_head(plain.git_dir)
    with pytest.raises(BadInput):
        find_repository(plain.git_dir)


def test_a_repository_that_git_cannot_read_is_git_s_own_error(plain: Repository, tmp_path: Path) -> None:
    git(tmp_path / "plain", "config", "core.repositoryFormatVersion", "99")
    with pytest.raises(BadInput, match="Expected git repo version"):
        find_repository(tmp_path / "plain")


def test_a_path_with_a_line_end_is_refused_rather_than_misread(tmp_path: Path) -> None:
    folder = tmp_path / "two\nlines"
    folder.mkdir()
    git(folder, "init", "--quiet")
    with pytest.raises(BadInput, match="cannot be used"):
        find_repository(folder)


def test_variables_of_a_surrounding_hook_do_not_mislead(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.git_dir))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    assert find_repository(tmp_path / "plain") == plain


def test_outside_any_repository_the_error_names_the_way_in(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not inside a Git repository") as caught:
        find_repository(tmp_path)
    assert "registry init" in str(caught.value.hint)


def test_a_folder_that_does_not_exist_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        find_repository(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_somebody_elses_repository_is_not_trusted_unasked(
    plain: Repository, tmp_path: Path, user: Path
) -> None:
    top = tmp_path / "plain"
    for place in (top, top / ".git"):
        os.chown(place, 12345, 12345)
    with pytest.raises(BadInput, match="belongs to another user") as caught:
        find_repository(top)
    assert "safe.directory" in str(caught.value.hint)
    with user.open("a") as config:
        config.write(f"[safe]\n\tdirectory = {top}\n")
    found = find_repository(top)
    commit(found, {"a": b"1"})  # what the user has vouched for, every later command accepts


def test_the_last_value_of_a_variable_wins(plain: Repository, tmp_path: Path) -> None:
    git(tmp_path / "plain", "config", "user.name", "Bob\nthe second")
    git(tmp_path / "plain", "config", "branch.Main.remote", "there")
    with (plain.git_dir / "config").open("a") as config_file:
        config_file.write("[Commit]\n\tGPGSign\n")
    config = user_config(plain)
    assert config["user.name"] == "Bob\nthe second"
    assert config["user.email"] == "alice@example.com"
    assert config["branch.Main.remote"] == "there"
    assert config_flag(config, "commit.gpgsign")


@pytest.mark.parametrize(
    ("value", "meant"),
    [("true", True), ("Yes", True), ("1", True), ("0", False), ("off", False), ("", False)],
)
def test_flags_are_read_as_git_reads_them(value: str, meant: bool) -> None:
    assert config_flag({"commit.gpgsign": value}, "commit.gpgsign") is meant


def test_a_flag_that_is_not_set_is_off() -> None:
    assert not config_flag({}, "commit.gpgsign")
