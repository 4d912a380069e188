"""The cases under ``cases/``: what is filed, and which requirements are unmet, by which rule and why.

``unmet`` maps a requirement to its rule, words of the reason, and perhaps words of the hint; ``by`` maps one
to the persons who count for it; ``skipped`` lists what an emergency goes without.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml

from gitregistry.records.policy import Check, FreezeWindow, Policy
from gitregistry.records.shapes import from_value
from gitregistry.rules.gates import faults_in_gates
from tests.rules.filing import Filing, checks_of, emergency_of, profiles_of
from tests.rules.moving import Moves
from tests.rules.world import NOW, World

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
    "holds",
    "soak",
    "line",
    "freezes",
    "emergency",
    "reviews",
)
_OF_FILE = (
    "checks",
    "requires",
    "policy",
    "environment",
    "evidence",
    "approvals",
    "moves",
    "shown",
    "emergency",
)


def load(name: str) -> list[Any]:
    document = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [
        pytest.param({**{key: document.get(key) for key in _OF_FILE}, **case}, id=f"{name}: {case['name']}")
        for case in document["cases"]
    ]


@pytest.mark.parametrize("case", yaml.safe_load((CASES / "freezes.yaml").read_text("utf-8"))["faults"])
def test_a_window_that_cannot_be_meant_is_no_policy(case: dict[str, Any]) -> None:
    window = from_value(FreezeWindow, {"name": "odd", **case["window"]}, b"", "a case")
    (fault,) = faults_in_gates(
        replace(
            World({"smoke": Check(type="evidence")}, ["smoke"]).law.policy.record, freeze_windows=(window,)
        ),
        ["staging"],
    )
    assert fault.startswith("freeze_windows: odd: ")
    assert case["says"] in fault


def timed(case: dict[str, Any]) -> dict[str, Any]:
    """What a case's policy says besides checks, read as strictly as a policy's own fields."""
    shapes = get_type_hints(Policy, include_extras=True)
    return {
        name: value if name == "transition" else from_value(shapes[name], as_text(value), b"", "a case")
        for name, value in (case["policy"] or {}).items()
    }


def as_text(value: Any) -> Any:
    """A value as the strict reader hands it over: every scalar as text."""
    if isinstance(value, dict):
        return {key: as_text(part) for key, part in value.items()}
    return [as_text(part) for part in value] if isinstance(value, list) else str(value)


def moved(case: dict[str, Any], world: World) -> Moves:
    """All that a case says was moved, stopped and lifted."""
    moves = Moves(world, case["moves"] or ())
    for given in case.get("lines", ()):
        moves.stop(given)
    for label, given in case.get("lifts", {}).items():
        moves.lift(label, given)
    return moves


def filed(case: dict[str, Any]) -> tuple[Filing, Moves]:
    """All that a case says of trust, policy, release and what is on file; and of moves."""
    policy: dict[str, Any] = {key: tuple(case[key]) for key in ("separation_of_duties",) if key in case}
    if "with" in case:
        policy["profiles"] = profiles_of(case["with"])
    policy["emergency"] = emergency_of(case["emergency"])
    world = World(checks_of(case["checks"]), case["requires"], case.get("persons"), **policy, **timed(case))
    if "release" in case:
        world.releases["v1"] = world.release("v1", **case["release"])
    if "page" in case:
        world.page(**case["page"])
    filing = Filing(world)
    moves = moved(case, world)
    for label, given in (case["evidence"] or {}).items():
        filing.evidence(label, given)
    if "many" in case:
        check, number = case["many"]
        filing.evidence(
            "many", {"check": check, "values": [{"name": f"m{i}", "value": i} for i in range(number)]}
        )
    for label, given in (case["approvals"] or {}).items():
        filing.approval(label, given)
    for field, file in (("emergencies", filing.emergency), ("reviews", filing.review)):
        for label, given in case.get(field, {}).items():
            file(label, given)
    for environment, version in case.get("live", {}).items():
        filing.point(environment, version)
    return filing, moves


@pytest.mark.parametrize("case", [case for name in FILES for case in load(name)])
def test_case(case: dict[str, Any]) -> None:
    filing, moves = filed(case)
    environment = case["environment"] or "staging"
    requirements = filing.evaluate(
        case.get("promoter", "alice"),
        environment,
        moves,
        case.get("now", NOW),
        case.get("incident"),
        case.get("authorised_by"),
    )
    unmet = {item.name: item for item in requirements if item.stops}
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
    assert [item.name for item in requirements if item.skipped] == case.get("skipped", [])
    besides = ["emergency_authorised"] if case.get("incident") else []
    besides += ["no_overdue_review"] if case.get("waiting") else []
    names = case.get("asked", list(expected)) if "with" in case else case["shown"] or case["requires"]
    assert [item.name for item in requirements] == [*besides, *names]
