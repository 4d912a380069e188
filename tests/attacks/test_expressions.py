"""Expressions where a policy has them: put in force only when they can be read, judged alike by everybody."""

from __future__ import annotations

import sys

import pytest

from gitregistry.records import paths
from gitregistry.rules import cel
from tests.attacks.test_attack_46_baseline import OLD
from tests.support.forging import promote_by_hand
from tests.support.registry import Registry

NEW = "    requires: [lean]\n"
CHECKS = """
checks:
  lean:
    type: expression
    over: [latency_p95_under_60ms]
    baseline: staging
    expression: >-
      evidence.latency_p95_under_60ms.values.latency_p95_ms < 50 &&
      (incumbent == null || incumbent.release.artifact_format == release.artifact_format)
"""
LATENCY = "latency_p95_under_60ms"


@pytest.fixture
def lean(registered: Registry) -> Registry:
    """``v1`` registered, under a policy that asks one expression of it in staging."""
    registered.change_policy("\nchecks:\n", CHECKS)
    registered.change_policy(OLD, NEW)
    return registered


def test_an_expression_decides(lean: Registry) -> None:
    lean.attest("v1", LATENCY, "--metric", "latency_p95_ms=55")
    refused = lean.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    assert "it is not true: evidence.latency" in refused["requirements"][0]["reason"]
    promote_by_hand(lean, "v1", "staging")
    lean.finds("requirement", lean.alias("staging"), message="lean: it is not true", also=["cited"])


def test_a_promotion_by_an_expression_is_lawful_for_everybody(lean: Registry) -> None:
    lean.attest("v1", LATENCY, "--metric", "latency_p95_ms=45")
    lean.promote("v1", "staging")
    lean.register("v2")
    lean.attest("v2", LATENCY, "--metric", "latency_p95_ms=45")
    lean.promote("v2", "staging")
    lean.passes()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("evidence.x <", "expression:1:13: Syntax error"),
        ("evidense.x == 1", "undeclared reference to 'evidense.x'"),
        ("'true'", "it gives string, not true or false"),
        ("[1].map(a, [a, a]).map(a, [a, a]).size() == 1", "map() cannot be used"),
    ],
)
def test_an_expression_that_cannot_be_judged_is_never_in_force(
    lean: Registry, expression: str, message: str
) -> None:
    text = lean.read(paths.POLICY).decode()
    begin = text.index("    baseline: staging\n")
    end = text.index("  artifact_signature_verified:\n")
    lean.write(paths.POLICY, f'{text[:begin]}    expression: "{expression}"\n{text[end:]}'.encode())
    faults = lean.json("policy", "check", expect=1)["faults"]
    assert [message in fault["words"] for fault in faults] == [True]
    before = lean.head
    assert message in lean.run("sign", paths.POLICY, expect=1).err
    assert lean.head == before


def test_without_the_library_nobody_passes_and_nobody_is_accused(
    lean: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine on which it was never installed."""
    lean.attest("v1", LATENCY, "--metric", "latency_p95_ms=45")
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    cel._compiled.cache_clear()
    refused = lean.run("promote", "churn:v1", "--to", "staging", expect=5)
    assert "pip install 'gitregistry[cel]'" in refused.err
    document = lean.verify()
    assert (document["verdict"], document["findings"]) == ("unknown", [])
    assert "pip install 'gitregistry[cel]'" in document["unknown"]
