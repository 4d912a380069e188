"""Attack 20: a stolen key or a wrong clock dates a record or a commit before what it follows, or ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gitregistry.registry.moments import moment_text
from tests.support.forging import made_approval, made_evidence, made_promotion, promote_by_hand
from tests.support.registry import Registry

AHEAD = moment_text(datetime.now(UTC) + timedelta(days=1))
BEFORE = "2020-01-01T00:00:00Z"


def test_a_promotion_dated_ahead_is_found(approved: Registry) -> None:
    promote_by_hand(approved, "v1", "production", created_at=AHEAD)
    approved.finds("time", approved.alias(), message="after the step that brings it")


def test_a_promotion_dated_before_its_release_is_found(approved: Registry) -> None:
    promote_by_hand(approved, "v1", "production", created_at=BEFORE)
    approved.finds("time", approved.alias(), message="before what it follows")


def test_a_promotion_dated_before_the_one_it_replaces_is_found(two: Registry) -> None:
    promote_by_hand(two, "v1", "production", created_at=BEFORE)
    two.finds("time", two.alias(), message="before what it follows")


def test_a_commit_dated_ahead_is_found(approved: Registry) -> None:
    record = made_promotion(approved, "v1", "production")
    approved.forge(approved.alias(), record, "alice")
    approved.commit_all(date=AHEAD)
    approved.finds("time", message="dated in the future")


def test_a_commit_dated_before_its_parent_is_found(approved: Registry) -> None:
    record = made_promotion(approved, "v1", "production")
    approved.forge(approved.alias(), record, "alice")
    approved.commit_all(date=BEFORE)
    approved.finds("time", "registry/", message="before its parent", also=["time"])


def test_an_approval_dated_before_the_release_is_found(registered: Registry) -> None:
    path, record = made_approval(registered, "v1", "bob", "model-owner", created_at=BEFORE)
    registered.forge(path, record, "bob")
    registered.commit_all()
    registered.finds("time", path)


def test_evidence_dated_ahead_is_found(registered: Registry) -> None:
    path, record = made_evidence(registered, "v1", "offline_eval_passed", created_at=AHEAD)
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.finds("time", path)


def test_a_policy_dated_before_the_one_it_follows_is_found(live: Registry) -> None:
    path = "registry/policy.yaml"
    created = live.read(path).decode().partition('created_at: "')[2][:20]
    live.next_text(path, created, BEFORE, "alice")
    live.commit_all()
    live.finds("time", path, message="before the one it follows")


def test_a_retirement_dated_ahead_is_found(live: Registry) -> None:
    live.run("retire", "churn:v1", "--withdraw", "--reason", "old")
    path = "registry/models/churn/releases/v1/retirement.yaml"
    live.edit(path, "alice", created_at=AHEAD)
    live.git("add", "--all")
    live.git("commit", "--quiet", "--amend", "--no-edit")
    live.finds("time", path, message="after the step that brings it")


def test_a_trust_dated_before_the_one_it_follows_is_found(live: Registry) -> None:
    live.next_trust("alice", created_at=BEFORE)
    live.commit_all()
    live.finds("time", "registry/trust.yaml", message="before the one it follows")


def test_a_promotion_and_its_commit_both_dated_back_are_found(two: Registry) -> None:
    record = made_promotion(two, "v1", "production", created_at=BEFORE)
    two.forge(two.alias(), record, "alice")
    two.commit_all(date=BEFORE)
    two.finds("time", two.alias(), message="before what it follows")


def test_nothing_is_written_on_a_clock_behind_the_branch(approved: Registry) -> None:
    approved.write("registry/policy.yaml.note", b"a step from a machine whose clock is ahead\n")
    approved.commit_all(date=AHEAD)
    refused = approved.refuses("promote", "churn:v1", "--to", "production")
    assert "clock" in refused.out
