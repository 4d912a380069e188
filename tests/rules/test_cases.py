"""The cases under ``cases/``: what is filed; what is unmet, by which rule and why; what is skipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.filing import Filing, checks_of, emergency_of
from tests.rules.world import World

CASES = Path(__file__).parent / "cases"
FILES = ("evidence", "where_and_when", "measurements", "approvals", "emergency", "reviews")


def load(name: str) -> list[Any]:
    document = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [
        pytest.param(
            {key: document.get(key) for key in ("checks", "requires", "emergency")} | case, id=case["name"]
        )
        for case in document["cases"]
    ]


@pytest.mark.parametrize("case", [case for name in FILES for case in load(name)])
def test_case(case: dict[str, Any]) -> None:
    policy: dict[str, Any] = {key: tuple(case[key]) for key in ("separation_of_duties",) if key in case}
    policy["emergency"] = emergency_of(case["emergency"])
    world = World(checks_of(case["checks"]), case["requires"], case.get("persons"), **policy)
    filing = Filing(world)
    for label, given in case.get("evidence", {}).items():
        filing.evidence(label, given)
    for label, given in case.get("approvals", {}).items():
        filing.approval(label, given)
    for label, given in case.get("emergencies", {}).items():
        filing.emergency(label, given)
    for label, given in case.get("reviews", {}).items():
        filing.review(label, given)
    emergency = case.get("incident"), case.get("authorised_by")
    requirements = filing.evaluate(case.get("promoter", "alice"), "staging", *emergency)
    unmet = {item.name: item for item in requirements if item.stops}
    expected = case.get("unmet", {})
    assert {name: item.rule for name, item in unmet.items()} == {
        name: rule for name, (rule, _) in expected.items()
    }
    for name, (_, words) in expected.items():
        assert words in (unmet[name].reason or "")
        assert unmet[name].hint
    assert [item.name for item in requirements if item.skipped] == case.get("skipped", [])
    besides = ["emergency_authorised"] if case.get("incident") else []
    besides += ["no_overdue_review"] if case.get("waiting") else []
    assert [item.name for item in requirements] == [*besides, *case["requires"]]
