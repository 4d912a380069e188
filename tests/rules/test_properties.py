"""What holds whatever is filed: doubt never helps a promotion, and names of files mean nothing.

What is filed here nearly passes: a lawful promotion, of which a little is left out and to which a little is
added, so that refusals and promotions both come up in every property.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gitregistry.records import paths
from gitregistry.records.policy import Check
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import cited
from tests.rules.filing import Filing
from tests.rules.world import World

CHECKS = {
    "smoke": Check(type="evidence"),
    "errors": Check(type="evidence", environment="production"),
    "risk": Check(type="approval", role="risk-owner"),
    "two": Check(type="approval", role="risk-owner", count=2),
    "owner": Check(type="approval", role="model-owner", max_age="7d"),
}
REQUIRED = (
    ["smoke", "risk"],
    ["smoke", "errors", "owner", "risk"],
    ["two", "owner", "smoke"],
    ["owner", "risk", "two", "smoke"],
)
ROLES = ("model-owner", "risk-owner")
LAWFUL: tuple[dict[str, Any], ...] = (
    {"check": "smoke"},
    {"check": "errors", "environment": "production"},
)
APPROVING: tuple[dict[str, Any], ...] = tuple(
    {"by": who, "role": role}
    for who, role in (
        ("bob", "model-owner"),
        ("carol", "risk-owner"),
        ("dave", "risk-owner"),
        ("erin", "model-owner"),
        ("erin", "risk-owner"),
        ("frank", "risk-owner"),
    )
)
LABELS = [f"r{number}" for number in range(6)]
DECISIONS = [f"a{number}" for number in range(20)]
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

evidence = st.fixed_dictionaries(
    {
        "check": st.sampled_from(["smoke", "errors"]),
        "result": st.sampled_from(["passed", "passed", "failed", "error", "skipped"]),
        "by": st.sampled_from(["ci", "ci", "dave", "bob", "gone", "mallory"]),
        "supersedes": st.lists(st.sampled_from(LABELS), max_size=2, unique=True),
    },
    optional={
        "environment": st.sampled_from(["production", "staging"]),
        "valid_until": st.sampled_from(["2026-04-30T00:00:00Z", "2026-06-01T00:00:00Z"]),
    },
)
approvals = st.fixed_dictionaries(
    {
        "by": st.sampled_from(["carol", "dave", "erin", "frank", "bob", "robot", "gone", "mallory"]),
        "role": st.sampled_from(ROLES),
        "decision": st.sampled_from(["approve", "approve", "approve", "reject", "withdraw"]),
        "supersedes": st.lists(st.sampled_from(DECISIONS), max_size=2, unique=True),
    },
    optional={
        "expires_at": st.sampled_from(["2026-04-30T00:00:00Z", "2026-06-01T00:00:00Z"]),
        "environment": st.sampled_from(["staging", "production"]),
        "created_at": st.sampled_from(["2026-04-23T00:00:00Z", "2026-04-30T00:00:00Z"]),
        "reviewed": st.just([]),
    },
)


@dataclass(frozen=True)
class Given:
    """What is required and filed: evidence as r0, r1, …, then decisions as a0, a1, …"""

    requires: list[str]
    evidence: list[dict[str, Any]]
    approvals: list[dict[str, Any]]


@st.composite
def nearly_lawful(draw: st.DrawFn) -> Given:
    """A lawful promotion without some of what it needs, and with some of what it does not."""
    kept = draw(st.lists(st.sampled_from(APPROVING), min_size=2, max_size=6, unique_by=str))
    measured = list(LAWFUL) if draw(st.integers(0, 5)) else list(LAWFUL[:1])
    return Given(
        list(draw(st.sampled_from(REQUIRED))),
        [*measured, *draw(st.lists(evidence, max_size=2))],
        draw(st.permutations([*kept, *draw(st.lists(approvals, max_size=2))])),
    )


def file_all(records: Given, more: Mapping[str, Collection[str]] | None = None) -> Filing:
    """Everything that is given; none supersedes what is not yet filed."""
    filing = Filing(World(CHECKS, records.requires, more=more))
    for label, record in zip(LABELS, records.evidence, strict=False):
        filing.evidence(label, _known(record, filing))
    for label, record in zip(DECISIONS, records.approvals, strict=False):
        filing.approval(label, _known(record, filing))
    return filing


def _known(record: Mapping[str, Any], filing: Filing) -> dict[str, Any]:
    """A record that names only what is filed already."""
    named = {
        key: [label for label in record[key] if label in filing.digests]
        for key in ("supersedes", "reviewed")
        if key in record
    }
    return {**record, "supersedes": [], **named}


def promoted(requirements: Collection[Requirement]) -> bool:
    return all(item.met for item in requirements)


def passes(filing: Filing) -> bool:
    """Whether the release would be promoted; counted, so that ``--hypothesis-show-statistics`` tells."""
    answer = promoted(filing.evaluate())
    event("promoted" if answer else "refused")
    return answer


def met(filing: Filing) -> set[str]:
    """The names of the requirements that are met."""
    return {item.name for item in filing.evaluate() if item.met}


def is_evidence(name: str) -> bool:
    return name in ("smoke", "errors")


# --- more is filed ---


@FEW
@given(nearly_lawful(), st.lists(st.sampled_from(LABELS)), evidence)
def test_evidence_that_did_not_pass_never_turns_a_refusal_into_a_promotion(
    records: Given, seen: list[str], more: dict[str, Any]
) -> None:
    """Not even where it replaces what an approver had not seen, or what was signed by one of them."""
    decisions = [{"reviewed": seen, **record} for record in records.approvals]
    filing = file_all(Given(records.requires, records.evidence, decisions))
    before, met_before = passes(filing), met(filing)
    bad = more | {"result": "failed" if more["result"] == "passed" else more["result"]}
    filing.evidence("more", _known(bad, filing))
    assert before or not passes(filing)
    assert {name for name in met(filing) if is_evidence(name)} <= met_before


@FEW
@given(nearly_lawful(), evidence)
def test_a_strangers_evidence_changes_nothing(records: Given, more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = filing.evaluate()
    filing.evidence("more", _known(more | {"by": "mallory"}, filing))
    assert [(item.met, item.by) for item in filing.evaluate()] == [(item.met, item.by) for item in before]


@FEW
@given(nearly_lawful(), approvals)
def test_a_strangers_decision_changes_nothing(records: Given, more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = filing.evaluate()
    filing.approval("more", _known(more | {"by": "mallory"}, filing))
    assert [(item.met, item.by) for item in filing.evaluate()] == [(item.met, item.by) for item in before]


@FEW
@given(nearly_lawful(), approvals, st.sampled_from(["reject", "withdraw"]))
def test_a_rejection_or_withdrawal_never_turns_a_refusal_into_a_promotion(
    records: Given, more: dict[str, Any], decision: str
) -> None:
    """Unless it replaces a rejection, which is what it is for."""
    filing = file_all(records)
    before = passes(filing)
    filing.approval("more", more | {"decision": decision, "supersedes": []})
    assert before or not passes(filing)


# --- something is taken away, which the rule «missing» forbids besides ---


@FEW
@given(nearly_lawful(), st.integers(0, len(DECISIONS) - 1))
def test_removing_an_approval_that_replaces_nothing_never_helps(records: Given, index: int) -> None:
    """One that replaces a decision of its own person brings that back, perhaps one that has not expired."""
    filing = file_all(records)
    before = passes(filing)
    if index < len(records.approvals):
        chosen = _known(records.approvals[index], filing)
        if chosen.get("decision", "approve") == "approve" and not chosen["supersedes"]:
            filing.world.remove(filing.paths[f"a{index}"])
    assert before or not passes(filing)


@FEW
@given(nearly_lawful(), st.integers(0, len(LABELS) - 1))
def test_removing_evidence_that_passed_never_helps(records: Given, index: int) -> None:
    """Unless it replaces other evidence, or was signed by somebody who approves.

    To remove what failed does help, what replaced something that passed too, and what an approver had not
    seen while they saw the rest: that is what «missing» forbids. Here they saw all or nothing.
    """
    filing = file_all(records)
    before = passes(filing)
    if index < len(records.evidence):
        chosen = _known(records.evidence[index], filing)
        by_an_approver = chosen.get("by", "ci") in ("dave", "bob")
        if chosen.get("result", "passed") == "passed" and not chosen["supersedes"] and not by_an_approver:
            filing.world.remove(filing.paths[f"r{index}"])
    assert before or not passes(filing)


# --- order and names ---


@FEW
@given(nearly_lawful(), st.randoms(use_true_random=False))
def test_the_names_of_the_files_mean_nothing(records: Given, random: Random) -> None:
    """Neither to the decision nor to what the promotion cites."""
    filing = file_all(records)
    before = filing.evaluate()
    files = filing.world.tree.files
    for folder in (paths.evidence_folder("churn", "v1"), paths.approvals_folder("churn", "v1")):
        found = sorted(path for path in files if path.startswith(folder) and path.endswith(".yaml"))
        contents = [(files[path], files[f"{path}.sig"]) for path in found]
        random.shuffle(contents)
        for path, (record, signature) in zip(found, contents, strict=True):
            files[path], files[f"{path}.sig"] = record, signature
    after = filing.evaluate()
    assert [(item.name, item.met) for item in after] == [(item.name, item.met) for item in before]
    if promoted(before):
        assert cited(after, "evidence") == cited(before, "evidence")
    assert cited(after, "approvals") == cited(before, "approvals")


@FEW
@given(nearly_lawful(), st.randoms(use_true_random=False))
def test_the_order_in_the_policy_means_nothing(records: Given, random: Random) -> None:
    """Nor does the order in which the same records come in; no digest of them names the policy's order."""
    before = {item.name: [one.signer for one in item.by] for item in file_all(records).evaluate()}
    shuffled = list(records.requires)
    random.shuffle(shuffled)
    again = file_all(Given(shuffled, records.evidence, records.approvals)).evaluate()
    assert {item.name: [one.signer for one in item.by] for item in again} == before


