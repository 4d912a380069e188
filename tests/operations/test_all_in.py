"""``promote --all-in``: what every model has in one environment goes to another, in one judged step."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gitregistry.records import paths
from tests.support.registry import TO_CANARY, TO_STAGING, Registry

MODELS = ("churn", "fraud-eu", "fraud-us", "spam")
ASKED = ("promote", "--all-in", "staging", "--to", "canary")


def to_staging(registry: Registry, model: str, version: str) -> None:
    registry.register(version, model=model)
    for check in TO_STAGING:
        registry.attest(version, check, model=model)
    registry.run("promote", f"{model}:{version}", "--to", "staging")


def pass_canary(registry: Registry, model: str, version: str) -> None:
    for check, metric in TO_CANARY.items():
        registry.attest(version, check, *(("--metric", metric) if metric else ()), model=model)


@pytest.fixture(scope="module")
def fleet_template(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Four models in staging, of which ``spam`` lacks what canary asks; ``upsell`` is nowhere."""
    registry = empty_template.copy(tmp_path_factory.mktemp("all-in") / "copy")
    for model in MODELS:
        to_staging(registry, model, "v1")
    for model in MODELS[:-1]:
        pass_canary(registry, model, "v1")
    registry.register("v1", model="upsell")
    return registry


@pytest.fixture
def fleet(fleet_template: Registry, tmp_path: Path) -> Registry:
    return fleet_template.copy(tmp_path / "fleet")


def states(document: dict[str, Any]) -> dict[str, str]:
    return {one["model_name"]: one["state"] for one in document["promotions"]}


def test_a_dry_run_says_of_each_what_would_come_of_it(fleet: Registry) -> None:
    state = fleet.state()
    document = fleet.json(*ASKED, "--dry-run", expect=1)
    assert fleet.state() == state
    assert (document["decision"], document["commit"], document["dry_run"]) == ("partly", None, True)
    assert states(document) == {"churn": "moves", "fraud-eu": "moves", "fraud-us": "moves", "spam": "refused"}
    spam = document["promotions"][-1]
    assert spam["reason"] == "staging_smoke_test_passed: no evidence (and 2 more)"
    assert spam["hint"] == "registry attest spam:v1 staging_smoke_test_passed --passed --environment staging"
    assert spam["replaces"] is None
    shown = fleet.run(*ASKED, "--dry-run", expect=1).out
    assert "promote all in staging to canary (3 would move, 1 refused): lawful; nothing was written" in shown
    assert "registry attest spam:v1 staging_smoke_test_passed" in " ".join(shown.split())


def test_those_that_pass_move_in_one_step_and_the_others_stay(fleet: Registry) -> None:
    old = fleet.head
    document = fleet.json(*ASKED, "--batch", "--reason", "weekly", expect=1)
    assert (document["decision"], document["commit"]) == ("partly", fleet.head)
    assert fleet.git("rev-parse", "HEAD~1") == old
    assert fleet.git("log", "-1", "--format=%s") == "Promote 3 releases"
    for model in MODELS[:-1]:
        assert fleet.json("log", f"{model}@canary")["moves"][0]["reason"] == "weekly"
    fleet.run("resolve", "spam@canary", expect=3)
    fleet.passes()
    again = fleet.json(*ASKED, "--batch", expect=1)
    assert (again["decision"], states(again)) == ("refused", {"spam": "refused"})
    assert fleet.head == document["commit"]


def test_when_all_pass_it_ends_with_0_and_then_there_is_nothing_to_do(fleet: Registry) -> None:
    pass_canary(fleet, "spam", "v1")
    document = fleet.json(*ASKED, "--batch")
    assert (document["decision"], len(document["promotions"])) == ("promoted", 4)
    old = fleet.head
    again = fleet.json(*ASKED, "--batch")
    assert (again["decision"], again["commit"], again["promotions"]) == ("nothing", None, [])
    assert "nothing is there that is not" in fleet.run(*ASKED, "--batch").out
    assert fleet.head == old


def test_only_the_models_that_are_named(fleet: Registry) -> None:
    document = fleet.json(*ASKED, "--batch", "--model", "fraud-*", "--model", "spa")
    assert states(document) == {"fraud-eu": "moves", "fraud-us": "moves"}
    fleet.run("resolve", "churn@canary", expect=3)


def test_what_is_in_its_place_is_named(fleet: Registry) -> None:
    fleet.run(*ASKED, "--batch", "--model", "churn")
    to_staging(fleet, "churn", "v2")
    pass_canary(fleet, "churn", "v2")
    (one,) = fleet.json(*ASKED, "--batch", "--model", "churn")["promotions"]
    assert (one["version"], one["replaces"], one["sequence"]) == ("v2", "v1", 2)


def test_all_or_nothing(fleet: Registry) -> None:
    document = fleet.refuses(*ASKED, "--batch", "--all-or-nothing", "--json").json
    assert document["decision"] == "refused"
    assert {one["model_name"]: one["lawful"] for one in document["promotions"]} == {
        "churn": True, "fraud-eu": True, "fraud-us": True, "spam": False,
    }  # fmt: skip
    pass_canary(fleet, "spam", "v1")
    done = fleet.json(*ASKED, "--batch", "--all-or-nothing")
    assert (done["decision"], len(done["promotions"])) == ("promoted", 4)


