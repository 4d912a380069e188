"""The cases under ``cases/``: what is filed, and which requirements are unmet, by which rule and why.

``unmet`` maps a requirement to its rule, words of the reason, and perhaps words of the hint; ``by`` maps one
to the persons who count for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.filing import Filing, checks_of, profiles_of
from tests.rules.world import World

CASES = Path(__file__).parent / "cases"
FILES = (
    "evidence",
    "where_and_when",
    "measurements",
    "slices",
    "queries",
    "baseline",
    "expressions",
    "approvals",
    "profiles",
)


def load(name: str) -> list[Any]:
    document = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [
        pytest.param(
            {"checks": document["checks"], "requires": document.get("requires"), **case}, id=case["name"]
        )
        for case in document["cases"]
    ]


def filed(case: dict[str, Any]) -> Filing:
    """All that a case says of trust, policy, release and what is on file."""
    policy: dict[str, Any] = {key: tuple(case[key]) for key in ("separation_of_duties",) if key in case}
    if "with" in case:
        policy["profiles"] = profiles_of(case["with"])
    world = World(checks_of(case["checks"]), case["requires"], case.get("persons"), **policy)
    if "release" in case:
        world.releases["v1"] = world.release("v1", **case["release"])
    if "page" in case:
        world.page(**case["page"])
    filing = Filing(world)
    for label, given in case.get("evidence", {}).items():
        filing.evidence(label, given)
    if "many" in case:
        check, number = case["many"]
        filing.evidence(
            "many", {"check": check, "values": [{"name": f"m{i}", "value": i} for i in range(number)]}
        )
    for label, given in case.get("approvals", {}).items():
        filing.approval(label, given)
    for environment, version in case.get("live", {}).items():
        filing.point(environment, version)
    return filing


@pytest.mark.parametrize("case", [case for name in FILES for case in load(name)])
def test_case(case: dict[str, Any]) -> None:
    filing = filed(case)
    requirements = filing.evaluate(case.get("promoter", "alice"))
    unmet = {item.name: item for item in requirements if not item.met}
    expected = case.get("unmet", {name: ["requirement", ""] for name in case.get("asked", ())})
    assert {name: item.rule for name, item in unmet.items()} == {
        name: rule for name, (rule, *_) in expected.items()
    }
    for name, (_, words, *hint) in expected.items():
        assert words in (unmet[name].reason or "")
        assert (hint or [""])[0] in (unmet[name].hint or "")
        assert unmet[name].hint
    for name, persons in case.get("by", {}).items():
        (requirement,) = [item for item in requirements if item.name == name]
        assert [support.signer for support in requirement.by] == persons
    rests_on = {item.name: {support.digest for support in item.by} for item in requirements}
    for name, labels in case.get("rests_on", {}).items():
        assert rests_on[name] == {filing.digests[label] for label in labels}
    names = case.get("asked", list(expected)) if "with" in case else case["requires"]
    assert [item.name for item in requirements] == names
