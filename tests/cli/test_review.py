"""``registry review`` with a remote: what is shown is what the remote has, and what is signed for."""

from __future__ import annotations

from pathlib import Path

from tests.attacks.test_attack_45_emergency import GO, PLACE, REVIEW, SECTION
from tests.support.keys import IDS
from tests.support.registry import Registry


def test_an_emergency_that_only_the_remote_knows_is_reviewed_there(
    registered: Registry, tmp_path: Path
) -> None:
    registered.change_policy(PLACE, SECTION + PLACE)
    registered.run("trust", "grant", IDS["alice"], "incident-commander")
    registered.attest("v1", "artifact_signature_verified")
    registered.git("clone", "--quiet", "--bare", ".", str(tmp_path / "remote.git"))
    registered.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    registered.git("fetch", "--quiet", "origin")
    registered.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")
    elsewhere = registered.copy(tmp_path / "elsewhere")
    elsewhere.run(*GO, "--push")
    assert registered.run(*REVIEW, key="carol", expect=3).code == 3
    said = registered.run(*REVIEW, "--push", key="carol")
    assert "offline_eval_passed  no evidence" in said.err
    assert registered.json("status")["reviews_due"] == []
    registered.passes()
