"""Attack 26: an older policy or trust, valid in its time, is put back."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from tests.support.keys import IDS
from tests.support.registry import Registry


@pytest.fixture
def tightened(live: Registry) -> Registry:
    """The policy was tightened and carol's key revoked."""
    live.next_text(paths.POLICY, "max: 60", "max: 50", "alice")
    live.commit_all("Tighten")
    live.run("trust", "revoke", IDS["carol"], "--reason", "stolen")
    live.passes()
    return live


@pytest.mark.parametrize("path", [paths.POLICY, paths.TRUST])
def test_a_revert_of_law_is_found(tightened: Registry, path: str) -> None:
    commit = tightened.git("log", "-1", "--format=%H", "--", path)
    tightened.git("revert", "--no-edit", commit)
    tightened.finds("version", path, message="must be followed by", also=["trust"])


@pytest.mark.parametrize("path", [paths.POLICY, paths.TRUST])
def test_the_first_law_put_back_is_found(tightened: Registry, path: str) -> None:
    first = tightened.git("rev-list", "--max-parents=0", "HEAD")
    tightened.git("checkout", first, "--", path, f"{path}.sig")
    tightened.commit_all()
    tightened.finds("version", path, also=["trust", "registry-id", "trust-threshold"])


def test_the_older_law_with_a_new_number_needs_its_signatures(tightened: Registry) -> None:
    tightened.next_text(paths.POLICY, "max: 50", "max: 60", "bob")
    tightened.commit_all()
    tightened.finds("policy-threshold", paths.POLICY)
