"""``registry approve`` shows what is approved before anything is signed, and covers what it showed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Sequence

import pytest

from gitregistry.cli.session import actor
from gitregistry.operations.approve import Decided, approval, shown_for
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.submit import look, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.approval import Approval
from tests.support.keys import IDS
from tests.support.registry import Registry

TO_PRODUCTION = ("approve", "churn:v2", "--to", "production")


@pytest.fixture
def candidate(live: Registry) -> Registry:
    """``v1`` is live, ``v2`` in canary with all evidence for production."""
    live.register("v2")
    live.to_canary("v2")
    live.pass_production("v2")
    return live


def test_it_shows_what_changes_against_what_is_live(candidate: Registry) -> None:
    shown = candidate.run(*TO_PRODUCTION, key="bob").err
    assert "What changes against churn:v1, live in production" in shown
    changes = shown.partition("What changes")[2].partition("What production asks for")[0]
    assert "artifact_digest" in changes
    assert "s3://models/churn/v1/model.tar.gz" in changes
    assert "evaluation.auc" in changes, "evaluated values stand side by side though they are the same"
    assert "dataset_snapshot" not in changes


def test_it_says_that_nothing_is_live(approved: Registry) -> None:
    shown = approved.run("approve", "churn:v1", "--to", "production", key="bob").err
    assert "Nothing is live in production yet" in shown


def test_it_says_that_this_is_live_already(live: Registry) -> None:
    shown = live.run("approve", "churn:v1", "--to", "production", key="bob").err
    assert "It is what production points at now" in shown


def test_it_says_that_the_release_was_withdrawn(candidate: Registry) -> None:
    candidate.run("retire", "churn:v2", "--withdraw", "--reason", "leaks data")
    shown = candidate.run(*TO_PRODUCTION, key="bob").err
    assert "Nothing promotes it any more: it was withdrawn: leaks data" in shown


def test_it_shows_each_requirement_with_its_value_and_bounds(candidate: Registry) -> None:
    candidate.attest("v2", "canary_business_metric_regression_under_2_percent", "--metric",
                     "business_metric_regression=0.03")  # fmt: skip
    shown = candidate.run(*TO_PRODUCTION, key="bob").err
    assert "✓  canary_error_rate_under_1_percent  error_rate = 0.004 ratio (at most 0.01 ratio)" in shown
    assert "business_metric_regression = 0.03 ratio, the policy asks for at most 0.02 ratio" in shown
    assert "✗  manual_approval_from_risk_owner  no approval by a risk-owner" in shown


def test_it_shows_what_others_said_and_what_it_is_worth(candidate: Registry) -> None:
    candidate.add("dave", "risk-owner")
    candidate.add("mallory", "model-owner")
    candidate.approve("v2", "carol", "--expires-at", "2026-01-01")
    candidate.approve("v2", "dave", "--reject", "--note", "biased against new customers")
    candidate.approve("v2", "mallory")
    candidate.approve("v2", "mallory", "--withdraw")
    worth = {
        (item["by"], item["decision"]): (item["counts"], item["worth"], item["note"])
        for item in candidate.json(*TO_PRODUCTION, key="bob")["shown"]["decisions"]
    }
    assert worth == {
        (IDS["carol"], "approve"): (
            False, f"the approval by {IDS['carol']} expired at 2026-01-01T00:00:00Z", None,
        ),
        (IDS["dave"], "reject"): (False, "outweighs all approvals", "biased against new customers"),
        (IDS["mallory"], "approve"): (False, "replaced, or in no role asked for", None),
        (IDS["mallory"], "withdraw"): (False, f"{IDS['mallory']} withdrew it", None),
    }  # fmt: skip


def test_it_shows_which_slot_an_approval_fills(candidate: Registry) -> None:
    candidate.add("dave", "risk-owner", "model-owner")
    for role in ("risk-owner", "model-owner"):
        candidate.approve("v2", "dave", "--role", role)
    worth = [
        item["worth"] for item in candidate.json(*TO_PRODUCTION, "--dry-run", key="bob")["shown"]["decisions"]
    ]
    slot = "manual_approval_from_model_owner"
    assert sorted(worth) == [f"counts for {slot}", f"{IDS['dave']} counts for {slot} already"]


def test_it_says_what_is_signed(candidate: Registry) -> None:
    candidate.change_policy("    role: model-owner\n", "    role: model-owner\n    max_age: 3d\n")
    document = candidate.json(*TO_PRODUCTION, "--note", "looks good", "--expires-at", "2027-01-01", key="bob")
    assert document["shown"]["signs"] == {
        "incident": None,
        "decision": "approve",
        "by": IDS["bob"],
        "role": "model-owner",
        "policy_version": 2,
        "evidence": 9,
        "note": "looks good",
        "expires_at": "2027-01-01T00:00:00Z",
        "max_age": "3d",
    }
    record = candidate.record(Approval, document["records"][0]["path"])
    assert len(record.reviewed) == 9
    assert record.policy.version == 2


def test_a_dry_run_shows_the_same_and_writes_nothing(candidate: Registry) -> None:
    before = candidate.state()
    dry = candidate.json(*TO_PRODUCTION, "--dry-run", key="bob")
    assert candidate.state() == before
    assert dry["commit"] is None
    assert candidate.json(*TO_PRODUCTION, key="bob")["shown"] == dry["shown"]


def test_what_comes_in_while_somebody_looks_is_not_covered(candidate: Registry) -> None:
    name, decided = ReleaseName("churn", "v2"), Decided("production", None, "approve")
    with Workspace(candidate.folder) as workspace:
        who = actor(workspace, candidate.keys["bob"])
        shown = shown_for(look(workspace, who, workspace.commit()), name, decided)
        candidate.attest("v2", "canary_error_rate_under_1_percent", "--metric", "error_rate=0.0099")
        submit(workspace, who, approval(name, decided, shown))
    candidate.approve("v2", "carol")
    refused = candidate.refuses("promote", "churn:v2", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "manual_approval_from_model_owner"
    assert "approved before seeing canary_error_rate_under_1_percent by ci at" in unmet["reason"]
    assert "(error_rate = 0.0099 ratio)" in unmet["reason"]
    assert unmet["hint"].endswith(f"--role model-owner   (as {IDS['bob']})")
    candidate.approve("v2", "bob")
    candidate.promote("v2", "production")


# --- who is asked ---


@pytest.mark.parametrize("answer", ["n", "", "yes please"])
def test_on_a_terminal_nothing_is_signed_without_a_yes(candidate: Registry, answer: str) -> None:
    before = candidate.state()
    code, shown = at_a_terminal(candidate, TO_PRODUCTION, answer)
    assert code == 1
    assert "What changes against churn:v1" in shown
    assert "Sign this: approve churn:v2 for production as model-owner? [y/N]" in shown
    assert "nothing was signed" in shown
    assert candidate.state() == before


def test_on_a_terminal_a_yes_signs(candidate: Registry) -> None:
    code, shown = at_a_terminal(candidate, TO_PRODUCTION, "y")
    assert code == 0, shown
    assert candidate.record(Approval, candidate.approval("v2", "bob")).decision == "approve"


@pytest.mark.parametrize("option", ["--yes", "--json", "--dry-run"])
def test_who_answered_beforehand_is_not_asked(candidate: Registry, option: str) -> None:
    code, shown = at_a_terminal(candidate, (*TO_PRODUCTION, option), None)
    assert code == 0, shown
    assert "[y/N]" not in shown


def at_a_terminal(registry: Registry, arguments: Sequence[str], answer: str | None) -> tuple[int, str]:
    """Type a command as bob at a terminal, and an answer; the exit code and all that was shown."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gitregistry", "-C", str(registry.folder), *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"REGISTRY_KEY": str(registry.keys["bob"]), "NO_COLOR": "1"},
        start_new_session=True,
    )
    os.close(slave)
    shown, answered = b"", answer is None
    while part := _read(master):
        shown += part
        if not answered and b"[y/N]" in shown:
            os.write(master, (answer or "").encode() + b"\n")
            answered = True
    os.close(master)
    return process.wait(timeout=60), shown.decode()


def _read(terminal: int) -> bytes:
    """What is there to read; Linux reports the end of a terminal as an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
