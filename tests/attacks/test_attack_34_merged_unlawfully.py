"""Attack 34: changes that each are lawful, and merge cleanly or with a little help, but not lawfully."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.doors import Server, merge_check, rules_told
from tests.support.registry import Registry


@pytest.fixture
def forked(two: Registry) -> Registry:
    """On main v2 was withdrawn; ``promoted``, from before that, has rolled back to v1 and on to v2 again."""
    two.rollback()
    two.git("branch", "promoted")
    two.run("retire", "churn:v2", "--withdraw", "--reason", "it leaks")
    two.git("checkout", "--quiet", "promoted")
    two.come_back("v2")
    two.git("checkout", "--quiet", "main")
    return two


def test_a_promotion_and_a_withdrawal_that_merge_cleanly_are_judged_as_merged(
    forked: Registry, tmp_path: Path
) -> None:
    document = merge_check(forked, "main", "promoted")
    assert document["verdict"] == "fail"
    assert "release" in {found["rule"] for found in document["findings"]}
    server = Server.holding(forked, tmp_path / "server.git")
    forked.git("merge", "--quiet", "--no-edit", "promoted")
    pushed = server.push(forked)
    assert "release" in rules_told(pushed)
    assert "release" in {found["rule"] for found in forked.verify()["findings"]}


def test_two_promotions_from_one_tip_do_not_merge(two: Registry) -> None:
    two.git("branch", "one")
    two.rollback()
    two.git("checkout", "--quiet", "one")
    two.promote("v2", "staging")
    two.rollback("production", "--to", "v1", "--reason", "the same, beside it")
    two.git("checkout", "--quiet", "main")
    document = merge_check(two, "main", "one")
    assert (document["verdict"], {found["rule"] for found in document["findings"]}) == ("fail", {"merge"})
