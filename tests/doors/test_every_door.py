"""One attack, shown to each door."""

from __future__ import annotations

import pytest

from tests.support.doors import merge_check, refused_at_every_door
from tests.support.registry import Registry


def test_an_edited_alias_is_refused_at_every_door(live: Registry) -> None:
    base = live.head
    path = live.alias()
    live.write(path, live.read(path) + b"# edited\n")
    bad = live.commit_all()
    refused_at_every_door(live, base, bad, "signature")


@pytest.mark.parametrize("mode", ["120000", "160000"], ids=["a link", "a submodule"])
def test_a_registry_that_is_something_else_is_refused_at_every_door(mode: str, live: Registry) -> None:
    """The whole folder gives way to one entry that leads elsewhere."""
    base = live.head
    target = live.blob(b"elsewhere") if mode == "120000" else base
    live.git("rm", "-r", "--quiet", "--cached", "registry")
    refused_at_every_door(live, base, live.commit_entries((mode, target, "registry")), "tree")


def test_a_lawful_proposal_says_what_its_promotion_meets(approved: Registry) -> None:
    base = approved.head
    approved.promote("v1", "production")
    document = merge_check(approved, base, approved.head)
    assert document["verdict"] == "pass"
    asked = {item["name"]: item["met"] for item in document["requirements"]}
    assert asked
    assert all(asked.values())
    assert {item["path"] for item in document["requirements"]} == {approved.alias()}
