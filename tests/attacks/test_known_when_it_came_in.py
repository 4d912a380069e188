"""What a stranger, or somebody without the role, left behind counts no more once trust or roles change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.release import Release
from tests.attacks.test_attack_49_risk_tier import next_page, tiered
from tests.attacks.test_stopped_line import forge_line, ready, stopped
from tests.support.doors import Server, merge_check
from tests.support.forging import made_promotion, promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import TO_STAGING, Registry

__all__ = ["ready", "stopped", "tiered"]


@pytest.fixture
def settled(two: Registry) -> Registry:
    """Dave, a stranger, moved production to ``v2`` by hand; alice rolled that back, and dave joined later."""
    two.forge(two.alias(), made_promotion(two, "v2", "production", created_by=IDS["dave"]), "dave")
    two.commit_all()
    two.rollback()
    two.passes()
    two.add("dave", "model-owner")
    two.passes()
    return two


def unmet(registry: Registry, subject: str, environment: str) -> set[str]:
    """The names of what refuses a promotion here."""
    said = registry.refuses("promote", subject, "--to", environment, "--json").json
    return {item["name"] for item in said["requirements"] if not item["met"]}


def test_a_rollback_still_holds_after_the_stranger_it_undid_has_joined(settled: Registry) -> None:
    assert settled.json("show", "churn:v2")["rolled_back"][0]["held"] is True
    assert "not_held" in unmet(settled, "churn:v2", "production")


def test_every_door_remembers_that_rollback(
    settled: Registry, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settled.register("v9")
    server = Server.holding(settled, tmp_path_factory.mktemp("served") / "server.git")
    base = settled.head
    promote_by_hand(settled, "v2", "production")
    found = {(item["rule"], item["commit"]) for item in settled.verify("--anew")["findings"]}
    assert ("hold", settled.head) in found
    assert "hold" in {item["rule"] for item in merge_check(settled, base, settled.head)["findings"]}
    assert server.push(settled).code != 0


def test_forged_records_after_a_rollback_do_not_make_it_forgotten(two: Registry) -> None:
    two.rollback()
    path = two.alias()
    rolled_back = two.record(Alias, path)
    promotion = replace(rolled_back, created_by="ci", action="promote", reason=None)
    following = replace(promotion, sequence=rolled_back.sequence + 1, previous="sha256:" + "0" * 64)
    two.forge(path, following, "ci")
    two.commit_all()
    two.forge(path, replace(following, sequence=following.sequence + 1, previous=two.digest(path)), "ci")
    two.commit_all()
    assert "not_held" in unmet(two, "churn:v2", "production")


def test_a_rollback_and_a_promotion_from_there_in_one_step_are_found(approved: Registry) -> None:
    approved.register("v0")
    approved.to_canary("v0")
    approved.promote("v1", "canary")
    approved.pass_production("v1")
    approved.approve_all("v1")
    base = approved.head
    approved.promote("v1", "production")
    promoted = approved.head
    approved.git("reset", "-q", "--hard", base)
    approved.rollback("canary")
    approved.git("checkout", "-q", promoted, "--", approved.alias(), approved.alias() + ".sig")
    approved.git("reset", "-q", "--soft", base)
    approved.commit_all()
    assert approved.verify()["verdict"] == "fail"


def revoke(registry: Registry, principal: str) -> None:
    registry.run("trust", "revoke", principal, "--reason", "it forged records")


def test_a_resumption_by_nobody_does_not_count_once_their_key_is_revoked(stopped: Registry) -> None:
    forge_line(stopped, "bob")
    before = unmet(stopped, "churn:v1", "staging")
    revoke(stopped, IDS["bob"])
    assert unmet(stopped, "churn:v1", "staging") == before != set()


def test_a_tier_by_a_publisher_does_not_count_once_their_key_is_revoked(tiered: Registry) -> None:
    next_page(tiered, "dave", risk_tier="low")
    tiered.commit_all()
    revoke(tiered, IDS["dave"])
    said = tiered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    assert "tier" in {finding["rule"] for finding in said["findings"]}


def forged_alias(registry: Registry) -> tuple[str, str, str]:
    """Bob, no promoter, puts ``v2`` into staging, which canary asks for."""
    registry.register("v2")
    registry.pass_canary("v2")
    promote_by_hand(registry, "v2", "staging", "bob", created_by=IDS["bob"])
    return IDS["bob"], "churn:v2", "canary"


def forged_release(registry: Registry) -> tuple[str, str, str]:
    """A bot, no publisher, writes a release of its own, and somebody attests it in good faith."""
    release = registry.record(Release, registry.manifest("v1"))
    forged = replace(release, version="v9", created_by="ci", model_card=None)
    registry.forge(registry.manifest("v9"), forged, "ci")
    registry.commit_all()
    registry.add("dave", "attester")
    for check in TO_STAGING:
        registry.attest("v9", check, key="dave")
    return "ci", "churn:v9", "staging"


@pytest.mark.parametrize("forge", [forged_alias, forged_release])
def test_what_nobody_was_allowed_to_make_does_not_count_once_the_key_is_revoked(
    live: Registry, forge: Callable[[Registry], tuple[str, str, str]]
) -> None:
    offender, subject, environment = forge(live)
    live.refuses("promote", subject, "--to", environment)
    revoke(live, offender)
    live.refuses("promote", subject, "--to", environment)


@pytest.mark.parametrize("submodule", [False, True])
@pytest.mark.parametrize("folder", ["evidence", "approvals", "lifts", "emergencies"])
def test_an_entry_that_is_no_file_hides_nothing_that_follows(
    two: Registry, folder: str, submodule: bool
) -> None:
    two.rollback()
    promotion = made_promotion(two, "v2", "production")
    base = (
        f"registry/models/churn/{folder}"
        if folder == "emergencies"
        else f"{paths.release_folder('churn', 'v2')}/{folder}"
    )
    blob = two.blob(b"x")
    if submodule:
        name = f"{base}/production-1.yaml"
        two.commit_entries(("160000", "1" * 40, name), ("100644", blob, name + ".sig"))
    else:
        two.commit_entries(("100644", blob, f"{base}/production-1.yaml/y.yaml"))
    two.git("reset", "-q", "--hard")
    two.forge(two.alias(), promotion, "alice")
    two.edit(two.manifest("v1"), "alice", license="other")
    for path in (two.alias(), two.manifest("v1")):
        two.git("add", "-f", path, path + ".sig")
        two.git("commit", "-qm", "by hand")
    assert {"hold", "immutable"} <= {finding["rule"] for finding in two.verify()["findings"]}
