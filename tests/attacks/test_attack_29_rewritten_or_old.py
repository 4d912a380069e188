"""Attack 29: history is rewritten, cut short, or an old mirror is served; each step of it is lawful."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.freshness.mirrors import bare_copy, clone, freshness, git
from tests.support.registry import Registry


def first(document: dict[str, list[dict[str, str]]], path: str) -> dict[str, str]:
    return next(finding for finding in freshness(document) if finding["path"] == path)


def test_a_branch_that_was_cut_short_is_found(two: Registry) -> None:
    two.passes()
    seen = two.head
    two.git("reset", "--hard", "--quiet", "HEAD~3")
    document = two.verify()
    assert document["verdict"] == "fail"
    assert {finding["rule"] for finding in document["findings"]} == {"freshness"}
    assert f"main is behind {seen}" in first(document, "registry/")["message"]
    assert "git pull" in first(document, "registry/")["hint"]
    assert "below 2" in first(document, two.alias())["message"]


def test_a_branch_that_was_rewritten_and_pushed_by_force_is_found_in_the_clone_that_pulls_it(
    two: Registry, tmp_path: Path
) -> None:
    remote = bare_copy(two, tmp_path / "shared.git")
    hers = clone(two, remote, tmp_path / "hers")
    # The forge's administrator drops evidence that nothing rests on, and keeps all that follows.
    his = clone(two, remote, tmp_path / "his")
    his.attest("v2", "security_scan_passed", "--failed")
    dropped = his.head
    his.register("v3")
    his.git("push", "--quiet")
    hers.git("pull", "--quiet")
    hers.passes()
    seen = hers.head
    his.git("rebase", "--quiet", "--onto", f"{dropped}^", dropped)
    his.git("push", "--quiet", "--force")
    hers.git("fetch", "--quiet")
    hers.git("reset", "--hard", "--quiet", "origin/main")
    document = hers.verify()
    assert document["verdict"] == "fail"
    message = first(document, "registry/")["message"]
    assert f"no longer leads back to {seen}" in message
    assert "history was rewritten" in message
    assert f"registry trust pin {two.pin} --forget" in first(document, "registry/")["hint"]


def test_an_old_mirror_is_found_in_a_fresh_clone(two: Registry, tmp_path: Path) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    git(mirror, "update-ref", "refs/heads/main", "main~3")
    two.passes()
    git(mirror, "reflog", "expire", "--expire=now", "--all")
    git(mirror, "gc", "--quiet", "--prune=now")
    stale = clone(two, mirror, tmp_path / "stale")
    document = stale.verify()
    assert document["verdict"] == "fail"
    message = first(document, "registry/")["message"]
    assert f"main does not hold {two.head}" in message
    assert str(two.folder) in message
    assert "below 2" in first(document, two.alias())["message"]


def test_an_old_mirror_serves_nothing(two: Registry, tmp_path: Path) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    git(mirror, "update-ref", "refs/heads/main", "main~1")
    two.passes()
    stale = clone(two, mirror, tmp_path / "stale")
    refused = stale.refuses("resolve", "churn@production")
    assert "number 2" in refused.err
    assert "git pull" in refused.err
    assert two.json("resolve", "churn@production")["version"] == "v2"
    # Whoever names a moment of the past is answered for it.
    assert stale.json("resolve", "churn@production", "--at", "HEAD")["version"] == "v1"
    stale.git("checkout", "--quiet", "--detach")
    assert stale.json("resolve", "churn@production")["version"] == "v1"


def test_nothing_is_written_on_an_old_mirror(two: Registry, tmp_path: Path) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    git(mirror, "update-ref", "refs/heads/main", "main~1")
    two.passes()
    stale = clone(two, mirror, tmp_path / "stale")
    refused = stale.refuses("promote", "churn:v2", "--to", "production")
    assert "number 2" in refused.err + refused.out
    assert "the next one here would be 2" in refused.err + refused.out


def test_a_trust_from_before_a_revocation_is_not_worked_under(two: Registry, tmp_path: Path) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    two.run("trust", "revoke", "ci", "--reason", "its key leaked")
    two.passes()
    stale = clone(two, mirror, tmp_path / "stale")
    refused = stale.refuses("attest", "churn:v2", "offline_eval_passed", "--passed", key="ci")
    assert "trust version" in refused.err


def test_a_revoked_key_serves_nothing_from_a_history_that_forks_before_its_revocation(
    two: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    two.add("dave", "promoter")
    two.git("push", "--quiet", str(mirror), "main")
    forged = clone(two, mirror, tmp_path / "forged")
    two.run("trust", "revoke", "dave@example.com", "--reason", "stolen")
    two.passes()
    # On a machine of their own, whoever stole the key promotes: the number is higher than the one seen.
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
        forged.promote("v1", "production", key="dave")
        forged.passes()
    assert freshness(forged.verify())
    assert "trust version" in forged.refuses("resolve", "churn@production").err
    assert "trust version" in forged.refuses("resolve", "churn:v1").err


def test_a_parallel_history_with_the_same_number_is_found(two: Registry, tmp_path: Path) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    git(mirror, "update-ref", "refs/heads/main", "main~1")
    other = clone(two, mirror, tmp_path / "other")
    other.promote("v2", "production")
    other.git("push", "--quiet")
    two.passes()
    document = other.verify()
    assert document["verdict"] == "fail"
    assert "another record as churn@production number 2" in first(document, two.alias())["message"]
    refused = other.refuses("resolve", "churn@production")
    assert "another one" in refused.err


def test_going_on_from_what_was_seen_is_no_attack(two: Registry, tmp_path: Path) -> None:
    remote = bare_copy(two, tmp_path / "shared.git")
    his = clone(two, remote, tmp_path / "his")
    his.passes()
    two.rollback()
    two.passes()
    two.git("push", "--quiet", str(remote), "main")
    assert his.verify()["verdict"] == "fail", "his clone is behind"
    his.git("pull", "--quiet")
    his.passes()


def test_a_rewrite_that_was_meant_passes_once_what_was_seen_is_forgotten(two: Registry) -> None:
    two.passes()
    two.git("reset", "--hard", "--quiet", "HEAD~1")
    hint = first(two.verify(), "registry/")["hint"]
    command = hint.rpartition("registry ")[2].split()
    assert two.json(*command) == {"pin": two.pin, "forgotten": 1}
    two.passes()
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_a_checkpoint_finds_what_was_cut_short(two: Registry, tmp_path: Path) -> None:
    stated = tmp_path / "head.yaml"
    two.run("checkpoint", "-o", str(stated), "--pin", two.pin)
    two.run("trust", "pin", two.pin, "--forget")
    two.git("reset", "--hard", "--quiet", "HEAD~3")
    document = two.verify("--checkpoint", str(stated))
    assert {found["rule"] for found in document["findings"]} == {"checkpoint"}
