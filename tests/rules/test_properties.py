"""What holds whatever is filed: doubt never helps a promotion, and names of files mean nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitregistry.records import paths
from gitregistry.records.policy import Check
from tests.rules.filing import Filing
from tests.rules.world import World

CHECKS = {
    "smoke": Check(type="evidence"),
    "errors": Check(type="evidence", environment="production"),
    "risk": Check(type="approval", role="risk-owner"),
    "two": Check(type="approval", role="risk-owner", count=2),
}
LABELS = ["r0", "r1", "r2", "r3", "r4", "r5"]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

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
        "by": st.sampled_from(["carol", "carol", "dave", "dave", "bob", "robot", "gone", "mallory"]),
        "role": st.just("risk-owner"),
        "decision": st.sampled_from(["approve", "approve", "approve", "reject", "withdraw"]),
        "supersedes": st.lists(st.sampled_from([f"a{label}" for label in LABELS]), max_size=2, unique=True),
    },
    optional={
        "expires_at": st.sampled_from(["2026-04-30T00:00:00Z", "2026-06-01T00:00:00Z"]),
        "environment": st.sampled_from(["staging", "production"]),
    },
)
filed = st.tuples(st.lists(evidence, max_size=5), st.lists(approvals, max_size=5))
Given = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def file_all(given_records: Given) -> Filing:
    """Evidence as r0, r1, …, approvals as ar0, ar1, …; none supersedes what is not yet filed."""
    filing = Filing(World(CHECKS, list(CHECKS)))
    for label, record in zip(LABELS, given_records[0], strict=False):
        filing.evidence(label, _known(record, filing))
    for label, record in zip(LABELS, given_records[1], strict=False):
        filing.approval(f"a{label}", _known(record, filing))
    return filing


def _known(record: dict[str, Any], filing: Filing) -> dict[str, Any]:
    return record | {"supersedes": [label for label in record["supersedes"] if label in filing.digests]}


def met(filing: Filing) -> set[str]:
    """The names of the requirements that are met."""
    return {item.name for item in filing.evaluate() if item.met}


def is_evidence(name: str) -> bool:
    return name in ("smoke", "errors")


@FEW
@given(filed, evidence)
def test_evidence_that_did_not_pass_never_helps(records: Given, more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = met(filing)
    bad = more | {"result": "failed" if more["result"] == "passed" else more["result"]}
    filing.evidence("more", _known(bad, filing))
    assert {name for name in met(filing) if is_evidence(name)} <= before


@FEW
@given(filed, evidence)
def test_a_strangers_evidence_changes_nothing(records: Given, more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = met(filing)
    filing.evidence("more", _known(more | {"by": "mallory"}, filing))
    assert met(filing) == before


@FEW
@given(filed, approvals)
def test_a_strangers_decision_changes_nothing(records: Given, more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = met(filing)
    filing.approval("more", _known(more | {"by": "mallory"}, filing))
    assert met(filing) == before


@FEW
@given(filed, approvals, st.sampled_from(["reject", "withdraw"]))
def test_a_rejection_or_withdrawal_never_helps(records: Given, more: dict[str, Any], decision: str) -> None:
    """Unless it replaces a rejection, which is what it is for."""
    filing = file_all(records)
    before = met(filing)
    filing.approval("more", more | {"decision": decision, "supersedes": []})
    assert met(filing) <= before


@FEW
@given(filed, st.integers(0, 5))
def test_removing_an_approval_that_replaces_nothing_never_helps(records: Given, index: int) -> None:
    filing = file_all(records)
    before = met(filing)
    given_approvals = records[1]
    if index < len(given_approvals):
        chosen = given_approvals[index]
        if chosen["decision"] == "approve" and not _known(chosen, filing)["supersedes"]:
            filing.world.remove(filing.paths[f"ar{index}"])
    assert met(filing) <= before


@FEW
@given(filed, st.randoms(use_true_random=False))
def test_the_names_of_the_files_mean_nothing(records: Given, random: Any) -> None:
    filing = file_all(records)
    before = met(filing)
    files = filing.world.tree.files
    for folder in (paths.evidence_folder("churn", "v1"), paths.approvals_folder("churn", "v1")):
        found = sorted(path for path in files if path.startswith(folder) and path.endswith(".yaml"))
        contents = [(files[path], files[f"{path}.sig"]) for path in found]
        random.shuffle(contents)
        for path, (record, signature) in zip(found, contents, strict=True):
            files[path], files[f"{path}.sig"] = record, signature
    assert met(filing) == before


@FEW
@given(filed)
def test_what_meets_a_requirement_was_signed_by_who_may(records: Given) -> None:
    for item in file_all(records).evaluate():
        assert item.met == bool(item.met and item.by)
        signers = {support.signer for support in item.by}
        if item.met and is_evidence(item.name):
            assert signers <= {"ci", "dave"}
        elif item.met:
            assert signers <= {"carol", "dave"}
            assert len(signers) >= (2 if item.name == "two" else 1)
