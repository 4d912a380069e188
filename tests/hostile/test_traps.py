"""Attack 37: whatever a clone's configuration, hooks, attributes and environment name, nothing of it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.hostile import TRAPS, Trap, environments, footprint
from tests.support.registry import Registry

READING: tuple[tuple[str, ...], ...] = (
    ("verify", "--json"),
    ("resolve", "churn@production"),
    ("resolve", "churn@production", "--at", "HEAD~1", "--json"),
    ("status",),
    ("list",),
    ("log",),
    ("log", "churn@production"),
    ("show", "churn:v2"),
    ("why", "churn@production"),
    ("trust", "show"),
    ("trust", "allowed-signers"),
    ("policy", "show"),
    ("policy", "explain", "production"),
)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "trap")


def spring(registry: Registry, trap: Trap) -> None:
    """What plain git does where nobody is careful."""
    (registry.folder / "new").write_text("x\n")
    for arguments in (
        ("status",),
        ("log", "-p", "--show-signature", "-1"),
        ("diff", "HEAD~1"),
        ("add", "new"),
        ("commit", "--quiet", "-m", "x"),
        ("fetch", "--all"),
        ("-c", "core.pager=cat", "rev-list", "--alternate-refs", "HEAD"),
        ("gc", "--auto"),
        ("cat-file", "-e", "1" * 40),
    ):
        command = ["git", "-C", str(registry.folder), *arguments]
        subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=20)


REAL = ("hooks of every name", "core.hooksPath", "core.fsmonitor", "filters", "include.path", "includeIf",
        "textconv and external diff drivers", "nested attributes in the work tree", "a promisor remote",
        "core.alternateRefsCommand")  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_the_traps_are_real_for_plain_git(two: Registry, trap: Trap, name: str) -> None:
    TRAPS[name](two, trap)
    spring(two, trap)
    assert trap.ran


@pytest.mark.parametrize("name", TRAPS)
def test_no_trap_runs_or_changes_the_verdict(two: Registry, trap: Trap, tmp_path: Path, name: str) -> None:
    head = two.head
    TRAPS[name](two, trap)
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    document = two.verify()
    assert (document["verdict"], document["head"]) == ("pass", head)
    assert two.json("resolve", "churn@production")["version"] == "v2"
    assert trap.ran == []
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before


def test_all_traps_at_once_stop_no_reading_verb_and_none_writes(
    two: Registry, trap: Trap, tmp_path: Path
) -> None:
    expected = [two.run(*arguments, expect=None) for arguments in READING]
    for prepare in TRAPS.values():
        prepare(two, trap)
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    found = [two.run(*arguments, expect=None) for arguments in READING]
    assert found == expected
    assert trap.ran == []
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before


@pytest.mark.parametrize(
    "name",
    [
        "programs",
        "a folder of git's own programs",
        "traces into a file",
        "configuration by number",
        "configuration by parameters",
        "other configuration files",
        "another repository",
        "other objects",
        "other meanings of paths",
    ],
)
def test_no_variable_runs_a_program_or_changes_an_answer(
    two: Registry, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    expected = [two.run(*arguments, expect=None) for arguments in READING]
    for variable, value in environments(trap)[name].items():
        monkeypatch.setenv(variable, value)
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    assert [two.run(*arguments, expect=None) for arguments in READING] == expected
    assert trap.ran == []
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before
