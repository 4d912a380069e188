"""Writers at once: each is judged on what the one before it left, and nothing is lost."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from gitregistry.cli.main import main
from gitregistry.operations import submit as submission
from tests.robustness.processes import all_done, start
from tests.support.registry import Registry


@pytest.fixture
def models(empty_registry: Registry) -> list[str]:
    """Models whose releases may go to staging."""
    return ["churn", "fraud", "spam", "upsell"]


def test_promotions_of_different_models(empty_registry: Registry, models: list[str]) -> None:
    registry = empty_registry
    for model in models:
        registry.register("v1", model=model)
        for check in ("artifact_signature_verified", "offline_eval_passed"):
            registry.attest("v1", check, model=model)
        for check in ("schema_compatibility_passed", "security_scan_passed"):
            registry.attest("v1", check, model=model)
    old = registry.head
    all_done([start(registry, "promote", f"{model}:v1", "--to", "staging") for model in models])
    assert registry.git("rev-list", "--count", "--first-parent", f"{old}..HEAD") == str(len(models))
    for model in models:
        assert registry.json("resolve", f"{model}@staging")["sequence"] == 1
    assert registry.git("status", "--porcelain") == ""
    assert registry.passes()
    registry.git("fsck", "--strict", "--no-dangling")


def test_promotions_of_the_same_alias(approved: Registry) -> None:
    approved.register("v2")
    approved.pass_staging("v2")
    old = approved.head
    turns = ["v2", "v1", "v2", "v1", "v2", "v1"]
    all_done([start(approved, "promote", f"churn:{version}", "--to", "staging") for version in turns])
    moves = approved.json("log", "churn@staging")["moves"]
    assert [move["sequence"] for move in moves] == [7, 6, 5, 4, 3, 2, 1]
    assert sorted(move["to"] for move in moves[:-1]) == sorted(turns)
    assert all(later["from"] == earlier["to"] for later, earlier in pairwise(moves))
    assert approved.git("rev-list", "--count", "--first-parent", f"{old}..HEAD") == str(len(turns))
    assert approved.git("status", "--porcelain") == ""
    assert approved.passes()


def test_a_promotion_and_the_withdrawal_of_its_release(approved: Registry) -> None:
    """Either order is lawful or refused; both landing in the wrong order never is."""
    withdrawal = start(approved, "retire", "churn:v1", "--withdraw", "--reason", "leaks data")
    promotion = start(approved, "promote", "churn:v1", "--to", "production")
    withdrawal.communicate(timeout=60)
    promotion.communicate(timeout=60)
    assert withdrawal.returncode == 0
    assert promotion.returncode in (0, 1)
    assert approved.run("resolve", "churn@production", expect=None).code != 0
    assert approved.passes()


def test_different_verbs_at_once(approved: Registry) -> None:
    commands = [
        ("attest", "churn:v1", "offline_eval_passed", "--passed"),
        ("attest", "churn:v1", "security_scan_passed", "--passed"),
        ("deploy", "churn", "--in", "canary", "--revision", "r", "--release", "v1", "--traffic", "100"),
        ("trust", "grant", "ci", "operator"),
    ]
    old = approved.head
    keys = ["ci", "ci", "alice", "alice"]
    all_done([start(approved, *command, key=key) for command, key in zip(commands, keys, strict=True)])
    assert approved.git("rev-list", "--count", "--first-parent", f"{old}..HEAD") == str(len(commands))
    assert approved.passes()


def test_a_race_lost_every_time_ends_with_its_own_code(
    approved: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A faster writer commits after every judgement, until this one gives up."""
    judged = submission.judge_files
    monkeypatch.setattr(submission, "_ATTEMPTS", 3)

    def overtaken(*arguments: object) -> object:
        decision = judged(*arguments)  # type: ignore[arg-type] # passed on as they came
        approved.git("commit", "--quiet", "--allow-empty", "-m", "faster")
        return decision

    monkeypatch.setattr(submission, "judge_files", overtaken)
    monkeypatch.setenv("REGISTRY_KEY", str(approved.keys["alice"]))
    alias = approved.folder / approved.alias()
    assert main(["-C", str(approved.folder), "promote", "churn:v1", "--to", "production"]) == 4
    said = capsys.readouterr().err
    assert "others moved the branch 3 times while this was judged; nothing was written" in said
    assert "try: run the same command again" in said
    assert not alias.exists()
    assert approved.git("log", "--format=%s", "-3").splitlines() == ["faster"] * 3


def test_the_lock_of_a_writer_that_waits_ends_with_it(approved: Registry, tmp_path: Path) -> None:
    """The kernel's lock, not a file's existence: the file may stay for ever."""
    lock = approved.folder / ".git" / "gitregistry" / "lock"
    assert lock.exists()
    approved.promote("v1", "production")
    assert lock.exists()
