"""Attack 45: an emergency without incident, reason or authoriser, or one that nobody ever reviews."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.approval import Approval
from gitregistry.records.review import Review
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import after, moment_of, moment_text
from tests.support.forging import (
    emergency_by_hand,
    made_approval,
    made_emergency,
    made_review,
    promote_by_hand,
)
from tests.support.keys import IDS
from tests.support.registry import MODEL, Registry

FOUR_MINUTES = timedelta(minutes=4)
PLACE = "promotion_policy:\n"
SKIPPED = ("offline_eval_passed", "schema_compatibility_passed", "security_scan_passed")
SECTION = (
    "emergency:\n"
    "  authorised_by: [incident-commander]\n"
    "  may_skip: [offline_eval_passed, schema_compatibility_passed, security_scan_passed, "
    "manual_approval_from_model_owner, no_freeze_window, promoted_to_staging]\n"
    "  review_within: 72h\n"
    "  review_by: [risk-owner]\n"
)
GO = (
    "promote",
    "churn:v1",
    "--to",
    "staging",
    "--emergency",
    "--incident",
    "INC-1",
    "--reason",
    "locked out",
)
KEPT = paths.emergency(MODEL, "staging", 1)
REVIEW = ("review", MODEL, "--in", "staging", "--outcome", "justified", "--note", "it had to be")


@pytest.fixture
def ready(registered: Registry) -> Registry:
    """``v1`` has what is never skipped and no more; alice is an incident commander as well."""
    registered.change_policy(PLACE, SECTION + PLACE)
    registered.run("trust", "grant", IDS["alice"], "incident-commander")
    registered.attest("v1", "artifact_signature_verified")
    return registered


@pytest.fixture
def commanded(registered: Registry) -> Registry:
    """The same, with dave as the only incident commander."""
    registered.change_policy(PLACE, SECTION + PLACE)
    registered.add("dave", "incident-commander")
    registered.attest("v1", "artifact_signature_verified")
    return registered


@pytest.fixture
def overdue(ready: Registry) -> Registry:
    """``v1`` went to staging in an emergency whose review was due at once; now all of staging is met."""
    ready.change_policy("review_within: 72h", "review_within: 1s")
    # Dated as far back as clocks may differ, so that no test has to wait.
    created_at = moment_text(moment_of(made_emergency(ready, "v1", "staging").created_at) - FOUR_MINUTES)
    due = after(created_at, "1s")
    emergency_by_hand(ready, "v1", "staging", created_at=created_at, review_due_at=due)
    ready.passes()
    for check in SKIPPED:
        ready.attest("v1", check)
    ready.register("v2")
    ready.pass_staging("v2")
    return ready


def unmet(refused: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["reason"] for item in refused["requirements"] if not item["met"]}


# --- what is lawful ---


def test_an_emergency_skips_what_the_policy_lists_and_says_so_everywhere(ready: Registry) -> None:
    ready.refuses("promote", "churn:v1", "--to", "staging")
    done = ready.json(*GO)
    assert done["emergency"]["incident"] == "INC-1"
    assert done["emergency"]["skipped"] == list(SKIPPED)
    skipped = [item["name"] for item in done["requirements"] if item["skipped"] == "INC-1"]
    assert skipped == list(SKIPPED)
    assert not any(item["met"] for item in done["requirements"] if item["skipped"])
    message = ready.git("show", "--no-patch", "--format=%B")
    assert "Registry-Incident: INC-1" in message
    assert message.startswith("Promote churn:v1 to staging in an emergency: INC-1")
    for question in (("why", "churn@staging"), ("log", "churn@staging"), ("show", "churn:v1"), ("status",)):
        assert "INC-1" in ready.run(*question).out, question
    ready.passes()


def test_a_review_closes_it(ready: Registry) -> None:
    ready.run(*GO)
    (due,) = ready.json("status")["reviews_due"]
    assert due["hint"].endswith(f"(as {IDS['carol']})")
    said = ready.run(*REVIEW, key="carol")
    assert "offline_eval_passed  no evidence" in said.err
    assert ready.json("status")["reviews_due"] == []
    assert ready.json("why", "churn@staging")["review"]["by"] == IDS["carol"]
    ready.passes()


def test_one_commander_says_no_and_another_does_not_pass_over_it(ready: Registry) -> None:
    ready.add("dave", "incident-commander")
    no = ("--role", "incident-commander", "--reject", "--note", "it is worse")
    ready.run("approve", "churn:v1", "--to", "staging", *no, key="dave")
    ready.refuses(*GO)


def test_another_person_authorises_it_for_the_incident(commanded: Registry) -> None:
    refused = commanded.refuses(*GO, "--json").json
    assert "--incident INC-1   (as dave@example.com)" in refused["requirements"][0]["hint"]
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    done = commanded.json(*GO)
    assert done["emergency"]["authorised_by"] == IDS["dave"]
    alias = commanded.record(Alias, commanded.alias("staging"))
    assert alias.approvals == (commanded.digest(commanded.approval("v1", "dave", "staging")),)
    commanded.passes()


def test_a_freeze_and_the_way_through_staging_can_be_skipped(ready: Registry) -> None:
    window = '{name: long, from: "2020-01-01T00:00:00Z", until: "2099-01-02T00:00:00Z"}'
    ready.change_policy(PLACE, f"freeze_windows: [{window}]\n{PLACE}")
    done = ready.json(*GO)
    assert "no_freeze_window" in done["emergency"]["skipped"]
    ready.passes()


def test_the_policy_says_in_words_what_may_be_skipped(ready: Registry) -> None:
    said = ready.json("policy", "explain", "staging")["emergency"]
    assert "incident-commander may authorise going without offline_eval_passed, schema_" in said
    assert "risk-owner reviews it within 72 h" in said
    assert "without promoted_to_staging;" in ready.json("policy", "explain", "canary")["emergency"]
    assert "In an emergency" in ready.run("policy", "show").out
    text = ready.read(paths.POLICY)
    ready.write(paths.POLICY, text.replace(SECTION.encode(), b""))
    (change,) = ready.json("policy", "check")["changes"]
    assert change["words"].startswith("there may no longer be emergencies (were: in every environment")
    ready.write(paths.POLICY, text.replace(b"[risk-owner]", b"[auditor]"))
    checked = ready.json("policy", "check")
    (warning,) = checked["warnings"]
    assert warning["words"] == "emergency.review_by: no person holds the role auditor"
    assert warning["hint"] == "registry trust grant ID auditor"
    assert checked["changes"][0]["words"] == "emergencies are reviewed as auditor now (was risk-owner)"


# --- what the command does not take ---


@pytest.mark.parametrize(
    "options",
    [
        ("--emergency",),
        ("--emergency", "--incident", "INC-1"),
        ("--emergency", "--reason", "locked out"),
        ("--emergency", "--incident", " ", "--reason", "locked out"),
        ("--emergency", "--incident", "INC-1", "--reason", " "),
        ("--emergency", "--incident", "INC-1\nRegistry-Action: none", "--reason", "locked out"),
        ("--incident", "INC-1"),
    ],
)
def test_an_emergency_needs_incident_and_reason(ready: Registry, options: tuple[str, ...]) -> None:
    ready.refuses("promote", "churn:v1", "--to", "staging", *options, expect=2)


def test_an_emergency_is_no_batch(ready: Registry) -> None:
    file = ready.folder.parent / "batch.yaml"
    file.write_text("- {release: churn:v1, to: staging}\n", "utf-8")
    options = ("--emergency", "--incident", "INC-1", "--reason", "locked out")
    ready.refuses("promote", "--batch", str(file), *options, expect=2)


# --- without what an emergency needs ---


@pytest.mark.parametrize("field", ["incident", "reason", "authorised_by", "review_due_at"])
def test_a_record_without_it_is_found(ready: Registry, field: str) -> None:
    emergency_by_hand(ready, "v1", "staging")
    ready.git("reset", "--quiet", "--soft", "HEAD~1")
    for path in (ready.alias("staging"), KEPT):
        text = ready.read(path).decode()
        head, _, tail = text.partition(f"\n  {field}:")
        rest = tail.partition("\n")[2]
        while rest.startswith("    "):
            rest = rest.partition("\n")[2]
        ready.forge_bytes(path, f"{head}\n{rest}".encode(), "alice", namespace="gitregistry.alias.v1")
    ready.commit_all()
    ready.finds("parse", ready.alias("staging"), message=field)


def test_a_reason_that_says_nothing_is_found(ready: Registry) -> None:
    emergency_by_hand(ready, "v1", "staging", reason=" ")
    ready.finds("emergency", ready.alias("staging"), message="does not say why")


def test_a_policy_without_a_section_knows_no_emergency(registered: Registry) -> None:
    registered.run("trust", "grant", IDS["alice"], "incident-commander")
    registered.attest("v1", "artifact_signature_verified")
    refused = registered.refuses(*GO, "--json").json
    assert "says nothing of emergencies" in unmet(refused)["emergency_authorised"]
    assert set(unmet(refused)) == {"emergency_authorised", *SKIPPED}
    emergency_by_hand(registered, "v1", "staging")
    registered.finds(
        "emergency", registered.alias("staging"), message="nothing of emergencies", also=["requirement"]
    )


def test_a_section_for_other_environments_is_none_here(ready: Registry) -> None:
    ready.change_policy("  review_by: [risk-owner]\n", "  review_by: [risk-owner]\n  environments: [prod*]\n")
    assert (
        "nothing of emergencies in staging"
        in unmet(ready.refuses(*GO, "--json").json)["emergency_authorised"]
    )
    emergency_by_hand(ready, "v1", "staging")
    ready.finds("emergency", ready.alias("staging"), message="in staging", also=["requirement"])


def test_a_policy_that_allows_it_in_the_same_step_is_too_late(registered: Registry) -> None:
    """The promotion names the policy before, which it is judged by."""
    registered.run("trust", "grant", IDS["alice"], "incident-commander")
    registered.attest("v1", "artifact_signature_verified")
    record = made_emergency(registered, "v1", "staging")
    registered.next_text(paths.POLICY, PLACE, SECTION + PLACE, "alice")
    for path in (registered.alias("staging"), KEPT):
        registered.forge(path, record, "alice")
    registered.commit_all()
    registered.finds(
        "emergency", registered.alias("staging"), message="nothing of emergencies", also=["requirement"]
    )


def test_a_list_that_grows_in_the_same_step_is_too_late(ready: Registry) -> None:
    ready.change_policy("security_scan_passed, manual", "manual")
    record = made_emergency(ready, "v1", "staging")
    ready.next_text(paths.POLICY, "may_skip: [", "may_skip: [security_scan_passed, ", "alice")
    for path in (ready.alias("staging"), KEPT):
        ready.forge(path, record, "alice")
    ready.commit_all()
    ready.finds("requirement", ready.alias("staging"), message="security_scan", also=["emergency"])


# --- by somebody who may not ---


def test_a_promoter_without_the_role_cannot_authorise_it(commanded: Registry) -> None:
    refused = commanded.refuses(*GO, "--json").json
    assert "alice@example.com may not authorise it" in unmet(refused)["emergency_authorised"]
    emergency_by_hand(commanded, "v1", "staging")
    commanded.finds("emergency", commanded.alias("staging"), message="may not authorise it")


@pytest.mark.parametrize("kind", ["bot", "ci"])
def test_no_robot_authorises_an_emergency(commanded: Registry, kind: str) -> None:
    commanded.add("deploy-bot", "promoter", "incident-commander", kind=kind)
    commanded.refuses(*GO, key="deploy-bot")
    who = IDS["deploy-bot"]
    record = {"created_by": who, "authorised_by": who}
    emergency_by_hand(commanded, "v1", "staging", "deploy-bot", **record)
    commanded.finds("emergency", commanded.alias("staging"), message="may not authorise it")


def test_a_robot_promotes_what_a_person_authorised(commanded: Registry) -> None:
    commanded.add("deploy-bot", "promoter", kind="bot")
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    assert commanded.json(*GO, key="deploy-bot")["emergency"]["authorised_by"] == IDS["dave"]
    commanded.passes()


def test_to_name_somebody_who_signed_nothing_is_found(commanded: Registry) -> None:
    emergency_by_hand(commanded, "v1", "staging", authorised_by=IDS["dave"])
    commanded.finds("emergency", commanded.alias("staging"), message="may not authorise it")


def test_to_name_oneself_for_what_another_authorised_is_found(commanded: Registry) -> None:
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    approvals = (commanded.digest(commanded.approval("v1", "dave", "staging")),)
    emergency_by_hand(commanded, "v1", "staging", approvals=approvals)
    commanded.finds("emergency", commanded.alias("staging"), message="may not authorise it", also=["cited"])


@pytest.mark.parametrize(
    ("changes", "key", "also"),
    [
        ({"incident": "INC-2"}, "dave", []),
        ({"incident": None}, "dave", []),
        ({"decision": "withdraw"}, "dave", []),
        ({"expires_at": "2026-01-01T00:00:00Z"}, "dave", []),
        ({"environment": "canary"}, "dave", []),
    ],
    ids=["another incident", "an ordinary approval", "withdrawn", "expired", "another environment"],
)
def test_an_approval_that_authorises_nothing_here(
    commanded: Registry, changes: dict[str, Any], key: str, also: list[str]
) -> None:
    place = str(changes.get("environment", "staging"))
    path, record = made_approval(
        commanded, "v1", "dave", "incident-commander", place, **{"incident": "INC-1", **changes}
    )
    commanded.forge(path, record, key)
    commanded.commit_all("lawful by itself")
    commanded.passes()
    assert "emergency_authorised" in unmet(commanded.refuses(*GO, "--json").json)
    claimed = {"authorised_by": IDS["dave"], "approvals": (commanded.digest(path),)}
    emergency_by_hand(commanded, "v1", "staging", **claimed)
    commanded.finds("emergency", commanded.alias("staging"), also=["cited", *also])


def test_an_authorisation_of_another_release_is_none_of_this(commanded: Registry) -> None:
    commanded.register("v2")
    commanded.run("approve", "churn:v2", "--to", "staging", "--incident", "INC-1", key="dave")
    approvals = (commanded.digest(commanded.approval("v2", "dave", "staging")),)
    claimed = {"authorised_by": IDS["dave"], "approvals": approvals}
    emergency_by_hand(commanded, "v1", "staging", **claimed)
    commanded.finds("emergency", commanded.alias("staging"), also=["cited"])


def test_an_authorisation_that_another_key_signed_is_found(commanded: Registry) -> None:
    path, record = made_approval(commanded, "v1", "dave", "incident-commander", "staging", incident="INC-1")
    commanded.forge(path, record, "alice")
    commanded.commit_all()
    commanded.finds("subject", path)
    assert "emergency_authorised" in unmet(commanded.refuses(*GO, "--json").json)


def test_an_authorisation_that_was_taken_back_counts_no_more(commanded: Registry) -> None:
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    given = commanded.approval("v1", "dave", "staging")
    commanded.run(
        "approve", "churn:v1", "--to", "staging", "--withdraw", "--role", "incident-commander", key="dave"
    )
    assert "emergency_authorised" in unmet(commanded.refuses(*GO, "--json").json)
    claimed = {"authorised_by": IDS["dave"], "approvals": (commanded.digest(given),)}
    emergency_by_hand(commanded, "v1", "staging", **claimed)
    commanded.finds("emergency", commanded.alias("staging"), also=["cited"])
    commanded.git("reset", "--quiet", "--hard", "HEAD~1")
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    commanded.json(*GO)
    commanded.passes()


def test_an_authorisation_before_the_check_failed_has_not_seen_that(commanded: Registry) -> None:
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    commanded.attest("v1", "security_scan_passed", "--failed")
    reason = unmet(commanded.refuses(*GO, "--json").json)["emergency_authorised"]
    assert "approved before seeing" in reason
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    done = commanded.json(*GO)
    assert "its result is failed" in unmet(done)["security_scan_passed"]
    assert len(commanded.record(Alias, commanded.alias("staging")).evidence) == 1, "what failed is no ground"
    commanded.passes()


def test_an_authorisation_meets_no_requirement(registered: Registry) -> None:
    """Nor does it replace an approval that its maker gave before."""
    registered.change_policy(PLACE, SECTION.replace("incident-commander", "model-owner") + PLACE)
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "carol")
    authorise = ("approve", "churn:v1", "--to", "production", "--incident", "INC-1")
    registered.run(*authorise, key="bob")
    refused = registered.refuses("promote", "churn:v1", "--to", "production", "--json").json
    assert set(unmet(refused)) == {"manual_approval_from_model_owner"}
    registered.approve("v1", "bob")
    registered.run(*authorise, key="bob")
    registered.promote("v1", "production")
    registered.passes()


# --- to skip more than may be, or to hide it ---


def test_what_the_policy_does_not_list_is_not_skipped(ready: Registry) -> None:
    ready.change_policy("security_scan_passed, manual", "manual")
    assert set(unmet(ready.refuses(*GO, "--json").json)) == set(SKIPPED)
    emergency_by_hand(ready, "v1", "staging")
    ready.finds("requirement", ready.alias("staging"), message="security_scan", also=["emergency"])


@pytest.mark.parametrize(
    "name",
    [
        "artifact_signature_verified",
        "artifact_format_allowed",
        "not_held",
        "line_running",
        "no_overdue_review",
    ],
)
def test_no_policy_lets_identity_or_a_stopped_line_be_skipped(ready: Registry, name: str) -> None:
    ready.next_text(paths.POLICY, "may_skip: [", f"may_skip: [{name}, ", "alice")
    ready.commit_all()
    ready.finds("policy", paths.POLICY, message=f"{name} is never skipped")


def test_no_expression_over_the_signature_is_skipped(ready: Registry) -> None:
    check = (
        "all_well:\n    type: expression\n    over: [artifact_signature_verified]\n    expression: 'true'\n"
    )
    ready.change_policy("\nchecks:\n", f"\nchecks:\n  {check}")
    ready.next_text(paths.POLICY, "may_skip: [", "may_skip: [all_well, ", "alice")
    ready.commit_all()
    ready.finds("policy", paths.POLICY, message="all_well is over a check that is never skipped")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("may_skip: [", "may_skip: [nothing_of_that_name, ", "nothing_of_that_name is not defined"),
        ("may_skip: [", "may_skip: [promoted_to_mars, ", "promoted_to_mars is not defined"),
        ("authorised_by: [incident-commander]", "authorised_by: []", "authorised_by: it is empty"),
        ("review_by: [risk-owner]", "review_by: []", "review_by: it is empty"),
        ("review_by: [risk-owner]", "review_by: [risk-owner]\n  environments: [mars]", "no environment that"),
    ],
)
def test_a_section_that_cannot_be_applied_is_found(ready: Registry, old: str, new: str, message: str) -> None:
    ready.next_text(paths.POLICY, old, new, "alice")
    ready.commit_all()
    ready.finds("policy", paths.POLICY, message=message)


def test_a_rejection_is_never_passed_over(registered: Registry) -> None:
    registered.change_policy(PLACE, SECTION + PLACE)
    registered.run("trust", "grant", IDS["alice"], "incident-commander")
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "carol")
    registered.approve("v1", "bob", "--reject", "--note", "it harms people")
    go = ("promote", "churn:v1", "--to", "production", *GO[4:])
    refused = registered.refuses(*go, "--json").json
    assert unmet(refused) == {
        "manual_approval_from_model_owner": f"{IDS['bob']} rejected it: it harms people"
    }
    evidence = registered.find(f"{paths.evidence_folder(MODEL, 'v1')}/canary_*.yaml")
    emergency_by_hand(
        registered,
        "v1",
        "production",
        skipped=("manual_approval_from_model_owner",),
        evidence=tuple(sorted(registered.digest(path) for path in evidence)),
        approvals=(registered.digest(registered.approval("v1", "carol")),),
    )
    registered.finds("approval-state", registered.alias(), message="rejected it", also=["emergency"])


def test_one_that_skips_nothing_is_none(ready: Registry) -> None:
    for check in SKIPPED:
        ready.attest("v1", check)
    refused = ready.refuses(*GO, "--json").json
    (finding,) = refused["findings"]
    assert "it skips nothing" in finding["message"]
    assert finding["hint"] == "registry promote churn:v1 --to staging   (without --emergency)"
    emergency_by_hand(ready, "v1", "staging")
    ready.finds("emergency", ready.alias("staging"), message="skips nothing")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skipped": ()}, "does not say that it skips offline_eval_passed"),
        ({"skipped": SKIPPED[:2]}, "does not say that it skips security_scan_passed"),
        ({"skipped": (*SKIPPED, "artifact_signature_verified")}, "which it does not"),
        ({"skipped": (*SKIPPED, SKIPPED[0])}, "twice"),
        ({"review_due_at": "2099-01-01T00:00:00Z"}, "its review is due at 2099-01-01"),
        ({"review_due_at": "2026-01-01T00:00:00Z"}, "its review is due at 2026-01-01"),
    ],
    ids=["all hidden", "one hidden", "one too many", "one twice", "due much later", "due before"],
)
def test_a_record_that_tells_it_otherwise_is_found(
    ready: Registry, changes: dict[str, Any], message: str
) -> None:
    emergency_by_hand(ready, "v1", "staging", **changes)
    ready.finds("emergency", ready.alias("staging"), message=message)


def test_what_is_skipped_is_not_cited_as_a_ground(ready: Registry) -> None:
    ready.attest("v1", "security_scan_passed", "--failed")
    failed = ready.digest(ready.evidence("v1", "security_scan_passed"))
    emergency_by_hand(ready, "v1", "staging", skipped=SKIPPED)
    assert failed in ready.record(Alias, KEPT).evidence
    ready.finds("cited", ready.alias("staging"), message="which does not count")


def test_a_rollback_is_no_emergency(two: Registry) -> None:
    two.rollback()
    record = two.record(Alias, two.alias())
    emergency = made_emergency(two, "v2", "production").emergency
    two.git("reset", "--quiet", "--hard", "HEAD~1")
    for path in (two.alias(), paths.emergency(MODEL, "production", record.sequence)):
        two.forge(path, replace(record, emergency=emergency), "alice")
    two.commit_all()
    two.finds("emergency", two.alias(), message="a rollback needs no emergency")


# --- never to be reviewed ---


def test_an_emergency_that_is_not_kept_is_found(ready: Registry) -> None:
    emergency_by_hand(ready, "v1", "staging")
    ready.remove(KEPT)
    ready.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    ready.finds("emergency", ready.alias("staging"), message="its review could be forgotten")


def test_to_keep_another_record_in_its_place_is_found(ready: Registry) -> None:
    emergency_by_hand(ready, "v1", "staging")
    record = ready.record(Alias, KEPT)
    assert record.emergency is not None
    gentle = replace(record, emergency=replace(record.emergency, reason="a trifle"))
    ready.forge(KEPT, gentle, "alice")
    ready.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    ready.finds("emergency", KEPT, message="not the record of an emergency promotion that is in force")


def test_an_ordinary_promotion_among_the_emergencies_is_found(live: Registry) -> None:
    for suffix in ("", ".sig"):
        kept = paths.emergency(MODEL, "production", 1)
        live.write(kept + suffix, live.read(live.alias() + suffix))
    live.commit_all()
    live.finds("emergency", paths.emergency(MODEL, "production", 1))


def test_to_take_it_out_of_the_emergencies_is_found(ready: Registry) -> None:
    ready.run(*GO)
    ready.remove(KEPT)
    ready.commit_all()
    ready.finds("missing", KEPT)


def test_to_alter_what_is_kept_is_found(ready: Registry) -> None:
    ready.run(*GO)
    record = ready.record(Alias, KEPT)
    assert record.emergency is not None
    later = replace(record, emergency=replace(record.emergency, review_due_at="2099-01-01T00:00:00Z"))
    ready.forge(KEPT, later, "alice")
    ready.commit_all()
    ready.finds("immutable", KEPT, also=["emergency"])


@pytest.mark.parametrize("to", ["staging", "canary"])
def test_an_overdue_review_stops_the_next_ordinary_promotion(overdue: Registry, to: str) -> None:
    """In the environment of the emergency and in any other, and whatever was filed since."""
    version = "v2" if to == "staging" else "v1"
    if to == "canary":
        overdue.pass_canary("v1")
    refused = overdue.refuses("promote", f"churn:{version}", "--to", to, "--json").json
    assert set(unmet(refused)) == {"no_overdue_review"}
    assert refused["findings"][0]["hint"].startswith("registry review churn --in staging --sequence 1")
    promote_by_hand(overdue, version, to)
    overdue.finds("emergency", overdue.alias(to), message="no_overdue_review")
    overdue.git("reset", "--quiet", "--hard", "HEAD~1")
    overdue.run(*REVIEW, key="carol")
    overdue.promote(version, to)
    overdue.passes()


def test_an_overdue_review_is_due_whatever_the_policy_says_later(overdue: Registry) -> None:
    """And who administers the registry may close it then."""
    section = SECTION.replace("72h", "1s")
    overdue.change_policy(section, "")
    assert set(unmet(overdue.refuses("promote", "churn:v2", "--to", "staging", "--json").json)) == {
        "no_overdue_review"
    }
    overdue.add("dave", "administrator")
    overdue.run(*REVIEW, key="dave")
    overdue.promote("v2", "staging")
    overdue.passes()


def test_another_emergency_and_a_rollback_pass(overdue: Registry) -> None:
    """What everybody waits for is not stopped; each emergency has a review of its own to come."""
    overdue.register("v3")
    overdue.attest("v3", "artifact_signature_verified")
    overdue.run("promote", "churn:v3", "--to", "staging", *GO[4:])
    overdue.rollback("staging")
    overdue.passes()
    assert len(overdue.json("status")["reviews_due"]) == 2


def test_an_emergency_is_no_way_past_an_overdue_review(overdue: Registry) -> None:
    refused = overdue.refuses("promote", "churn:v2", "--to", "staging", *GO[4:], "--json").json
    assert "it skips nothing" in refused["findings"][0]["message"]


def test_a_release_is_validated_whatever_review_is_overdue(overdue: Registry) -> None:
    assert overdue.json("show", "churn:v2")["state"] == "validation-passed"


# --- reviewed by nobody who may ---


@pytest.mark.parametrize(
    ("who", "role", "rule", "message"),
    [
        ("alice", "risk-owner", "emergency", "made the emergency promotion"),
        ("bob", "risk-owner", "role", "does not hold the role risk-owner"),
        ("bob", "model-owner", "emergency", "reviewed in the role risk-owner, not as model-owner"),
        ("deploy-bot", "risk-owner", "principal-kind", "only a person can review"),
        ("mallory", "risk-owner", "role", "belongs to nobody"),
    ],
)
def test_a_review_by_somebody_who_may_not_is_found(
    ready: Registry, who: str, role: str, rule: str, message: str
) -> None:
    ready.run("trust", "grant", IDS["alice"], "risk-owner")
    ready.add("deploy-bot", "risk-owner", kind="bot")
    ready.run(*GO)
    if who != "mallory":
        ready.refuses(*REVIEW, "--role", role, key=who)
    path, record = made_review(ready, KEPT, who, role)
    ready.forge(path, record, who)
    ready.commit_all()
    ready.finds(rule, path, message=message, also=["emergency"])


def test_who_authorised_it_does_not_review_it(commanded: Registry) -> None:
    commanded.run("trust", "grant", IDS["dave"], "risk-owner")
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    commanded.run(*GO)
    commanded.refuses(*REVIEW, key="dave")
    path, record = made_review(commanded, KEPT, "dave", "risk-owner")
    commanded.forge(path, record, "dave")
    commanded.commit_all()
    commanded.finds("emergency", path, message="dave@example.com authorised")


@pytest.mark.parametrize(
    "changes",
    [
        {"promotion": "sha256:" + "0" * 64},
        {"incident": "INC-2"},
        {"version": "v9"},
        {"sequence": 2},
        {"environment": "canary"},
    ],
    ids=["another record", "another incident", "another version", "another number", "another environment"],
)
def test_a_review_of_something_else_is_found(ready: Registry, changes: dict[str, Any]) -> None:
    ready.run(*GO)
    path, record = made_review(ready, KEPT, "carol", "risk-owner", **changes)
    ready.forge(path, record, "carol")
    ready.commit_all()
    ready.finds("emergency", path, message="names no emergency promotion", also=["subject"])


def test_a_review_by_who_authorised_it_is_found_and_closes_nothing(overdue: Registry) -> None:
    path, record = made_review(overdue, KEPT, "alice", "risk-owner")
    overdue.forge(path, record, "alice")
    overdue.commit_all()
    overdue.finds("emergency", path, also=["role"])
    overdue.refuses("promote", "churn:v2", "--to", "staging")


def test_what_was_judged_of_an_emergency_is_not_judged_again(ready: Registry) -> None:
    ready.run(*GO)
    ready.run(*REVIEW, key="carol")
    other = [word if word != "justified" else "unjustified" for word in REVIEW]
    refused = ready.refuses(*other, "--sequence", "1", key="carol")
    assert "reviewed it at" in refused.out + refused.err
    (path,) = ready.find(f"{paths.reviews_folder(MODEL)}/*.yaml")
    again = replace(ready.record(Review, path), outcome="unjustified")
    ready.forge(path.replace("staging-1-", "staging-1-zz"), again, "carol")
    ready.commit_all()
    ready.finds("emergency", message="already: justified")
    assert ready.json("why", "churn@staging")["review"]["outcome"] == "justified"


@pytest.mark.parametrize("name", ["staging-1-000", "staging-1-zzz"], ids=["sorts first", "sorts last"])
def test_of_two_reviews_the_one_that_came_first_is_told(ready: Registry, name: str) -> None:
    """Whatever the later one is named, and whoever asks: a person, the judge, or the list of what waits."""
    ready.run(*GO)
    ready.run(*REVIEW, key="carol")
    (path,) = ready.find(f"{paths.reviews_folder(MODEL)}/*.yaml")
    again = replace(ready.record(Review, path), outcome="unjustified")
    ready.forge(f"{paths.reviews_folder(MODEL)}/{name}.yaml", again, "carol")
    ready.commit_all()
    ready.finds("emergency", message="already: justified")
    assert ready.json("why", "churn@staging")["review"]["outcome"] == "justified"
    assert ready.json("show", "churn:v1")["emergencies"][0]["review"]["outcome"] == "justified"
    assert ready.verify()["emergencies"][0]["review"]["outcome"] == "justified"


@pytest.mark.parametrize("who", ["bob", "alice", "deploy-bot"], ids=["no role", "promoter", "no person"])
def test_a_forged_review_closes_nothing_whatever_its_maker_becomes(overdue: Registry, who: str) -> None:
    """And it does not keep anybody from the lawful one, which is the one that is told."""
    overdue.add("deploy-bot", "risk-owner", kind="bot")
    path, record = made_review(overdue, KEPT, who, "risk-owner")
    overdue.forge(path.replace("forged", "000"), record, who)
    overdue.commit_all()
    if who != "deploy-bot":
        overdue.run("trust", "grant", IDS[who], "risk-owner")
    overdue.refuses("promote", "churn:v2", "--to", "staging")
    overdue.run(*REVIEW, key="carol")
    assert overdue.json("why", "churn@staging")["review"]["by"] == IDS["carol"]
    overdue.promote("v2", "staging")
    assert {found["path"] for found in overdue.verify()["findings"]} == {path.replace("forged", "000")}
    told = overdue.verify()["emergencies"][0]
    assert told["review"]["by"] == IDS["carol"]


def test_two_reviews_in_one_step_are_found_and_close_nothing(overdue: Registry) -> None:
    for name, outcome in (("a", "justified"), ("b", "unjustified")):
        path, record = made_review(overdue, KEPT, "carol", "risk-owner", outcome=outcome)
        overdue.forge(path.replace("forged", name), record, "carol")
    overdue.commit_all()
    overdue.finds("emergency", path.replace("forged", "b"), message="in the same step: justified")
    overdue.refuses("promote", "churn:v2", "--to", "staging")
    overdue.run(*REVIEW, key="carol")
    overdue.promote("v2", "staging")


def test_a_review_stays_when_its_maker_loses_the_role(overdue: Registry) -> None:
    overdue.run(*REVIEW, key="carol")
    grants = overdue.record(Trust, paths.TRUST).grants
    overdue.next_trust("alice", grants=tuple(one for one in grants if one.principal != IDS["carol"]))
    overdue.commit_all()
    overdue.promote("v2", "staging")
    overdue.passes()


def test_a_review_moved_to_another_emergency_is_found_and_closes_nothing(overdue: Registry) -> None:
    overdue.register("v3")
    overdue.attest("v3", "artifact_signature_verified")
    overdue.run("promote", "churn:v3", "--to", "staging", *GO[4:])
    overdue.run(*REVIEW, "--sequence", "2", key="carol")
    (path,) = overdue.find(f"{paths.reviews_folder(MODEL)}/*.yaml")
    for suffix in ("", ".sig"):
        overdue.write(path.replace("staging-2", "staging-1") + suffix, overdue.read(path + suffix))
    overdue.commit_all()
    overdue.finds("subject", path.replace("staging-2", "staging-1"), also=["emergency"])
    overdue.refuses("promote", "churn:v2", "--to", "staging")


def test_a_review_in_the_step_of_its_emergency_is_too_early(ready: Registry) -> None:
    emergency_by_hand(ready, "v1", "staging")
    path, record = made_review(ready, KEPT, "carol", "risk-owner")
    ready.forge(path, record, "carol")
    ready.git("add", "--all")
    ready.git("commit", "--quiet", "--amend", "--no-edit")
    ready.finds("emergency", path, message="names no emergency promotion before it")


def test_a_review_that_is_taken_away_is_found_and_due_again(overdue: Registry) -> None:
    overdue.run(*REVIEW, key="carol")
    (path,) = overdue.find(f"{paths.reviews_folder(MODEL)}/*.yaml")
    overdue.remove(path)
    overdue.commit_all()
    overdue.finds("missing", path)
    overdue.refuses("promote", "churn:v2", "--to", "staging")


def test_a_strangers_review_closes_nothing(overdue: Registry) -> None:
    path, record = made_review(overdue, KEPT, "mallory", "risk-owner")
    overdue.forge(path, record, "mallory")
    overdue.commit_all()
    overdue.refuses("promote", "churn:v2", "--to", "staging")


def test_a_stranger_obliges_nobody(ready: Registry) -> None:
    ready.pass_staging("v1")
    record = made_emergency(ready, "v1", "staging", created_by=IDS["mallory"])
    ready.forge(KEPT, record, "mallory")
    ready.commit_all()
    ready.finds("emergency", KEPT)
    assert "no_overdue_review" not in ready.run("promote", "churn:v1", "--to", "staging").out


def test_a_record_among_the_emergencies_that_nobody_can_read_stops_promotions(ready: Registry) -> None:
    """Nobody can tell whether it is overdue."""
    ready.pass_staging("v1")
    path = paths.emergency(MODEL, "staging", 7)
    ready.forge_bytes(path, b"kind: alias\n", "alice", namespace="gitregistry.alias.v1")
    ready.commit_all()
    ready.finds("parse", path)
    assert set(unmet(ready.refuses("promote", "churn:v1", "--to", "staging", "--json").json)) == {
        "no_overdue_review"
    }


def test_a_review_stays_whoever_leaves_afterwards(overdue: Registry) -> None:
    """Neither a role that is lost nor a key that ends opens again what was closed."""
    overdue.run(*REVIEW, key="carol")
    overdue.run("trust", "revoke", IDS["carol"], "--reason", "left")
    overdue.promote("v2", "staging")
    overdue.passes()


def test_an_approval_says_whether_it_authorises(commanded: Registry) -> None:
    commanded.run("approve", "churn:v1", "--to", "staging", "--incident", "INC-1", key="dave")
    given = commanded.record(Approval, commanded.approval("v1", "dave", "staging"))
    assert (given.decision, given.incident) == ("approve", "INC-1")
    assert "authorise for INC-1" in commanded.run("show", "churn:v1").out
    commanded.refuses(
        "approve", "churn:v1", "--to", "staging", "--incident", "INC-1", "--reject", key="dave", expect=2
    )
