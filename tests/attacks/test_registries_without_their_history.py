"""A shallow clone says that it cannot tell; a squashed history and a date past the calendar crash nothing."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.registry import TO_STAGING, Registry

CANNOT_TELL = (
    ("list",),
    ("why", "churn@production"),
    ("log", "churn@production"),
    ("rollback", "churn", "--in", "production", "--reason", "too many errors"),
)


def shallow(registry: Registry, target: Path) -> Registry:
    """A clone of the newest commit alone."""
    url = registry.folder.as_uri()
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", url, str(target)], check=True)
    return replace(registry, folder=target)


@pytest.mark.parametrize("command", CANNOT_TELL, ids=lambda command: command[0])
def test_a_shallow_clone_cannot_tell_and_says_what_mends_it(
    two: Registry, tmp_path: Path, command: tuple[str, ...]
) -> None:
    clone = shallow(two, tmp_path / "shallow")
    ended = clone.refuses(*command, expect=5)
    assert "git fetch --unshallow" in ended.out + ended.err
    clone.git("fetch", "--quiet", "--unshallow")
    clone.run(*command)


def test_a_shallow_clone_resolves(two: Registry, tmp_path: Path) -> None:
    clone = shallow(two, tmp_path / "shallow")
    assert clone.json("resolve", "churn@production", key=None)["version"] == "v2"


def test_verify_never_passes_a_shallow_clone(two: Registry, tmp_path: Path) -> None:
    assert shallow(two, tmp_path / "shallow").verify()["verdict"] == "unknown"


def test_why_answers_when_the_promotion_lies_in_the_first_commit(live: Registry) -> None:
    tree = live.git("rev-parse", "HEAD^{tree}")
    live.git("update-ref", "refs/heads/main", live.git("commit-tree", "-m", "squashed", tree))
    for environment in ("staging", "production"):
        assert "churn:v1" in live.run("why", f"churn@{environment}", key=None).out
    assert live.verify()["verdict"] != "pass"


def test_why_answers_in_a_squashed_registry_of_one_person(tmp_path: Path, empty_registry: Registry) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    made = replace(empty_registry, folder=folder).json(
        "init", "registry", "--name", "demo", "--id", "alice@example.com"
    )
    alone = Registry(folder / "registry", made["pin"], empty_registry.keys)
    alone.register("v1")
    for check in TO_STAGING:
        alone.attest("v1", check, key="alice")
    alone.promote("v1", "staging")
    tree = alone.git("rev-parse", "HEAD^{tree}")
    alone.git("update-ref", "refs/heads/main", alone.git("commit-tree", "-m", "squashed", tree))
    assert "v1" in alone.run("why", "churn@staging", key=None).out


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_past_the_calendar_is_bad_input(registered: Registry, moment: str) -> None:
    approve = ("approve", "churn:v1", "--to", "production", "--expires-at", moment)
    registered.refuses(*approve, key="bob", expect=2)
    listed = registered.run("list", "--at", moment, key=None, expect=None)
    assert listed.code in (0, 2, 3), "a moment before or after everything is no crash"
