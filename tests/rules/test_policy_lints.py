"""What ``policy check`` warns of, as data: a policy and a trust, edited, and all that is found."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.records.digests import digest_of
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.records.text import dotted
from gitregistry.records.trust import Grant, Key, Principal, Revocation, Thresholds, Trust
from gitregistry.registry.opening import Opened
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.matching import can_fill
from gitregistry.rules.policy_lints import policy_lints
from gitregistry.rules.trust_lints import Known, by_pattern, trust_lints, unheld_roles
from gitregistry.rules.trust_rules import faults_in_policy
from tests.rules.test_cases import CASES
from tests.rules.world import BEGAN, KINDS, NOW, key_of

DATA = yaml.safe_load((CASES / "policy_lints.yaml").read_text("utf-8"))
PEOPLE = ("alice", "bob", "carol", "dave", "ci", "gone")


def trust_of(grants: list[list[str]]) -> TrustInForce:
    """Everybody, with the grants ``[who, role, models, environments]``."""
    revoked = Revocation(reason="left", revoked_at=BEGAN)
    principals = tuple(
        Principal(
            id=who,
            kind=KINDS.get(who, "person"),  # type: ignore[arg-type] # a PrincipalKind
            keys=(Key(public_key=key_of(who)[1].openssh, revoked=revoked if who == "gone" else None),),
        )
        for who in PEOPLE
    )
    made = tuple(
        Grant(
            principal=who,
            role=role,
            **dict(zip(("models", "environments"), [(x,) for x in more], strict=False)),
        )
        for who, role, *more in grants
    )
    record = Trust(
        created_at=BEGAN,
        created_by="alice",
        name="lints",
        version=1,
        principals=principals,
        grants=made,
        thresholds=Thresholds(trust=1, policy=1),
    )
    return TrustInForce(Opened("registry/trust.yaml", record, digest_of(b"trust"), ()))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: str(case["name"]))
def test_all_that_is_found(case: dict[str, Any]) -> None:
    text: str = DATA["policy"]
    for old, new in case.get("edits", ()):
        assert old in text, old
        text = text.replace(old, new, 1)
    policy = read_record(Policy, text.encode(), "policy.yaml")
    assert list(faults_in_policy(policy)) == []
    trust = trust_of(case.get("grants", DATA["grants"]))
    known = Known(policy, trust, NOW)
    found = [
        *policy_lints(policy),
        *(lint for asked in by_pattern(policy) for lint in trust_lints(known, asked)),
        *unheld_roles(policy, trust),
    ]
    assert len(found) == len(case["found"]), found
    for lint, (field, words, hint) in zip(found, case["found"], strict=True):
        assert dotted(lint.way) == field
        assert words in lint.words
        assert lint.hint.startswith(hint)


places = st.lists(st.frozensets(st.sampled_from("abcd"), max_size=3), max_size=4)


@given(places)
def test_places_are_filled_when_they_can_be(drawn: list[frozenset[str]]) -> None:
    """By Hall's theorem: each set of places must have as many persons as places."""
    enough = all(
        len(frozenset().union(*chosen)) >= len(chosen)
        for mask in range(1, 1 << len(drawn))
        if (chosen := [place for index, place in enumerate(drawn) if mask >> index & 1])
    )
    assert can_fill(drawn) == enough
