"""``verify`` lists every emergency in a history, however the replay was split and wherever it began."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitregistry.audit import shares
from gitregistry.records import paths
from gitregistry.storage.history import first_parents
from gitregistry.storage.repository import find_repository
from tests.attacks.test_attack_45_emergency import PLACE, SECTION, SKIPPED
from tests.audit.test_shares import judged
from tests.support.forging import emergency_by_hand, made_review
from tests.support.keys import IDS
from tests.support.registry import MODEL, Registry

# The first one lies where a test forges with the helpers that know one model.
MODELS = (MODEL, "alpha", "beta", "gamma")
REASON = "locked\nout"
REVIEWED = "alpha"


def review(registry: Registry, model: str = REVIEWED, outcome: str = "unjustified") -> None:
    command = ("review", model, "--in", "staging", "--outcome", outcome)
    registry.run(*command, "--note", "it could have waited", key="carol")


@pytest.fixture(scope="module")
def template(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Four models, each promoted in an emergency of its own; that of one is reviewed."""
    registry = empty_template.copy(tmp_path_factory.mktemp("emergencies") / "registry")
    registry.change_policy(PLACE, SECTION + PLACE)
    registry.run("trust", "grant", IDS["alice"], "incident-commander")
    for number, model in enumerate(MODELS):
        registry.register("v1", model=model)
        registry.attest("v1", "artifact_signature_verified", model=model)
        incident = ("--emergency", "--incident", f"INC-{number}", "--reason", REASON)
        registry.run("promote", f"{model}:v1", "--to", "staging", *incident)
    review(registry)
    return registry


@pytest.fixture
def history(template: Registry, tmp_path: Path) -> Registry:
    return template.copy(tmp_path / "registry")


def listed(registry: Registry, *options: str) -> dict[str, dict[str, Any]]:
    document = registry.json("verify", "--pin", registry.pin, *options)
    return {item["model_name"]: item for item in document["emergencies"]}


def test_each_is_told_whole_and_changes_no_verdict(history: Registry) -> None:
    assert history.passes()["verdict"] == "pass"
    found = listed(history)
    assert tuple(found) == MODELS
    alpha = found[REVIEWED]
    assert (alpha["version"], alpha["environment"], alpha["sequence"]) == ("v1", "staging", 1)
    assert (alpha["incident"], alpha["reason"], alpha["skipped"]) == ("INC-1", REASON, list(SKIPPED))
    assert (alpha["by"], alpha["authorised_by"]) == (IDS["alice"], IDS["alice"])
    assert (alpha["overdue"], alpha["hint"]) == (False, None)
    assert (alpha["review"]["outcome"], alpha["review"]["by"]) == ("unjustified", IDS["carol"])
    assert alpha["review"]["commit"] == history.head
    beta = found["beta"]
    assert (beta["review"], beta["overdue"]) == (None, False)
    assert beta["hint"].startswith("registry review beta --in staging --sequence 1 ")
    assert "Registry-Incident: INC-2" in history.git("show", "--no-patch", "--format=%B", beta["commit"])


def test_the_text_says_so_in_a_paragraph_of_its_own(history: Registry) -> None:
    said = history.run("verify", "--pin", history.pin).out
    assert "alpha:v1 to staging for INC-1: locked out\n  promoted by alice@example.com" in said
    assert f"  went without {', '.join(SKIPPED)}\n  reviewed by carol@example.com" in said
    assert "unjustified, it could have waited\n" in said
    assert said.count("  review due ") == 3
    assert "→ registry review beta --in staging" in said


def test_scanners_and_runners_get_a_note(history: Registry) -> None:
    sarif = json.loads(history.run("verify", "--pin", history.pin, "--format", "sarif").out)
    results = sarif["runs"][0]["results"]
    assert {(item["ruleId"], item["level"]) for item in results} == {("emergency", "note")}
    assert len(results) == len(MODELS)
    place = results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == paths.emergency("alpha", "staging", 1)
    lines = history.run("verify", "--pin", history.pin, "--format", "github").out.splitlines()
    assert len(lines) == len(MODELS) + 1
    assert lines[1].startswith(f"::notice file={place},title=emergency::")
    assert "unjustified, it could have waited" in lines[1]


def test_one_that_waits_too_long_is_overdue(history: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitregistry.cli.verify.now_text", lambda: "2099-01-01T00:00:00Z")
    found = listed(history)
    assert {model for model, item in found.items() if item["overdue"]} == {*MODELS} - {REVIEWED}
    assert "review OVERDUE since" in history.run("verify", "--pin", history.pin).out


def test_a_range_lists_what_it_made_or_closed(history: Registry) -> None:
    assert tuple(listed(history, "HEAD~1..HEAD")) == (REVIEWED,)
    made = listed(history, "HEAD~2..HEAD~1")
    assert tuple(made) == ("gamma",)


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_with_a_share_each_list_what_one_lists(
    history: Registry, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(history)
    assert [item.model_name for item in whole.emergencies] == list(MODELS)
    monkeypatch.setattr(shares, "WORTH_SHARING", 1)
    monkeypatch.setattr(shares, "processes", lambda: processes)
    assert judged(history) == whole


def test_a_replay_taken_up_at_any_step_lists_what_came_before(history: Registry) -> None:
    whole = judged(history)
    for commit in reversed(list(first_parents(find_repository(history.folder), history.head))):
        judged(history, commit, remembering=True)
        assert judged(history, remembering=True) == whole, f"taken up at {commit}"


def test_a_review_after_what_was_remembered_closes_what_is_remembered(history: Registry) -> None:
    history.passes()
    review(history, "beta", "justified")
    assert listed(history)["beta"]["review"]["outcome"] == "justified"
    assert listed(history) == listed(history, "--anew")


def test_one_that_was_unlawful_is_listed_beside_its_finding(history: Registry) -> None:
    history.register("v2")
    emergency_by_hand(history, "v2", "staging", skipped=())
    said = history.verify()
    assert said["verdict"] == "fail"
    assert [item["version"] for item in said["emergencies"] if item["model_name"] == MODEL] == ["v1", "v2"]


def test_a_review_that_was_unlawful_closes_nothing_here(history: Registry) -> None:
    path, record = made_review(history, paths.emergency(MODEL, "staging", 1), "alice", "risk-owner")
    history.forge(path, record, "alice")
    history.commit_all()
    said = history.verify()
    assert said["verdict"] == "fail"
    assert said["emergencies"][0]["review"] is None


def test_a_review_that_was_taken_away_is_told_no_more(history: Registry) -> None:
    (path,) = history.find(f"{paths.reviews_folder(REVIEWED)}/*.yaml")
    history.remove(path)
    history.commit_all()
    found = {item["model_name"]: item for item in history.verify()["emergencies"]}
    assert found[REVIEWED]["review"] is None
