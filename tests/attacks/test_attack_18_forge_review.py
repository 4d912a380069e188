"""Attack 18: a forge's review, forged, stale, dismissed or of a renamed account, is counted as an approval.

A forge's word is nobody's signature, so none counts, true or not: an approval is its person's own, by a key
that administrators put into trust. What a forge says is made to look like one here in each way there is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gitregistry.records import paths
from gitregistry.records.encoding import encode
from gitregistry.records.policy import Policy
from tests.support.doors import refused_at_every_door
from tests.support.forging import made_approval, promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import Registry

# As the forge's API lists it, of a review that carol gave; her account's number on the forge is 7.
REVIEW = {
    "id": 80,
    "user": {"login": "carol", "id": 7, "type": "User"},
    "body": "Fine with me.",
    "state": "APPROVED",
    "submitted_at": "2026-05-01T10:00:00Z",
    "commit_id": "0" * 40,
    "author_association": "MEMBER",
}


@pytest.fixture
def waiting(registered: Registry) -> Registry:
    """All that production asks for is there but for carol's approval, as risk-owner."""
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    registered.refuses("promote", "churn:v1", "--to", "production")
    return registered


@dataclass(frozen=True)
class Way:
    """A way to put a review on file, and the code of the rule that it breaks.

    One that is no record can be cited by nobody, not even by hand.
    """

    code: str
    put: Callable[[Registry], str]
    readable: bool = True


def by_whoever_may_push(registry: Registry) -> str:
    """In carol's name, unsigned."""
    path, record = made_approval(registry, "v1", "carol", "risk-owner")
    registry.write(path, encode(record))
    return path


def by_a_workflow_in_her_name(registry: Registry) -> str:
    """Signed by CI, which saw the review and holds roles of its own."""
    path, record = made_approval(registry, "v1", "carol", "risk-owner")
    registry.forge(path, record, "ci")
    return path


def by_a_workflow_in_its_own_name(registry: Registry) -> str:
    path, record = made_approval(registry, "v1", "ci", "risk-owner")
    registry.forge(path, record, "ci")
    return path


def with_the_review_in_a_field(registry: Registry) -> str:
    """A field that no reader knows could mean anything to the next."""
    path, record = made_approval(registry, "v1", "carol", "risk-owner")
    via = b"via: {forge: github.com, review: 80, login: carol, id: 7}\n"
    registry.forge_bytes(path, encode(record) + via, "ci")
    return path


def as_the_forge_lists_it(registry: Registry) -> str:
    path = f"{paths.approvals_folder('churn', 'v1')}/production-{IDS['carol']}-80.yaml"
    registry.write(path, json.dumps(REVIEW).encode())
    return path


def by_the_account_that_has_her_name_now(registry: Registry) -> str:
    """Her account was renamed and mallory took its name: the forge lists mallory's keys under it."""
    path, record = made_approval(registry, "v1", "carol", "risk-owner")
    registry.forge(path, record, "mallory")
    return path


WAYS = [
    Way("signature", by_whoever_may_push),
    Way("subject", by_a_workflow_in_her_name),
    Way("role", by_a_workflow_in_its_own_name),
    Way("parse", with_the_review_in_a_field, readable=False),
    Way("signature", as_the_forge_lists_it, readable=False),
    Way("role", by_the_account_that_has_her_name_now),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.put.__name__)
def test_a_review_is_refused_at_every_door_and_does_not_count(waiting: Registry, way: Way) -> None:
    base = waiting.head
    path = way.put(waiting)
    filed = waiting.commit_all("Carol approved this pull request")
    refused_at_every_door(waiting, base, filed, way.code)
    waiting.refuses("promote", "churn:v1", "--to", "production")
    if way.readable:
        promote_by_hand(waiting, "v1", "production")
    found = waiting.verify()["findings"]
    assert {finding["commit"] for finding in found} == {filed, waiting.head}
    assert path in {finding["path"] for finding in found}


def test_what_a_merge_says_of_reviews_counts_for_nothing(waiting: Registry) -> None:
    """A forge writes who approved into the commit that it makes, and signs that with a key of its own."""
    base = waiting.head
    waiting.git(
        "commit", "--quiet", "--allow-empty", "-m", f"Merge pull request\n\nReviewed-by: {IDS['carol']}"
    )
    waiting.passes()
    waiting.refuses("promote", "churn:v1", "--to", "production")
    promote_by_hand(waiting, "v1", "production")
    refused_at_every_door(waiting, base, waiting.head, "requirement")


def test_her_own_approval_counts_so_that_the_attacks_mean_something(waiting: Registry) -> None:
    assert waiting.record(Policy, paths.POLICY).checks
    waiting.approve("v1", "carol")
    waiting.promote("v1", "production")
    waiting.passes()
