"""Commits without index or work tree, and the one atomic move of a branch."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage import git as plumbing
from gitregistry.storage.commits import BranchMoved, Identity, NewCommit, build_commit, move_branch
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository, find_repository, user_config
from tests.storage.helpers import MAIN, NOBODY, commit, git, make, raw_commit, raw_tree


def _build(repository: Repository, new: NewCommit, fallback: Identity = NOBODY) -> str:
    with Objects(repository) as objects:
        return build_commit(repository, objects, new, user_config(repository), fallback)


def _show(repository: Repository, new: str, form: str) -> str:
    return git(repository.git_dir, "show", "--no-patch", f"--format={form}", new)


def _list(repository: Repository, new: str) -> list[str]:
    return git(repository.git_dir, "ls-tree", "-r", "--format=%(objectmode) %(path)", new).split("\n")


def test_the_first_commit(repository: Repository) -> None:
    new = _build(
        repository, NewCommit(None, {"registry/trust.yaml": b"a", "README.md": b"b"}, "init\n\nbody")
    )
    assert _list(repository, new) == ["100644 README.md", "100644 registry/trust.yaml"]
    assert _show(repository, new, "%P|%s|%b|%an|%ae|%cn") == "|init|body\n|Alice|alice@example.com|Alice"
    git(repository.git_dir, "fsck", "--strict", "--full")


def test_all_else_stays_as_in_the_parent(repository: Repository) -> None:
    first = _build(repository, NewCommit(None, {"a/b/c": b"1", "a/d": b"2", "e": b"3", "a.b": b"4"}, "one"))
    second = _build(repository, NewCommit(first, {"a/b/c": b"new", "a/b/x": b"5"}, "two"))
    changed = git(repository.git_dir, "diff", "--name-status", first, second).split("\n")
    assert changed == ["M\ta/b/c", "A\ta/b/x"]
    git(repository.git_dir, "fsck", "--strict", "--full")


def test_links_programs_and_submodules_of_the_parent_survive(plain: Repository) -> None:
    blob = bytes.fromhex(git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"x"))
    rows = b"120000 link\0" + blob + b"160000 module\0" + bytes.fromhex("12" * 20) + b"100755 run\0" + blob
    second = _build(plain, NewCommit(raw_commit(plain, raw_tree(plain, rows)), {"new": b"1"}, "two"))
    assert _list(plain, second) == ["120000 link", "160000 module", "100644 new", "100755 run"]


def test_removing_the_last_file_removes_the_folders_above_it(repository: Repository) -> None:
    first = _build(repository, NewCommit(None, {"a/b/c": b"1", "d": b"2"}, "one"))
    second = _build(repository, NewCommit(first, {"a/b/c": None, "never/was": None}, "two"))
    assert git(repository.git_dir, "ls-tree", "-r", "-t", "--name-only", second) == "d"
    third = _build(repository, NewCommit(second, {"d": None}, "three"))
    assert git(repository.git_dir, "ls-tree", third) == ""


@pytest.mark.parametrize(
    "files",
    [
        {"../x": b""},
        {".git/config": b""},
        {"a//b": b""},
        {"a/.Git/x": b""},
        {"": b""},
        {"a": b"", "a/b": b""},
        {"a/b": b"", "a": b""},
    ],
)
def test_paths_that_cannot_be_are_refused(plain: Repository, files: dict[str, bytes]) -> None:
    with pytest.raises(BadInput):
        _build(plain, NewCommit(None, files, "x"))


def test_a_link_in_place_of_the_registry_is_not_written_through(plain: Repository) -> None:
    target = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"/tmp")
    parent = raw_commit(plain, raw_tree(plain, b"120000 registry\0" + bytes.fromhex(target)))
    with pytest.raises(BadInput, match="where a folder is needed"):
        _build(plain, NewCommit(parent, {"registry/a": b"1"}, "x"))


def test_a_folder_is_not_overwritten_by_a_file(plain: Repository) -> None:
    first = _build(plain, NewCommit(None, {"a/b": b"1"}, "one"))
    with pytest.raises(BadInput, match="there is a folder"):
        _build(plain, NewCommit(first, {"a": b"2"}, "two"))


def test_the_time_may_be_given(repository: Repository) -> None:
    new = _build(repository, NewCommit(None, {"a": b"1"}, "x", time=1_700_000_000))
    assert _show(repository, new, "%at %ct %ad") == "1700000000 1700000000 Tue Nov 14 22:13:20 2023 +0000"


def test_where_git_knows_nobody_the_fallback_stands_in(plain: Repository, user: Path) -> None:
    user.write_text("[user]\n\tuseConfigOnly = true\n")
    new = _build(plain, NewCommit(None, {"a": b"1"}, "x"), Identity("Bot", "bot@example.com"))
    assert _show(plain, new, "%an %ae %cn %ce") == "Bot bot@example.com Bot bot@example.com"
    with Objects(plain):
        move_branch(plain, MAIN, new, None, "x")


def test_the_users_own_variables_win(plain: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Carol")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "carol@example.com")
    new = _build(plain, NewCommit(None, {"a": b"1"}, "x"))
    assert _show(plain, new, "%an %ae %cn %ce") == "Carol alice@example.com Alice carol@example.com"


def test_a_message_is_kept_to_the_letter(plain: Repository) -> None:
    git(plain.git_dir, "config", "i18n.commitEncoding", "latin1")
    message = "Bewährt\n\n# not a comment\n--- a/x\n\nRegistry-Action: promote"
    new = _build(plain, NewCommit(None, {"a": b"1"}, message))
    raw = git(plain.git_dir, "cat-file", "commit", new)
    assert raw.endswith("\n\n" + message)
    assert "encoding" not in raw


def _signing(repository: Repository, tmp_path: Path, key: Path) -> None:
    for name, value in {"commit.gpgsign": "true", "gpg.format": "ssh", "user.signingkey": str(key)}.items():
        git(repository.git_dir, "config", name, value)


def test_the_commit_is_signed_when_git_is_told_to(repository: Repository, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    _signing(repository, tmp_path, key)
    new = _build(repository, NewCommit(None, {"a": b"1"}, "x"))
    assert "BEGIN SSH SIGNATURE" in git(repository.git_dir, "cat-file", "commit", new)


def test_a_commit_that_cannot_be_signed_is_not_made(plain: Repository, tmp_path: Path) -> None:
    _signing(plain, tmp_path, tmp_path / "no-such-key")
    with pytest.raises(BadInput, match="could not sign") as caught:
        _build(plain, NewCommit(None, {"a": b"1"}, "x"))
    assert "commit.gpgsign" in str(caught.value.hint)


def test_a_branch_is_made_once_and_moved_only_from_where_it_was(repository: Repository) -> None:
    first = _build(repository, NewCommit(None, {"a": b"1"}, "one"))
    second = _build(repository, NewCommit(first, {"a": b"2"}, "two"))
    move_branch(repository, MAIN, first, None, "made")
    with pytest.raises(BranchMoved):
        move_branch(repository, MAIN, second, None, "again")
    with pytest.raises(BranchMoved):
        move_branch(repository, MAIN, second, second, "stale")
    with pytest.raises(BranchMoved):
        move_branch(repository, "refs/heads/gone", second, first, "was deleted")
    move_branch(repository, MAIN, second, first, "registry: two\nlines")
    assert (
        git(repository.git_dir, "reflog", "-1", "--format=%H %gs", "main") == f"{second} registry: two lines"
    )


@pytest.mark.parametrize("ref", ["main", "HEAD", "refs/tags/x", "--stdin"])
def test_only_branches_by_their_full_names_are_moved(plain: Repository, ref: str) -> None:
    new = _build(plain, NewCommit(None, {"a": b"1"}, "one"))
    with pytest.raises(BadInput):
        move_branch(plain, ref, new, None, "x")


def test_a_lock_left_behind_is_named_with_the_way_out(
    plain: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, _ = commit(plain, {"a": b"1"})
    lock = plain.git_dir / "refs" / "heads" / "main.lock"
    lock.touch()
    options = [option.replace("Timeout=2000", "Timeout=50") for option in plumbing.WRITING_OPTIONS]
    monkeypatch.setattr(plumbing, "WRITING_OPTIONS", tuple(options))
    with pytest.raises(BadInput, match="holds this lock") as caught:
        commit(plain, {"a": b"2"})
    assert caught.value.hint == f"if no git is running: rm '{lock}'"
    assert git(plain.git_dir, "rev-parse", MAIN) == new


def _tmpfs(folder: Path, options: str) -> None:
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system of a small size can be mounted here: {done.stderr.decode().strip()}")


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    _tmpfs(tmp_path / "small", "size=2m")
    try:
        repository = make(tmp_path / "small" / "r")
        first, _ = commit(repository, {"a": b"1"})
        noise = random.Random(1).randbytes(3 << 20)
        with pytest.raises(BadInput, match="the disk is full; nothing was changed"):
            commit(repository, {"a": noise})
        assert git(repository.git_dir, "rev-parse", MAIN) == first
        commit(repository, {"a": b"2"})
    finally:
        subprocess.run(["umount", str(tmp_path / "small")], check=True)


def test_a_read_only_disk_changes_nothing(tmp_path: Path) -> None:
    _tmpfs(tmp_path / "small", "size=8m")
    try:
        repository = make(tmp_path / "small" / "r")
        first, _ = commit(repository, {"a": b"1"})
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "small")], check=True)
        with pytest.raises(BadInput, match=r"[Rr]ead-only.*; nothing was changed"):
            commit(repository, {"a": b"2"})
        assert git(repository.git_dir, "rev-parse", MAIN) == first
    finally:
        subprocess.run(["umount", str(tmp_path / "small")], check=True)


LIMITED = """
import random, resource, sys
from pathlib import Path
from gitregistry.errors import BadInput
from gitregistry.storage.repository import find_repository
from tests.storage.helpers import commit

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    commit(find_repository(Path(sys.argv[1])), {"b": random.Random(1).randbytes(200_000)})
except BadInput as error:
    print(error.message)
"""


def test_a_file_over_the_systems_limit_changes_nothing(plain: Repository) -> None:
    first, _ = commit(plain, {"a": b"1"})
    command = [sys.executable, "-c", LIMITED, str(plain.work_tree)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert "over the limit of this system; nothing was changed" in done.stdout.decode()
    assert git(plain.git_dir, "rev-parse", MAIN) == first


def test_two_writers_lose_nothing(repository: Repository, tmp_path: Path) -> None:
    commit(repository, {"start": b"1"})
    failures: list[BaseException] = []

    def writer(name: str) -> None:
        mine = find_repository(tmp_path / "repository")
        try:
            for number in range(6):
                while True:
                    try:
                        commit(mine, {f"registry/{name}/{number}": b"x"}, f"{name} {number}")
                        break
                    except BranchMoved:
                        continue
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=writer, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert git(repository.git_dir, "rev-list", "--count", MAIN) == "13"
    listed = git(repository.git_dir, "ls-tree", "-r", "--name-only", MAIN, "registry/").split("\n")
    assert len(listed) == 12
    assert git(tmp_path / "repository", "status", "--porcelain") == ""
