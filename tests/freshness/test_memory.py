"""What was seen is kept outside of the repository: by many at once, on bad disks, and damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from gitregistry.storage.remembering import forget, remember
from gitregistry.storage.seen import Mark, Marks, Seen, read_seen, seen_folder
from tests.freshness.mirrors import seen_files
from tests.robustness.processes import all_done, start
from tests.support.registry import Registry

PIN = "sha256:" + "0" * 64
MARKS = Marks(Mark(1, PIN), Mark(1, PIN), {"churn@production": Mark(3, PIN)}, "2026-05-01T00:00:00Z")


def seen(branch: str, number: int) -> Seen:
    return Seen(f"refs/heads/{branch}", f"{number:040x}", "/clone", "2026-05-01T00:00:00Z", MARKS)


def after(number: int) -> Callable[[str], bool]:
    """Heads are numbers here, and a later one follows every earlier one."""
    return lambda older: int(older, 16) < number


def write_many(state: str, branch: str, numbers: list[int]) -> None:
    for number in numbers:
        remember({"XDG_STATE_HOME": state}, PIN, seen(branch, number), after(number))


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    assert read_seen(environment, PIN, "refs/heads/main") is None
    remember(environment, PIN, seen("main", 7), after(7))
    assert read_seen(environment, PIN, "refs/heads/main") == seen("main", 7)


def test_it_never_moves_backwards(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    write_many(str(tmp_path), "main", [7, 3, 6])
    assert read_seen(environment, PIN, "refs/heads/main") == seen("main", 7)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    context = get_context("spawn")
    writers = [
        context.Process(target=write_many, args=(str(tmp_path), branch, numbers))
        for branch, numbers in (
            ("main", list(range(1, 400, 2))),
            ("main", list(range(2, 401, 2))),
            ("other", list(range(100))),
        )
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    assert read_seen(environment, PIN, "refs/heads/main") == seen("main", 400)
    assert read_seen(environment, PIN, "refs/heads/other") == seen("other", 99)


def test_verifications_at_once_keep_the_newest(two: Registry, home: Path) -> None:
    commands = [("verify", "--pin", two.pin, "--branch", name) for name in ("main", "main", "copy")]
    two.git("branch", "copy")
    all_done([start(two, *command) for command in commands])
    heads = {json.loads(path.read_text())["branch"]: path for path in seen_files(two, home)}
    assert set(heads) == {"refs/heads/main", "refs/heads/copy"}
    two.rollback()
    two.passes()
    assert json.loads(heads["refs/heads/main"].read_text())["head"] == two.head


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "null", "{}", '{"head": 1, "place": 2, "time": 3, "trust": 4}', "\x00"],
    ids=repr,
)
def test_a_damaged_memory_says_what_mends_it(two: Registry, home: Path, damage: str) -> None:
    two.passes()
    (kept,) = seen_files(two, home)
    kept.write_text(damage, "utf-8")
    mend = f"registry trust pin {two.pin} --forget"
    for command in (("verify", "--pin", two.pin), ("resolve", "churn@production")):
        ended = two.refuses(*command, expect=2)
        assert str(kept) in ended.err
        assert mend in ended.err
    two.run(*mend.split()[1:])
    two.passes()
    assert json.loads(kept.read_text())["head"] == two.head


@pytest.mark.parametrize("state", ["a-file", "/proc"])
def test_what_cannot_be_remembered_changes_no_verdict(
    two: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    (tmp_path / "a-file").write_text("where a folder should be", "utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / state))
    ended = two.run("verify", "--pin", two.pin, key=None)
    assert "PASS" in ended.out
    assert "note: " in ended.err
    assert "XDG_STATE_HOME" in ended.err


def test_forgetting_a_registry_that_was_never_seen_is_no_fault(two: Registry) -> None:
    assert two.json("trust", "pin", two.pin, "--forget") == {"pin": two.pin, "forgotten": 0}
    two.refuses("trust", "pin", "--forget", expect=2)
    two.refuses("trust", "pin", "../../etc", "--forget", expect=2)


def test_forgetting_removes_what_is_damaged_too(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    write_many(str(tmp_path), "main", [1])
    (damaged,) = seen_folder(environment, PIN).glob("*.json")
    damaged.write_bytes(b"\xff")
    assert forget(environment, PIN) == 1
    assert read_seen(environment, PIN, "refs/heads/main") is None
