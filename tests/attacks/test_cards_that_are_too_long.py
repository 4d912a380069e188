"""A model card is read whole, so it has a bound: what is longer is refused, and found where it is pushed."""

from __future__ import annotations

from pathlib import Path

from tests.support.registry import Registry

TOO_LONG = b"x" * (2 << 20)
CARD = "registry/models/churn/releases/v1/card.md"


def register(registry: Registry, card: bytes) -> tuple[str, ...]:
    """The words that register ``wine:v1`` with a card."""
    beside: Path = registry.folder.parent
    manifest, artifact, file = beside / "wine.yaml", beside / "wine.bin", beside / "card.md"
    manifest.write_text("model_name: wine\nversion: v1\n", "utf-8")
    artifact.write_bytes(b"weights")
    file.write_bytes(card)
    return "register", str(manifest), "--artifact", str(artifact), "--card", str(file)


def test_an_unsigned_card_beside_a_release_that_is_too_long_is_found(registered: Registry) -> None:
    registered.write(CARD, TOO_LONG)
    registered.commit_all()
    registered.finds("card", CARD, also=["card"])


def test_a_card_of_one_byte_too_many_is_found(registered: Registry) -> None:
    registered.write(CARD, b"x" * ((1 << 20) + 1))
    registered.commit_all()
    registered.finds("card", CARD, also=["card"])


def test_registering_a_card_that_is_too_long_writes_nothing(empty_registry: Registry) -> None:
    before = empty_registry.state()
    refused = empty_registry.run(*register(empty_registry, TOO_LONG), expect=None)
    assert refused.code in (1, 2)
    assert "card" in refused.err + refused.out
    assert empty_registry.state() == before
    empty_registry.passes()


def test_a_card_as_long_as_it_may_be_is_registered(empty_registry: Registry) -> None:
    empty_registry.run(*register(empty_registry, b"x" * (1 << 20)))
    empty_registry.passes()


def test_an_empty_card_is_a_card(empty_registry: Registry) -> None:
    empty_registry.run(*register(empty_registry, b""))
    empty_registry.passes()
    assert empty_registry.run("show", "wine:v1", key=None).code == 0
