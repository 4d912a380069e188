"""Chains of promotions and rollbacks, and what each names as the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.records.alias import Alias
from gitregistry.records.common import Stamp
from gitregistry.records.digests import digest_of
from gitregistry.registry.chains import Link, fallback_after, follows, linked, served
from gitregistry.registry.opening import Opened

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "fallbacks.yaml").read_text("utf-8"))["cases"]
STAMP = Stamp(version=1, digest=digest_of(b"law"))


def follower(move: str, tip: Link | None) -> Alias:
    """The alias record of ``promote v1`` or ``rollback v1`` that comes next."""
    action, version = move.split()
    return Alias(
        created_at="2026-05-01T00:00:00Z",
        created_by="alice",
        model_name="churn",
        environment="production",
        version=version,
        release_digest=digest_of(version.encode()),
        action="promote" if action == "promote" else "rollback",
        sequence=tip.opened.record.sequence + 1 if tip else 1,
        previous=tip.opened.digest if tip else None,
        policy=STAMP,
        trust=STAMP,
    )


def extended(tip: Link | None, alias: Alias) -> Link:
    digest = digest_of(f"{alias.sequence} {alias.version} {alias.action}".encode())
    return linked(Opened("alias", alias, digest, ()), f"commit {alias.sequence}", tip)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_fallback(case: dict[str, Any]) -> None:
    tip: Link | None = None
    targets = []
    for move in case["moves"]:
        alias = follower(move, tip)
        target = fallback_after(tip, alias, lambda version: version not in case.get("withdrawn", ()))
        targets.append(target.version if target else "none")
        tip = extended(tip, alias)
    assert targets == case["targets"]


moves = st.lists(st.tuples(st.sampled_from(["promote", "rollback"]), st.sampled_from("abcd")), max_size=12)


@given(moves, st.sets(st.sampled_from("abcd")))
def test_a_way_back_leads_to_another_release_that_served_and_is_not_withdrawn(
    steps: list[tuple[str, str]], withdrawn: set[str]
) -> None:
    tip: Link | None = None
    for action, version in steps:
        alias = follower(f"{action} {version}", tip)
        assert follows(alias, tip)
        target = fallback_after(tip, alias, lambda name: name not in withdrawn)
        if target is not None:
            assert target.version != version
            assert target.version not in withdrawn
            assert served(tip, target.release_digest)
        tip = extended(tip, alias)


@given(moves)
def test_rolling_back_again_and_again_comes_to_an_end_and_never_to_the_same_twice(
    steps: list[tuple[str, str]],
) -> None:
    tip: Link | None = None
    for action, version in steps:
        tip = extended(tip, follower(f"{action} {version}", tip))
    seen = set()
    while tip is not None:
        target = fallback_after(tip.previous, tip.opened.record, lambda _name: True)
        if target is None:
            break
        assert target.version not in seen
        seen.add(target.version)
        tip = extended(tip, follower(f"rollback {target.version}", tip))
