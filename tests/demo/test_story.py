"""The story that the demo tells, and the registry that it leaves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gitregistry.cli.main import main
from tests.demo.conftest import Played

MODEL = "tumour-screening"


@pytest.fixture(autouse=True)
def with_the_kept_pin(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(played.home / ".local" / "state"))


def ask(played: Played, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["-C", str(played.registry), *words, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def git(played: Played, *words: str) -> str:
    command = ["git", "-C", str(played.registry), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_comes_to_its_end_in_less_than_a_minute(played: Played) -> None:
    assert played.code == 0, played.text[-2000:]
    assert played.seconds < 60


def test_each_command_is_printed_before_it_runs(played: Played) -> None:
    command = "registry keys generate work/keys/bob --comment bob@example.com"
    assert f"\n$ {command}\nkey          work/keys/bob\n" in played.text


def test_version_3_is_refused_with_all_that_is_missing_and_what_would_meet_it(played: Played) -> None:
    said = played.said(f"registry promote {MODEL}:v3 --to production")
    assert f"REFUSED: promote {MODEL}:v3 to production" in said
    assert "✓  promoted_to_canary" in said
    for unmet in (
        "canary_error_rate_under_1_percent",
        "canary_business_metric_regression_under_2_percent",
        "manual_approval_from_model_owner",
        "manual_approval_from_risk_owner",
    ):
        assert f"✗  {unmet}" in said
    assert "error_rate = 0.0833 ratio, the policy asks for at most 0.01 ratio" in said
    assert f"registry attest {MODEL}:v3 canary_error_rate_under_1_percent --passed --metric" in said
    assert f"registry approve {MODEL}:v3 --to production --role model-owner   # as bob@example.com" in said
    assert f"registry approve {MODEL}:v3 --to production --role risk-owner   # as carol@example.com" in said
    assert "(exit code 1, as it should be)" in said


def test_what_refused_version_3_was_measured(played: Played) -> None:
    traffic = (played.registry / "work" / "data" / "canary.jsonl").read_text("utf-8").splitlines()
    incomplete = sum(len(json.loads(line)["features"]) < 30 for line in traffic)
    report = json.loads((played.registry / "work" / "v3" / "canary.json").read_text("utf-8"))
    measured = report["canary_error_rate_under_1_percent"]["metrics"]["error_rate"]
    assert measured == round(incomplete / len(traffic), 4) > 0.01


def test_production_went_to_version_2_and_back(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    moves = ask(played, capsys, "log", f"{MODEL}@production")["moves"]
    assert [(move["action"], move["from"], move["to"]) for move in reversed(moves)] == [
        ("promote", None, "v1"),
        ("promote", "v1", "v2"),
        ("rollback", "v2", "v1"),
    ]
    assert moves[0]["reason"] == "since the scanner update v2 finds 3% of malignant tumours, v1 87%"
    assert ask(played, capsys, "resolve", f"{MODEL}@production")["version"] == "v1"


def test_version_2_served_at_10_percent_first(played: Played) -> None:
    assert "screening-v1 = v1 90 %, screening-v2 = v2 10 %" in played.text


def test_four_people_signed(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    shown = ask(played, capsys, "show", f"{MODEL}:v2")
    signers = {item["created_by"] for kind in ("evidence", "approvals") for item in shown[kind]}
    assert signers | {shown["manifest"]["created_by"]} == {
        "alice@example.com", "bob@example.com", "carol@example.com", "ci",
    }  # fmt: skip


def test_code_and_data_are_named_by_what_they_were(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = ask(played, capsys, "show", f"{MODEL}:v1")["manifest"]
    assert manifest["git_commit"] == git(played, "-C", "work/code", "rev-parse", "HEAD").strip()
    assert {"auc", "calibration_error", "brier_score"} <= set(manifest["evaluation"])
    assert manifest["model_card"].startswith("sha256:")


def test_the_registry_it_leaves_is_a_normal_one(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(played, capsys, "verify")["verdict"] == "pass"
    git(played, "fsck", "--strict")
    assert git(played, "status", "--short") == ""


def test_keys_and_models_cannot_be_committed_by_accident(played: Played) -> None:
    git(played, "add", "--all")
    assert git(played, "status", "--short") == ""
    assert git(played, "ls-files", "work") == ""
    assert oct((played.registry / "work" / "keys" / "alice").stat().st_mode)[-3:] == "600"


def test_nothing_is_left_at_home_but_the_pin_what_was_seen_and_the_seal_of_notes(played: Played) -> None:
    state = played.home / ".local/state/gitregistry"
    files = [path for path in played.home.rglob("*") if path.is_file()]
    assert sorted(path.relative_to(state).parts[0] for path in files) == ["pins", "seal.key", "seen", "seen"]
    assert {path.name for path in files if "seen" in path.parts} >= {"lock"}


def test_a_second_run_never_destroys_the_first(
    played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in played.registry.rglob("*")}
    monkeypatch.chdir(played.folder)
    assert main(["demo"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "error: demo-registry: something is there already; the demo never overwrites anything\n"
        "  try: registry demo OTHER_DIR, or first: rm -r 'demo-registry'\n"
    )
    assert {path: path.stat().st_mtime_ns for path in played.registry.rglob("*")} == before


def test_what_to_try_next_is_said_last(played: Played) -> None:
    last = played.text.rpartition("== What to try next")[2]
    assert "cd demo-registry" in last
    assert Path("work").name in last.splitlines()[-1]