def test_what_the_judge_refuses_besides_the_policy_stays_behind(fleet: Registry) -> None:
    """A withdrawn release, and a model for which the promoter holds no role."""
    fleet.run("retire", "fraud-us:v1", "--withdraw", "--reason", "drift")
    fleet.add("dave", "promoter", options=("--model", "fraud-*"))
    document = fleet.json(*ASKED, "--batch", key="dave", expect=1)
    assert states(document) == {
        "churn": "refused", "fraud-eu": "moves", "fraud-us": "refused", "spam": "refused",
    }  # fmt: skip
    reasons = {one["model_name"]: one["reason"] for one in document["promotions"]}
    assert "does not hold the role promoter" in reasons["churn"]
    assert "v1 was withdrawn: drift" in reasons["fraud-us"]
    assert [item["rule"] for item in document["promotions"][0]["findings"]] == ["role"]
    assert document["promotions"][0]["hint"].startswith("registry trust grant dave@example.com promoter")
    assert fleet.git("log", "-1", "--format=%s") == "Promote fraud-eu:v1 to canary"
    fleet.passes()


def test_a_record_that_cannot_be_read_stops_only_its_own_model(fleet: Registry) -> None:
    fleet.write(paths.manifest("churn", "v1"), b"kind: [\n")
    fleet.commit_all("A manifest spoiled")
    document = fleet.json(*ASKED, "--batch", "--model", "churn", "--model", "fraud-eu", expect=1)
    assert states(document) == {"churn": "refused", "fraud-eu": "moves"}
    assert "cannot be used" in document["promotions"][0]["reason"]
    done = fleet.refuses(*ASKED, "--batch", "--all-or-nothing", "--model", "churn")
    assert "churn:v1: " in done.err


def test_a_batch_that_is_pushed_is_judged_again_on_what_others_did(fleet: Registry, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(fleet.folder), str(bare)], check=True)
    fleet.git("remote", "add", "origin", str(bare))
    other = fleet.copy(tmp_path / "other")
    other.run("promote", "churn:v1", "--to", "canary", "--push")
    document = fleet.json(*ASKED, "--batch", "--push", expect=1)
    assert states(document) == {"fraud-eu": "moves", "fraud-us": "moves", "spam": "refused"}
    assert fleet.git("ls-remote", "origin", "main").split()[0] == document["commit"]
    fleet.passes()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (ASKED, 2, "--all-in moves many models in one commit"),
        (("promote", "--all-in", "staging", "--batch"), 2, "needs an environment"),
        ((*ASKED, "churn:v1", "--batch"), 2, "--all-in says what to promote"),
        ((*ASKED, "--batch", "x.yaml"), 2, "--all-in says what to promote"),
        (("promote", "--all-in", "canary", "--to", "canary", "--batch"), 2, "canary is already there"),
        (("promote", "--batch"), 2, "--batch without a file goes with --all-in"),
        (("promote", "--batch", "--to", "canary"), 2, "--batch without a file goes with --all-in"),
        (("promote", "--batch", "x.yaml", "--model", "y"), 2, "--model goes with --all-in"),
        (("promote", "churn:v1", "--to", "canary", "--all-or-nothing"), 2, "--all-or-nothing goes with"),
        (("promote", "--all-in", "moon", "--to", "canary", "--batch"), 3, "knows no environment 'moon'"),
        (("promote", "--all-in", "staging", "--to", "moon", "--batch"), 3, "knows no environment 'moon'"),
    ],
)
def test_what_cannot_be_meant(arguments: tuple[str, ...], code: int, message: str, fleet: Registry) -> None:
    assert message in fleet.refuses(*arguments, expect=code).err


def test_signatures_checked_by_another_process_meanwhile_change_nothing_of_what_is_said(
    fleet: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = fleet.json(*ASKED, "--dry-run", expect=1)
    monkeypatch.setattr("gitregistry.operations.checked_ahead.WORTH_STARTING", 1)
    assert fleet.json(*ASKED, "--dry-run", expect=1) == alone


def test_a_forged_signature_is_found_whoever_checks_it(
    fleet: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitregistry.operations.checked_ahead.WORTH_STARTING", 1)
    places: list[Path] = []
    pattern = f"{next(iter(TO_CANARY))}-*.sig"
    for model in ("churn", "fraud-eu"):
        (place,) = (fleet.folder / paths.evidence_folder(model, "v1")).glob(pattern)
        places.append(place)
    places[1].write_bytes(places[0].read_bytes())
    fleet.git("commit", "--quiet", "--all", "--message", "Forge")
    document = fleet.json(*ASKED, "--batch", expect=1)
    assert states(document) == {
        "churn": "moves",
        "fraud-eu": "refused",
        "fraud-us": "moves",
        "spam": "refused",
    }
    forged = next(one for one in document["promotions"] if one["model_name"] == "fraud-eu")
    assert "cannot be used: the signature is not over these bytes" in forged["reason"]