# --- who counts, and how often ---


@FEW
@given(nearly_lawful())
def test_what_meets_a_requirement_was_signed_by_who_may(records: Given) -> None:
    for item in file_all(records).evaluate():
        signers = {support.signer for support in item.by}
        if not item.met:
            continue
        assert signers
        if is_evidence(item.name):
            assert signers <= {"ci", "dave"}
        else:
            holders = {"bob", "erin", "frank"} if item.name == "owner" else {"carol", "dave", "erin", "frank"}
            assert signers <= holders
            assert len(signers) == CHECKS[item.name].count


@FEW
@given(
    nearly_lawful(),
    st.dictionaries(
        st.sampled_from(["bob", "carol", "dave", "erin", "frank"]), st.sets(st.sampled_from(ROLES))
    ),
)
def test_more_roles_for_few_persons_never_do_for_the_persons_that_are_asked_for(
    records: Given, more: dict[str, set[str]]
) -> None:
    """Whoever holds however many roles and approves in all of them fills one slot."""
    everybody = [{"by": who, "role": role} for who, roles in more.items() for role in sorted(roles)]
    filing = file_all(Given(records.requires, records.evidence, [*records.approvals, *everybody]), more)
    requirements = filing.evaluate()
    counted = [one.signer for item in requirements if not is_evidence(item.name) for one in item.by]
    assert len(counted) == len(set(counted))
    if promoted(requirements):
        event("promoted")
        assert len(set(counted)) == sum(
            CHECKS[name].count for name in records.requires if not is_evidence(name)
        )
