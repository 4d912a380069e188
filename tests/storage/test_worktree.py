"""The work tree follows the branch, and the user's own work is never touched."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage.commits import BranchMoved, NewCommit, build_commit, move_branch
from gitregistry.storage.git import GitFailed
from gitregistry.storage.journal import Move, alone, journal_file, note, noted
from gitregistry.storage.objects import Objects
from gitregistry.storage.open_folder import Obstructed, parent_of, read_in, remove_file, write_file
from gitregistry.storage.repository import Repository, find_repository, user_config
from gitregistry.storage.worktree import Refreshed, finish_refresh, land
from tests.storage.helpers import MAIN, NOBODY, commit, git, make, raw_commit, raw_tree, status

START: dict[str, bytes | None] = {"registry/a.yaml": b"a1\n", "registry/b.yaml": b"b1\n", "notes": b"n\n"}


@pytest.fixture
def top(repository: Repository) -> Path:
    """The work tree of a repository with a first commit."""
    commit(repository, START)
    assert repository.work_tree is not None
    return repository.work_tree


def _reasons(refreshed: Refreshed) -> dict[str, str]:
    return {left.path: left.reason for left in refreshed.left}


def test_the_first_commit_fills_the_work_tree(repository: Repository, top: Path) -> None:
    assert (top / "registry" / "a.yaml").read_bytes() == b"a1\n"
    assert status(top) == ""


def test_a_clean_file_follows(repository: Repository, top: Path) -> None:
    _, refreshed = commit(repository, {"registry/a.yaml": b"a2\n", "registry/new/c.yaml": b"c\n"})
    assert refreshed == Refreshed(("registry/a.yaml", "registry/new/c.yaml"), ())
    assert (top / "registry" / "a.yaml").read_bytes() == b"a2\n"
    assert (top / "registry" / "new" / "c.yaml").read_bytes() == b"c\n"
    assert status(top) == ""
    assert not journal_file(repository).exists()


def test_a_removed_file_goes_with_its_empty_folders(repository: Repository, top: Path) -> None:
    commit(repository, {"registry/deep/er/c.yaml": b"c\n"})
    commit(repository, {"registry/deep/er/c.yaml": None})
    assert not (top / "registry" / "deep").exists()
    assert (top / "registry" / "a.yaml").exists()
    assert status(top) == ""


def test_other_files_stay_dirty_staged_and_untracked_as_they_were(repository: Repository, top: Path) -> None:
    (top / "notes").write_bytes(b"staged\n")
    git(top, "add", "notes")
    (top / "notes").write_bytes(b"dirty\n")
    (top / "registry" / "b.yaml").write_bytes(b"edited\n")
    (top / "untracked").write_bytes(b"u\n")
    before = status(top)
    commit(repository, {"registry/a.yaml": b"a2\n"})
    assert status(top) == before
    assert (top / "notes").read_bytes() == b"dirty\n"
    assert git(top, "show", ":notes") == "staged"


def test_a_file_the_user_edited_is_left_as_it_is(repository: Repository, top: Path) -> None:
    (top / "registry" / "a.yaml").write_bytes(b"mine\n")
    _, refreshed = commit(repository, {"registry/a.yaml": b"a2\n", "registry/b.yaml": b"b2\n"})
    assert refreshed.updated == ("registry/b.yaml",)
    assert _reasons(refreshed) == {"registry/a.yaml": "you have changed it"}
    assert (top / "registry" / "a.yaml").read_bytes() == b"mine\n"
    assert git(top, "show", ":registry/a.yaml") == "a2"  # committing it now would not undo the step
    assert status(top) == " M registry/a.yaml"


def test_a_file_the_user_removed_stays_removed(repository: Repository, top: Path) -> None:
    (top / "registry" / "a.yaml").unlink()
    _, refreshed = commit(repository, {"registry/a.yaml": b"a2\n"})
    assert refreshed.left
    assert status(top) == " D registry/a.yaml"


def test_what_the_user_staged_stays_staged(repository: Repository, top: Path) -> None:
    (top / "registry" / "a.yaml").write_bytes(b"staged\n")
    git(top, "add", "registry/a.yaml")
    _, refreshed = commit(repository, {"registry/a.yaml": b"a2\n"})
    assert _reasons(refreshed) == {"registry/a.yaml": "you have staged changes to it"}
    assert git(top, "show", ":registry/a.yaml") == "staged"
    assert (top / "registry" / "a.yaml").read_bytes() == b"staged\n"


def test_an_untracked_file_in_the_way_is_not_overwritten(repository: Repository, top: Path) -> None:
    (top / "registry" / "new.yaml").write_bytes(b"mine\n")
    _, refreshed = commit(repository, {"registry/new.yaml": b"theirs\n"})
    assert _reasons(refreshed) == {"registry/new.yaml": "a file of yours is there"}
    assert (top / "registry" / "new.yaml").read_bytes() == b"mine\n"


def test_a_file_that_already_is_as_it_will_be_needs_nothing(repository: Repository, top: Path) -> None:
    (top / "registry" / "new.yaml").write_bytes(b"same\n")
    _, refreshed = commit(repository, {"registry/new.yaml": b"same\n"})
    assert refreshed.updated == ("registry/new.yaml",)
    assert status(top) == ""


@pytest.mark.parametrize("place", ["registry/models", "registry/new.yaml", "registry/a.yaml"])
def test_a_symbolic_link_is_never_written_through(
    repository: Repository, top: Path, tmp_path: Path, place: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "new.yaml").write_bytes(b"a1\n")
    link = top / place
    link.unlink(missing_ok=True)
    link.symlink_to(outside if place == "registry/models" else outside / "new.yaml")
    files = {"registry/models/new.yaml": b"x", "registry/new.yaml": b"x", "registry/a.yaml": b"x"}
    _, refreshed = commit(repository, files)
    assert link.is_symlink()
    assert [path.read_bytes() for path in outside.iterdir()] == [b"a1\n"]
    assert len(refreshed.left) == 1
    assert refreshed.left[0].path.startswith(place)


def test_a_path_in_conflict_is_left(repository: Repository, top: Path) -> None:
    oids = [git(top, "hash-object", "-w", "--stdin", stdin=b"%d" % number) for number in range(3)]
    lines = "".join(f"100644 {oid} {stage}\tregistry/a.yaml\0" for stage, oid in enumerate(oids, 1))
    zero = f"0 {repository.no_object}\tregistry/a.yaml\0"
    git(top, "update-index", "-z", "--index-info", stdin=(zero + lines).encode())
    _, refreshed = commit(repository, {"registry/a.yaml": b"a2\n"})
    assert "registry/a.yaml" in _reasons(refreshed)
    assert status(top) == "UU registry/a.yaml"


def test_a_sparse_checkout_stays_sparse(repository: Repository, top: Path) -> None:
    git(top, "update-index", "--skip-worktree", "registry/a.yaml")
    (top / "registry" / "a.yaml").unlink()
    commit(repository, {"registry/a.yaml": b"a2\n", "registry/b.yaml": b"b2\n"})
    assert not (top / "registry" / "a.yaml").exists()
    assert git(top, "ls-files", "-v", "registry") == "S registry/a.yaml\nH registry/b.yaml"
    assert git(top, "show", ":registry/a.yaml") == "a2"
    assert status(top) == ""
    commit(repository, {"registry/a.yaml": None})
    assert git(top, "ls-files", "registry") == "registry/b.yaml"


def test_another_branch_than_the_one_checked_out_leaves_the_work_tree_alone(
    repository: Repository, top: Path
) -> None:
    _, refreshed = commit(repository, {"registry/a.yaml": b"other\n"}, ref="refs/heads/other")
    assert refreshed == Refreshed()
    assert (top / "registry" / "a.yaml").read_bytes() == b"a1\n"
    assert status(top) == ""
    assert not journal_file(repository).exists()


def test_a_branch_checked_out_elsewhere_is_reported_not_touched(
    repository: Repository, top: Path, tmp_path: Path
) -> None:
    git(top, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = find_repository(tmp_path / "linked")
    _, refreshed = commit(linked, {"registry/a.yaml": b"a2\n"}, ref=MAIN)
    (left,) = refreshed.left
    assert left.path == str(top)
    assert (top / "registry" / "a.yaml").read_bytes() == b"a1\n"
    for command in left.hint.split(" && ")[1:]:
        git(top, *command.split()[1:])  # the hint mends it
    assert (top / "registry" / "a.yaml").read_bytes() == b"a2\n"
    assert status(top) == ""


def test_a_linked_work_tree_follows_its_own_branch(repository: Repository, top: Path, tmp_path: Path) -> None:
    git(top, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = find_repository(tmp_path / "linked")
    commit(linked, {"registry/a.yaml": b"side\n"}, ref="refs/heads/side")
    assert (tmp_path / "linked" / "registry" / "a.yaml").read_bytes() == b"side\n"
    assert status(tmp_path / "linked") == status(top) == ""


def test_a_bare_repository_has_nothing_to_follow(tmp_path: Path) -> None:
    bare = make(tmp_path / "bare.git", "--bare")
    new, refreshed = commit(bare, START)
    assert refreshed == Refreshed()
    assert git(bare.git_dir, "rev-parse", MAIN) == new


def test_the_command_may_be_run_from_anywhere(
    repository: Repository, top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commit(repository, {"registry/a.yaml": b"a2\n"})
    monkeypatch.chdir(top / "registry")
    commit(find_repository(Path()), {"registry/b.yaml": b"b2\n"})
    assert (top / "registry" / "b.yaml").read_bytes() == b"b2\n"
    assert status(top) == ""


def test_programs_links_and_submodules_that_arrive_with_a_push(plain: Repository) -> None:
    top = plain.work_tree
    assert top is not None
    first, _ = commit(plain, {"a": b"1"})
    blob = bytes.fromhex(git(top, "hash-object", "-w", "--stdin", stdin=b"#!/bin/sh\n"))
    one = bytes.fromhex(git(top, "rev-parse", "HEAD:a"))
    rows = b"100644 a\0" + one + b"120000 link\0" + one + b"160000 module\0" + bytes.fromhex(first)
    tree = raw_tree(plain, rows + b"100755 run\0" + blob)
    new = raw_commit(plain, tree, first)
    with Objects(plain) as objects:
        refreshed = land(plain, objects, MAIN, first, new, "pulled")
    assert refreshed.updated == ("module", "run")
    assert _reasons(refreshed) == {"link": "it is a symbolic link"}
    assert (top / "run").stat().st_mode & 0o111
    assert not (top / "link").exists()


def test_git_finds_the_files_unchanged(repository: Repository, top: Path) -> None:
    commit(repository, {"registry/a.yaml": b"a2\n", "registry/new.yaml": b"n\n"})
    git(top, "diff", "--quiet", "HEAD")
    assert git(top, "status", "--porcelain", "registry") == ""


def test_a_file_too_large_to_compare_is_left(plain: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitregistry.storage.worktree._LARGEST_FILE", 10)
    _, refreshed = commit(plain, {"large": b"x" * 11, "small": b"x"})
    assert _reasons(refreshed) == {"large": "it is too large"}


def test_a_file_that_cannot_be_written_is_left_and_the_commit_made(repository: Repository, top: Path) -> None:
    (top / "registry" / ".a.yaml.registry-new").mkdir()  # where the new bytes would be put first
    new, refreshed = commit(repository, {"registry/a.yaml": b"a2\n", "registry/b.yaml": b"b2\n"})
    assert refreshed.updated == ("registry/b.yaml",)
    assert _reasons(refreshed)["registry/a.yaml"].startswith("it cannot be written: ")
    assert git(top, "rev-parse", "HEAD") == new


def test_an_index_that_git_cannot_read_is_git_s_own_error(repository: Repository, top: Path) -> None:
    (repository.git_dir / "index").write_bytes(b"nonsense")
    with pytest.raises(GitFailed, match="index"):
        commit(repository, {"registry/a.yaml": b"a2\n"})


def test_no_hook_runs_when_the_registry_writes(repository: Repository, top: Path, tmp_path: Path) -> None:
    for name in ("reference-transaction", "post-index-change", "pre-commit", "post-commit", "commit-msg"):
        hook = repository.git_dir / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
        hook.chmod(0o755)
    git(top, "config", "core.hooksPath", str(repository.git_dir / "hooks"))
    git(top, "config", "core.fsmonitor", f"touch '{tmp_path}/ran'")
    commit(repository, {"registry/a.yaml": b"a2\n"})
    assert not (tmp_path / "ran").exists()


def test_losing_the_race_changes_nothing(repository: Repository, top: Path) -> None:
    with Objects(repository) as objects:
        tip = objects.resolve(MAIN)
        files = {"registry/a.yaml": b"late\n"}
        new = build_commit(
            repository, objects, NewCommit(tip, files, "late"), user_config(repository), NOBODY
        )
        winner, _ = commit(repository, {"registry/a.yaml": b"first\n"})
        with pytest.raises(BranchMoved):
            land(repository, objects, MAIN, tip, new, "late")
        assert objects.resolve(MAIN) == winner
    assert (top / "registry" / "a.yaml").read_bytes() == b"first\n"
    assert not journal_file(repository).exists()
    assert status(top) == ""


def _killed(repository: Repository, files: dict[str, bytes | None], *, moved: bool) -> str:
    """As though killed after the note was written, or right after the branch moved."""
    with Objects(repository) as objects:
        tip = objects.resolve(MAIN)
        new = build_commit(repository, objects, NewCommit(tip, files, "x"), user_config(repository), NOBODY)
        (repository.git_dir / "gitregistry").mkdir(exist_ok=True)
        note(repository, Move(MAIN, tip, new, tuple(files)))
        if moved:
            move_branch(repository, MAIN, new, tip, "x")
    return new


def test_a_kill_after_the_branch_moved_is_finished_by_the_next_write(
    repository: Repository, top: Path
) -> None:
    files: dict[str, bytes | None] = {
        "registry/a.yaml": b"a2\n",
        "registry/b.yaml": None,
        "registry/c.yaml": b"c\n",
    }
    _killed(repository, files, moved=True)
    assert status(top) != ""
    commit(repository, {"notes": b"n2\n"})
    assert status(top) == ""
    assert (top / "registry" / "c.yaml").read_bytes() == b"c\n"


def test_a_kill_before_the_branch_moved_leaves_no_trace(repository: Repository, top: Path) -> None:
    _killed(repository, {"registry/a.yaml": b"a2\n"}, moved=False)
    with Objects(repository) as objects:
        finish_refresh(repository, objects)
        assert finish_refresh(repository, objects) is None
    assert (top / "registry" / "a.yaml").read_bytes() == b"a1\n"
    assert status(top) == ""


@pytest.mark.parametrize("done", [1, 2])
def test_a_kill_between_files_and_index_is_finished(repository: Repository, top: Path, done: int) -> None:
    _killed(repository, {"registry/a.yaml": b"a2\n", "registry/b.yaml": b"b2\n"}, moved=True)
    for name in ["a", "b"][:done]:
        write_file(top, f"registry/{name}.yaml", f"{name}2\n".encode())
    with Objects(repository) as objects:
        refreshed = finish_refresh(repository, objects)
    assert refreshed == Refreshed(("registry/a.yaml", "registry/b.yaml"), ())
    assert status(top) == ""


def test_what_the_user_committed_after_a_kill_is_not_undone(repository: Repository, top: Path) -> None:
    _killed(repository, {"registry/a.yaml": b"a2\n", "registry/b.yaml": b"b2\n"}, moved=True)
    (top / "registry" / "a.yaml").write_bytes(b"a3\n")
    git(top, "commit", "--quiet", "-m", "mine", "--", "registry/a.yaml")
    with Objects(repository) as objects:
        refreshed = finish_refresh(repository, objects)
    assert refreshed == Refreshed(("registry/b.yaml",), ())
    assert (top / "registry" / "a.yaml").read_bytes() == b"a3\n"
    assert status(top) == ""


def test_a_git_that_outlives_its_killed_command_is_waited_for(plain: Repository) -> None:
    commit(plain, START)
    with alone(plain) as lock:
        survivor = subprocess.Popen(["sleep", "0.3"], pass_fds=(lock,))
    before = time.monotonic()
    commit(plain, {"notes": b"n2\n"})
    assert time.monotonic() - before > 0.2
    assert survivor.wait() == 0


def test_a_note_about_commits_that_are_gone_is_dropped(repository: Repository, top: Path) -> None:
    (repository.git_dir / "gitregistry").mkdir(exist_ok=True)
    note(repository, Move(MAIN, None, "1" * len(repository.no_object), ("registry/a.yaml",)))
    commit(repository, {"registry/a.yaml": b"a2\n"})
    assert status(top) == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"ref": 1, "old": null, "new": 2, "paths": 3}', b"\xff", None],
)
def test_a_note_that_is_none_of_ours_does_no_harm(plain: Repository, content: bytes | None) -> None:
    new, _ = commit(plain, START)
    evil = {"ref": MAIN, "old": None, "new": new, "paths": ["../../outside"]}
    journal_file(plain).write_bytes(json.dumps(evil).encode() if content is None else content)
    assert noted(plain) is None
    commit(plain, {"registry/a.yaml": b"a2\n"})
    assert not journal_file(plain).exists()


def test_an_index_locked_for_long_keeps_the_commit_and_is_made_up_for_later(
    repository: Repository, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitregistry.storage.index._PATIENCE", 0.05)
    lock = repository.git_dir / "index.lock"
    lock.touch()
    first, refreshed = commit(repository, {"registry/a.yaml": b"a2\n"})
    assert git(top, "rev-parse", "HEAD") == first
    assert _reasons(refreshed) == {"registry/a.yaml": "another git has locked the index"}
    assert str(lock) in refreshed.left[0].hint
    commit(repository, {"registry/a.yaml": b"a3\n", "registry/b.yaml": b"b2\n"})
    lock.unlink()
    commit(repository, {"notes": b"n2\n"})
    assert (top / "registry" / "a.yaml").read_bytes() == b"a3\n"
    assert status(top) == ""


def test_an_index_locked_for_a_moment_is_waited_for(repository: Repository, top: Path) -> None:
    import threading  # noqa: PLC0415

    lock = repository.git_dir / "index.lock"
    lock.touch()
    timer = threading.Timer(0.2, lock.unlink)
    timer.start()
    before = time.monotonic()
    _, refreshed = commit(repository, {"registry/a.yaml": b"a2\n"})
    timer.join()
    assert refreshed.left == ()
    assert time.monotonic() - before < 2


def test_a_note_that_cannot_be_written_stops_the_step_before_it_begins(plain: Repository) -> None:
    new, _ = commit(plain, START)
    (plain.git_dir / "gitregistry" / "refresh.new").mkdir()
    with pytest.raises(BadInput, match="nothing was changed"):
        commit(plain, {"notes": b"n2\n"})
    assert git(plain.git_dir, "rev-parse", MAIN) == new


def test_a_lock_folder_that_cannot_be_made_stops_the_step_before_it_begins(plain: Repository) -> None:
    (plain.git_dir / "gitregistry").write_text("in the way")
    with pytest.raises(BadInput, match="nothing was changed"):
        commit(plain, START)


def test_folders_are_opened_one_by_one_and_links_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").write_bytes(b"x")
    for bad in ("link/a", "file/a"):
        with pytest.raises(Obstructed), parent_of(tmp_path, bad, create=True):
            pass
    with parent_of(tmp_path, "nowhere/a", create=False) as place:
        assert place is None
    with parent_of(tmp_path, "file", create=False) as place:
        assert place is not None
        assert read_in(*place, 10) == b"x"
        assert read_in(place[0], "nothing", 10) is None
        for bad in ("real", "link"):
            with pytest.raises(Obstructed):
                read_in(place[0], bad, 10)
    remove_file(tmp_path, "nowhere/a")
    remove_file(tmp_path, "file")
    assert not (tmp_path / "file").exists()
    remove_file(tmp_path, "real")
    assert not (tmp_path / "real").exists()
