"""Both object formats: the whole story of a release, pushed; and tampering with either is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hostile import LIES, TRAPS, Trap, hidden_step
from tests.support.keys import IDS
from tests.support.registry import Registry


@pytest.fixture(scope="module")
def story(session_home: None, keys: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """``churn:v2`` in canary and ``churn:v1`` in production, all in a repository of SHA-256 ids."""
    base = tmp_path_factory.mktemp("sha256")
    bare = Registry(base, "", keys)
    bare.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256", "registry")
    made = bare.json("init", "registry", "--name", "demo", "--id", IDS["alice"])
    registry = Registry(base / "registry", made["pin"], keys)
    registry.add("bob", "model-owner")
    registry.add("carol", "risk-owner")
    registry.add("ci", "attester", kind="ci")
    registry.register("v1")
    registry.to_production("v1")
    registry.register("v2")
    registry.to_production("v2")
    return registry


@pytest.fixture
def long(story: Registry, tmp_path: Path) -> Registry:
    return story.copy(tmp_path / "long")


def test_the_whole_story_in_sha256(long: Registry, tmp_path: Path) -> None:
    server = tmp_path / "server.git"
    long.git("clone", "--quiet", "--bare", f"file://{long.folder}", str(server))
    long.git("remote", "add", "origin", str(server))
    assert len(long.head) == 64
    commit = long.rollback("production", "--push")
    assert long.git("--git-dir", str(server), "rev-parse", "refs/heads/main") == commit
    assert long.json("resolve", "churn@production")["version"] == "v1"
    assert long.json("resolve", "churn@production", "--at", f"{commit}~1")["version"] == "v2"
    assert long.passes()["head"] == commit
    for arguments in (("status",), ("log",), ("show", "churn:v2"), ("why", "churn@production"), ("list",)):
        long.run(*arguments)


@pytest.mark.parametrize("name", LIES)
def test_a_hidden_step_is_found_or_cannot_be_told_in_sha256(long: Registry, name: str) -> None:
    child, hidden = hidden_step(long)
    LIES[name].tell(long, child, hidden)
    code = long.run("verify", "--pin", long.pin, key=None, expect=None).code
    assert {0: "pass", 1: "fail", 5: "unknown"}[code] in LIES[name].verdicts


def test_no_trap_runs_in_sha256(long: Registry, tmp_path: Path) -> None:
    trap = Trap(tmp_path / "trap")
    for prepare in TRAPS.values():
        prepare(long, trap)
    long.passes()
    long.rollback()
    assert trap.ran == []
    long.passes()


def test_a_stranger_and_a_bare_revert_are_found_in_sha256(long: Registry) -> None:
    long.git("revert", "--no-edit", "HEAD")
    long.finds("replay", long.alias())
    long.rollback("production", "--to", "v1")
    path = long.alias()
    long.forge_bytes(path, long.read(path), "mallory")
    commit = long.commit_all()
    findings = long.verify()["findings"]
    assert {(finding["commit"], finding["path"]) for finding in findings} <= {
        (commit, path),
        (commit, f"{path}.sig"),
    }
    assert findings
