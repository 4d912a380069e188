"""Attack 4: an insider alters a published manifest, its card or its signature, or renames them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.records import paths
from tests.support.registry import Registry

OTHER_BYTES = "sha256:" + "0" * 64


def test_a_manifest_altered_and_signed_again_by_its_publisher_is_found(live: Registry) -> None:
    path = live.manifest("v1")
    live.edit(path, "alice", artifact_digest=OTHER_BYTES)
    live.commit_all()
    live.finds("immutable", path)
    live.refuses("resolve", "churn@production")


def test_a_manifest_altered_before_promotion_no_longer_has_its_evidence(approved: Registry) -> None:
    approved.edit(approved.manifest("v1"), "alice", artifact_digest=OTHER_BYTES)
    approved.commit_all()
    approved.finds("immutable", approved.manifest("v1"))
    refused = approved.refuses("promote", "churn:v1", "--to", "production", "--json").json
    assert not any(item["met"] for item in refused["requirements"])


def test_another_publishers_signature_over_the_same_bytes_is_found(live: Registry) -> None:
    live.add("dave", "publisher")
    path = live.manifest("v1")
    live.forge_bytes(path, live.read(path), "dave")
    live.commit_all()
    live.finds("immutable", path, also=["subject"])


@pytest.mark.parametrize("what", ["evidence", "approval"])
def test_evidence_or_an_approval_altered_and_signed_again_is_found(live: Registry, what: str) -> None:
    if what == "evidence":
        path, key = live.evidence("v1", "offline_eval_passed"), "ci"
    else:
        path, key = live.approval("v1", "bob"), "bob"
    live.edit(path, key, note="as if it had always said so")
    live.commit_all()
    live.finds("immutable", path)


def test_a_release_renamed_is_found_at_both_names(live: Registry) -> None:
    old, new = paths.release_folder("churn", "v1"), paths.release_folder("churn", "v7")
    live.git("mv", old, new)
    live.commit_all()
    live.finds("missing", f"{old}/manifest.yaml", also=["subject", "release"])
    live.finds("subject", f"{new}/manifest.yaml", also=["missing", "release"])


@pytest.fixture
def carded(empty_registry: Registry, tmp_path: Path) -> Registry:
    """``churn:v1`` registered with a model card."""
    card = tmp_path / "card.md"
    card.write_text("# Churn\n\nNot for people under 18.\n", "utf-8")
    empty_registry.register("v1", "--card", str(card))
    empty_registry.passes()
    return empty_registry


def test_an_altered_card_is_found(carded: Registry) -> None:
    path = paths.card("churn", "v1")
    carded.write(path, b"# Churn\n\nFor everybody.\n")
    carded.commit_all()
    carded.finds("card", path, also=["immutable"])
    carded.finds("immutable", path, also=["card"])


def test_a_removed_card_is_found(carded: Registry) -> None:
    path = paths.card("churn", "v1")
    (carded.folder / path).unlink()
    carded.commit_all()
    carded.finds("missing", path)


def test_a_card_that_no_manifest_names_is_found(registered: Registry) -> None:
    path = paths.card("churn", "v1")
    registered.write(path, b"# A card out of nowhere\n")
    registered.commit_all()
    registered.finds("card", path)


def test_a_card_put_under_a_release_that_is_not_there_is_found(registered: Registry) -> None:
    path = paths.card("churn", "v9")
    registered.write(path, b"# A card out of nowhere\n")
    registered.commit_all()
    registered.finds("card", path)


def test_a_signed_card_is_no_record(carded: Registry) -> None:
    path = paths.card("churn", "v1")
    carded.write(f"{path}.sig", carded.read(carded.manifest("v1") + ".sig"))
    carded.commit_all()
    carded.finds("tree", f"{path}.sig")
