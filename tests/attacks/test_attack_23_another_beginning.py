"""Attack 23: another first trust record on a fresh clone."""

from __future__ import annotations

from tests.support.registry import Registry

OTHER = "sha256:" + "0" * 64


def test_another_registry_than_the_pins_is_found(live: Registry) -> None:
    document = live.json("verify", "--pin", OTHER, key=None, expect=1)
    (found,) = document["findings"]
    assert (document["verdict"], found["rule"]) == ("fail", "pin")
    assert found["hint"]
