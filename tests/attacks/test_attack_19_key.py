"""Attack 19: a key revoked, expired or not yet valid at its place in history, whatever date it claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import moment_text
from tests.support.forging import made_evidence, promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import Registry

CHECK = "offline_eval_passed"
LONG_AGO = "2020-01-01T00:00:00Z"
FAR_AHEAD = "2099-01-01T00:00:00Z"


def ago(seconds: int) -> str:
    return moment_text(datetime.now(UTC) - timedelta(seconds=seconds))


def file_by_hand(registry: Registry, key: str, created_at: str | None = None, date: str | None = None) -> str:
    """Evidence signed by somebody's key and committed with plain git; its path."""
    dated = {"created_at": created_at} if created_at else {}
    path, record = made_evidence(registry, "v1", CHECK, created_by=IDS[key], **dated)
    registry.forge(path, record, key)
    registry.commit_all(date=date)
    return path


def attester(registry: Registry, *options: str) -> None:
    registry.add("dave", "attester", options=options)


def test_a_revoked_key_signs_nothing_more(registered: Registry) -> None:
    registered.run("trust", "revoke", "ci", "--reason", "stolen")
    path = file_by_hand(registered, "ci")
    registered.finds("key", path, message="was revoked: stolen")
    registered.refuses("attest", "churn:v1", CHECK, "--passed", key="ci")


def test_no_date_in_the_record_helps_it(registered: Registry) -> None:
    """The record says that it was made while the key still counted; its place in history says otherwise."""
    before = ago(120)
    registered.run("trust", "revoke", "ci", "--reason", "stolen")
    path = file_by_hand(registered, "ci", created_at=before, date=before)
    registered.finds("key", path, message="was revoked", also=["time"])


def test_nor_does_a_date_of_the_commit_long_before(registered: Registry) -> None:
    registered.run("trust", "revoke", "ci", "--reason", "stolen")
    path = file_by_hand(registered, "ci", created_at=LONG_AGO, date=LONG_AGO)
    registered.finds("key", path, also=["time"])


def test_an_expired_key_signs_nothing(registered: Registry) -> None:
    attester(registered, "--valid-until", LONG_AGO)
    path = file_by_hand(registered, "dave")
    registered.finds("key", path, message=f"expired at {LONG_AGO}")
    said = registered.refuses("attest", "churn:v1", CHECK, "--passed", key="dave")
    assert "expired" in said.err


def test_an_expired_key_dated_back_breaks_the_order_of_time(registered: Registry) -> None:
    attester(registered, "--valid-until", "2020-01-02T00:00:00Z")
    file_by_hand(registered, "dave", created_at=LONG_AGO, date=LONG_AGO)
    registered.finds("time", also=["key"])


def test_expiry_is_judged_at_the_step_not_by_the_record(registered: Registry) -> None:
    """The record is dated before the key expired, and is committed after."""
    attester(registered, "--valid-until", ago(1))
    path = file_by_hand(registered, "dave", created_at=ago(60))
    registered.finds("key", path, message="expired at")


def test_what_a_key_signed_before_it_expired_stands(registered: Registry) -> None:
    until = ago(30)
    attester(registered, "--valid-until", until)
    file_by_hand(registered, "dave", created_at=ago(60), date=ago(60))
    registered.passes()


def test_a_key_that_is_not_yet_valid_signs_nothing(registered: Registry) -> None:
    attester(registered, "--valid-from", FAR_AHEAD)
    path = file_by_hand(registered, "dave")
    registered.finds("key", path, message=f"valid only from {FAR_AHEAD}")
    said = registered.refuses("attest", "churn:v1", CHECK, "--passed", key="dave")
    assert "valid only from" in said.err


@pytest.mark.parametrize("options", [("--valid-until", LONG_AGO), ("--valid-from", FAR_AHEAD)], ids=str)
def test_an_administrator_does_not_count_by_such_a_key(
    empty_registry: Registry, options: tuple[str, str]
) -> None:
    empty_registry.add("dave", "administrator", options=options)
    empty_registry.next_trust("dave", name="dave's")
    empty_registry.commit_all()
    empty_registry.finds("trust-threshold", paths.TRUST)


def test_a_promotion_by_a_revoked_key_moves_nothing_and_those_before_stand(approved: Registry) -> None:
    commit = approved.promote("v1", "production")
    approved.add("dave", "administrator", "promoter")
    approved.run("trust", "revoke", IDS["alice"], "--reason", "stolen", key="dave")
    approved.passes()
    assert approved.record(Alias, approved.alias()).created_by == IDS["alice"]
    assert approved.json("resolve", "churn@production", key=None)["version"] == "v1"
    assert approved.json("why", "churn@production", key=None)["commit"] == commit
    promote_by_hand(approved, "v1", "production", "alice")
    approved.finds("key", approved.alias(), also=["role", "requirement", "approval-stale"])


def test_a_key_counts_again_only_by_a_lawful_step(registered: Registry) -> None:
    """Taking the revocation out of the file by hand is a change of trust like any other."""
    registered.add("dave", "administrator")
    registered.run("trust", "revoke", IDS["alice"], "--reason", "stolen", key="dave")
    trust = registered.record(Trust, paths.TRUST)
    assert any(key.revoked for who in trust.principals for key in who.keys)
    principals = tuple(
        replace(who, keys=tuple(replace(key, revoked=None) for key in who.keys)) for who in trust.principals
    )
    registered.next_trust("alice", principals=principals)
    registered.commit_all()
    registered.finds("trust-threshold", paths.TRUST, message="of the trust in force")
