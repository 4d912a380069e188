"""One attack, shown to each door."""

from __future__ import annotations

from tests.support.doors import merge_check, refused_at_every_door
from tests.support.registry import Registry


def test_an_edited_alias_is_refused_at_every_door(live: Registry) -> None:
    base = live.head
    path = live.alias()
    live.write(path, live.read(path) + b"# edited\n")
    bad = live.commit_all()
    refused_at_every_door(live, base, bad, "signature")


def test_a_lawful_proposal_says_what_its_promotion_meets(approved: Registry) -> None:
    base = approved.head
    approved.promote("v1", "production")
    document = merge_check(approved, base, approved.head)
    assert document["verdict"] == "pass"
    asked = {item["name"]: item["met"] for item in document["requirements"]}
    assert asked
    assert all(asked.values())
    assert {item["path"] for item in document["requirements"]} == {approved.alias()}
