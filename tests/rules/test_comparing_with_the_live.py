"""Evidence of the live release decides as well where a requirement compares with it."""

from __future__ import annotations

import pytest

from gitregistry.records.policy import Check
from gitregistry.rules.approval_doubts import Decisive, Question
from gitregistry.rules.approval_requirements import approval_requirements
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Shelf
from tests.rules.filing import Filing
from tests.rules.moving import Moves
from tests.rules.world import MEASURED, NOW, World

RISK = {"risk": Check(type="approval", role="risk-owner")}
# What a check on how much worse than the live v2 its errors may be would rest on, besides evidence of v1.
BASELINE = "sha256:" + "b" * 64


def risk(filing: Filing, signer: str) -> Requirement:
    path = "registry/models/churn/releases/v2/evidence/errors-bbbbbbbbbbbb.yaml"
    decisive = Decisive("errors", Support(path, BASELINE, signer, MEASURED, "error_rate = 0.01"))
    world = filing.world
    shelf = Shelf.of(world.law, world.snapshot, Moves(world), world.opened_release(), "staging", NOW)
    return approval_requirements(RISK, Question(shelf, [decisive], "alice"))["risk"]


@pytest.fixture
def filing() -> Filing:
    return Filing(World(RISK, ["risk"]))


def test_who_has_not_seen_it_has_not_approved_the_comparison(filing: Filing) -> None:
    filing.approval("one", {"by": "carol", "role": "risk-owner"})
    unmet = risk(filing, "ci")
    assert unmet.rule == "approval-stale"
    assert unmet.reason == (
        "does not count: carol approved before seeing errors of churn:v2 by ci at "
        f"{MEASURED} (error_rate = 0.01)"
    )
    assert unmet.hint == "registry approve churn:v1 --to staging --role risk-owner   (as carol)"


def test_who_has_seen_it_has(filing: Filing) -> None:
    filing.approval("one", {"by": "carol", "role": "risk-owner", "reviewed": [BASELINE]})
    assert risk(filing, "ci").met


def test_who_signed_it_does_not_approve(filing: Filing) -> None:
    filing.approval("one", {"by": "dave", "role": "risk-owner", "reviewed": [BASELINE]})
    unmet = risk(filing, "dave")
    assert (unmet.rule, unmet.reason) == (
        "separation",
        "does not count: dave signed evidence that decides (errors)",
    )
    assert "dave" not in (unmet.hint or "")
