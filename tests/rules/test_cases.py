"""The cases under ``cases/``: what is filed, and which requirements are unmet, by which rule and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml

from gitregistry.records.policy import Check, FreezeWindow, Policy
from gitregistry.records.shapes import from_value
from gitregistry.rules.gates import faults_in_gates
from tests.rules.filing import Filing, checks_of
from tests.rules.moving import Moves
from tests.rules.world import NOW, World

CASES = Path(__file__).parent / "cases"
FILES = ("evidence", "where_and_when", "measurements", "approvals", "holds", "soak", "line", "freezes")
_OF_FILE = ("checks", "requires", "policy", "environment", "evidence", "approvals", "moves", "shown")


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


@pytest.mark.parametrize("case", [case for name in FILES for case in load(name)])
def test_case(case: dict[str, Any]) -> None:
    policy: dict[str, Any] = {key: tuple(case[key]) for key in ("separation_of_duties",) if key in case}
    world = World(checks_of(case["checks"]), case["requires"], case.get("persons"), **policy, **timed(case))
    filing = Filing(world)
    moves = Moves(world, case["moves"] or ())
    for given in case.get("lines", ()):
        moves.stop(given)
    for label, given in case.get("lifts", {}).items():
        moves.lift(label, given)
    for label, given in (case["evidence"] or {}).items():
        filing.evidence(label, given)
    for label, given in (case["approvals"] or {}).items():
        filing.approval(label, given)
    environment = case["environment"] or "staging"
    requirements = filing.evaluate(case.get("promoter", "alice"), environment, moves, case.get("now", NOW))
    unmet = {item.name: item for item in requirements if not item.met}
    expected = case.get("unmet", {})
    assert {name: item.rule for name, item in unmet.items()} == {
        name: rule for name, (rule, _) in expected.items()
    }
    for name, (_, words) in expected.items():
        assert words in (unmet[name].reason or "")
        assert unmet[name].hint
    assert [item.name for item in requirements] == (case["shown"] or case["requires"])
