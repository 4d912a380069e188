"""Attack 44, the gate: a release in a format that can run code when it is loaded goes nowhere it may not."""

from __future__ import annotations

import pytest

from tests.support.forging import promote_by_hand
from tests.support.registry import Registry

PLACE = "promotion_policy:\n"
GATED = f"artifact_formats:\n  allowed: [onnx, safetensors]\n{PLACE}"
TAR_TOO = "  - name: staging\n    artifact_formats: {allowed: [tar.gz]}\n"


def gate(registry: Registry) -> None:
    registry.pass_staging("v1")
    registry.change_policy(PLACE, GATED)


def test_a_release_in_another_format_is_refused_and_found(registered: Registry) -> None:
    gate(registered)
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "artifact_format_allowed"
    assert "is tar.gz, the policy allows onnx or safetensors" in unmet["reason"]
    assert "registry register" in unmet["hint"]
    assert [found["rule"] for found in refused["findings"]] == ["format"]
    promote_by_hand(registered, "v1", "staging")
    registered.finds("format", registered.alias("staging"), message="tar.gz")


def test_a_release_that_names_no_format_is_refused_and_found(registered: Registry) -> None:
    registered.edit(registered.manifest("v1"), "alice", artifact_format=None)
    registered.git("commit", "--quiet", "--amend", "--all", "--no-edit")
    gate(registered)
    registered.refuses("promote", "churn:v1", "--to", "staging")
    promote_by_hand(registered, "v1", "staging")
    registered.finds("format", registered.alias("staging"), message="not given")


@pytest.mark.parametrize("claim", ["ONNX", "onnx ", "onnx,pickle", "safetensors.pickle"])
def test_only_the_very_name_is_allowed(registered: Registry, claim: str) -> None:
    registered.edit(registered.manifest("v1"), "alice", artifact_format=claim)
    registered.git("commit", "--quiet", "--amend", "--all", "--no-edit")
    gate(registered)
    registered.refuses("promote", "churn:v1", "--to", "staging")


def test_an_allowed_format_passes_and_is_shown(registered: Registry) -> None:
    registered.edit(registered.manifest("v1"), "alice", artifact_format="onnx")
    registered.git("commit", "--quiet", "--amend", "--all", "--no-edit")
    gate(registered)
    document = registered.json("promote", "churn:v1", "--to", "staging")
    (met,) = [item for item in document["requirements"] if item["name"] == "artifact_format_allowed"]
    assert met["met"]
    assert (met["by"][0]["measured"], met["by"][0]["bound"]) == ("onnx", "onnx or safetensors")
    registered.passes()


def test_an_environments_own_list_holds_there(registered: Registry) -> None:
    gate(registered)
    registered.change_policy("  - name: staging\n", TAR_TOO)
    registered.promote("v1", "staging")
    registered.pass_canary("v1")
    registered.refuses("promote", "churn:v1", "--to", "canary")
    registered.passes()


def test_a_rollback_passes(two: Registry) -> None:
    two.change_policy(PLACE, GATED)
    two.rollback()
    two.passes()
