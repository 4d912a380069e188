"""Commits that touch nothing of the registry neither rewind its clock nor stop it; absurd dates are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.records.trust import Key, Trust
from gitregistry.registry.moments import moment_text
from tests.support.keys import IDS, public_line
from tests.support.registry import Registry

NOW = datetime.now(UTC).replace(microsecond=0)
EXPIRED = moment_text(NOW - timedelta(days=30))
WHEN_VALID = moment_text(NOW - timedelta(days=31))
EARLIER_STILL = moment_text(NOW - timedelta(days=32))


def with_expired_key(registry: Registry) -> None:
    """Alice has a second key, which stopped counting a month ago."""
    old = Key(public_key=public_line(registry.keys["alice2"]), valid_until=EXPIRED)
    trust = registry.record(Trust, paths.TRUST)
    principals = tuple(
        replace(one, keys=(*one.keys, old)) if one.id == IDS["alice"] else one for one in trust.principals
    )
    registry.next_trust("alice", principals=principals)
    registry.commit_all("a key that expired a month ago")
    registry.passes()


def release_with_expired_key(registry: Registry, date: str) -> str:
    release = registry.record(Release, registry.manifest("v1"))
    forged = replace(release, version="v9", created_at=WHEN_VALID, created_by=IDS["alice"])
    registry.forge(registry.manifest("v9"), forged, "alice2")
    return registry.commit_all("register v9", date=date)


def docs(registry: Registry, date: str) -> str:
    """A commit outside the registry's folder."""
    (registry.folder / "README.md").write_text(f"as of {date}\n", "utf-8")
    return registry.commit_all("docs", date=date)


@pytest.mark.parametrize("before", [(), (EARLIER_STILL,), (EARLIER_STILL, EARLIER_STILL)])
def test_a_backdated_commit_of_something_else_revives_no_expired_key(
    registered: Registry, before: tuple[str, ...]
) -> None:
    with_expired_key(registered)
    for date in before:
        docs(registered, date)
    forged = release_with_expired_key(registered, WHEN_VALID)
    findings = [one for one in registered.verify()["findings"] if one["commit"] == forged]
    assert {one["rule"] for one in findings} & {"time", "key"}


def test_a_backdated_merge_of_something_else_revives_no_expired_key(registered: Registry) -> None:
    with_expired_key(registered)
    tree = registered.git("rev-parse", "HEAD^{tree}")
    root = registered.git("rev-list", "--max-parents=0", "HEAD")
    merge = registered.git("commit-tree", "-p", "HEAD", "-p", root, "-m", "merge", tree, date=EARLIER_STILL)
    registered.git("update-ref", "refs/heads/main", merge)
    forged = release_with_expired_key(registered, WHEN_VALID)
    findings = [one for one in registered.verify()["findings"] if one["commit"] == forged]
    assert {one["rule"] for one in findings} & {"time", "key"}


def test_a_commit_of_something_else_dated_far_ahead_stops_nobody(registered: Registry) -> None:
    docs(registered, "2099-01-01T00:00:00Z")
    registered.attest("v1", "offline_eval_passed")
    registered.passes()


def test_a_commit_of_something_else_dated_long_ago_stops_nobody(registered: Registry) -> None:
    docs(registered, "2001-01-01T00:00:00Z")
    registered.attest("v1", "offline_eval_passed")
    registered.passes()


@pytest.mark.parametrize("digits", [13, 20, 5000])
def test_a_commit_whose_time_no_calendar_holds_is_found(registered: Registry, digits: int) -> None:
    registered.write("registry/policy.yaml.note", b"so that it is a step of the registry\n")
    registered.git("add", "--all", "--force")
    tree = registered.git("write-tree")
    raw = (
        f"tree {tree}\nparent {registered.head}\nauthor a <a@example.com> 1 +0000\n"
        f"committer a <a@example.com> {'9' * digits} +0000\n\nx\n"
    )
    oid = registered.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw.encode())
    registered.git("update-ref", "refs/heads/main", oid)
    findings = registered.verify()["findings"]
    assert (oid, "time") in {(one["commit"], one["rule"]) for one in findings}


@pytest.mark.parametrize("digits", [13, 20, 5000])
def test_a_commit_of_something_else_whose_time_no_calendar_holds_crashes_nothing(
    registered: Registry, digits: int
) -> None:
    tree = registered.git("rev-parse", "HEAD^{tree}")
    raw = (
        f"tree {tree}\nparent {registered.head}\nauthor a <a@example.com> 1 +0000\n"
        f"committer a <a@example.com> {'9' * digits} +0000\n\nx\n"
    )
    oid = registered.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw.encode())
    registered.git("update-ref", "refs/heads/main", oid)
    registered.verify()
    for command in (("list",), ("log",), ("status",)):
        assert registered.run(*command, key=None, expect=None).code in (0, 1, 5)
