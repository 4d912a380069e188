"""What an emergency changes, whatever is filed: nothing is met by it, and nothing unlisted is let through."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gitregistry.records.policy import Check, EmergencyRules
from tests.rules.filing import Filing
from tests.rules.world import World

CHECKS = {
    "smoke": Check(type="evidence"),
    "errors": Check(type="evidence"),
    "risk": Check(type="approval", role="risk-owner"),
    "owner": Check(type="approval", role="model-owner"),
}
RULES = EmergencyRules(
    authorised_by=("incident-commander",),
    may_skip=("errors", "risk"),
    review_within="72h",
    review_by=("risk-owner",),
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

evidence = st.fixed_dictionaries(
    {
        "check": st.sampled_from(["smoke", "errors"]),
        "result": st.sampled_from(["passed", "failed"]),
        "by": st.sampled_from(["ci", "ci", "mallory"]),
    }
)
approvals = st.fixed_dictionaries(
    {
        "by": st.sampled_from(["carol", "dave", "bob", "grace", "heidi", "robot", "mallory"]),
        "role": st.sampled_from(["risk-owner", "model-owner", "incident-commander"]),
        "decision": st.sampled_from(["approve", "approve", "reject", "withdraw"]),
    },
    optional={"incident": st.sampled_from(["INC-1", "INC-2"])},
)
Given = tuple[list[dict[str, Any]], list[dict[str, Any]]]
filed = st.tuples(st.lists(evidence, max_size=4), st.lists(approvals, max_size=5))


def file_all(records: Given) -> Filing:
    filing = Filing(World(CHECKS, list(CHECKS), emergency=RULES))
    for number, record in enumerate(records[0]):
        filing.evidence(f"r{number}", record)
    for number, record in enumerate(records[1]):
        filing.approval(f"a{number}", record)
    return filing


@FEW
@given(filed)
def test_an_emergency_meets_nothing_and_skips_only_what_is_listed(records: Given) -> None:
    filing = file_all(records)
    ordinary = {item.name: item for item in filing.evaluate()}
    emergency = {item.name: item for item in filing.evaluate(incident="INC-1") if item.name in CHECKS}
    assert {name for name, item in emergency.items() if item.met} == {
        name for name, item in ordinary.items() if item.met
    }
    skipped = {name for name, item in emergency.items() if item.skipped}
    assert skipped <= set(RULES.may_skip) - {name for name, item in ordinary.items() if item.met}
    assert not any(item.skipped for item in ordinary.values())
    event(f"skips {len(skipped)}")


@FEW
@given(filed, approvals)
def test_a_word_against_a_release_never_helps_an_emergency(records: Given, more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = _stopping(filing)
    filing.approval("more", more | {"decision": "reject"})
    assert before <= _stopping(filing)


@FEW
@given(filed, approvals)
def test_only_a_person_in_the_role_who_names_the_incident_authorises(
    records: Given, more: dict[str, Any]
) -> None:
    filing = file_all(records)
    before = "emergency_authorised" in _stopping(filing)
    filing.approval("more", more)
    after = "emergency_authorised" in _stopping(filing)
    if before and not after:
        who, role = more["by"] in ("grace", "heidi"), more["role"] == "incident-commander"
        assert (who, role, more["decision"], more.get("incident")) == (True, True, "approve", "INC-1")
        event("authorised")


def _stopping(filing: Filing) -> set[str]:
    """What stops an emergency that a promoter without the role asks for."""
    return {item.name for item in filing.evaluate(incident="INC-1") if item.stops}
