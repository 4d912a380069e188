"""Attack 49: a publisher chooses the gate, by what the model's page or the release says of the risk."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from gitregistry.records import paths
from gitregistry.records.model import Model
from gitregistry.records.release import Release
from gitregistry.records.trust import Trust
from tests.support.doors import refused_at_every_door
from tests.support.forging import made_promotion, promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import TO_STAGING, Registry

PAGE = paths.model_page("churn")
PLACE = "\nchecks:\n"
LOW = (
    "\nprofiles:\n  - name: low\n    risk_tiers: [low]\n    promotion_policy:\n"
    f"      to_staging: {{requires: [offline_eval_passed]}}\n{PLACE}"
)


@pytest.fixture
def tiered(registered: Registry) -> Registry:
    """Little is asked where little is at stake, which is not so for churn; dave publishes too."""
    registered.add("dave", "publisher", "promoter")
    registered.change_policy(PLACE, LOW)
    registered.run("model", "churn", "--risk-tier", "high")
    registered.attest("v1", "offline_eval_passed")
    return registered


def next_page(registry: Registry, signer: str, **changes: object) -> None:
    """The next version of the model's page, signed by anybody."""
    fields: dict[str, object] = {"created_by": IDS[signer], "previous": registry.digest(PAGE)}
    version = registry.record(Model, PAGE).version + 1
    registry.edit(PAGE, signer, **(fields | {"version": version} | changes))


def unmet(registry: Registry, *, key: str = "dave") -> dict[str, str]:
    """What refuses v1 in staging: the findings' codes and words."""
    said = registry.refuses("promote", "churn:v1", "--to", "staging", "--json", key=key).json
    return {finding["rule"]: finding["message"] for finding in said["findings"]}


def test_a_publisher_who_lowers_the_tier_is_found_and_gains_nothing(tiered: Registry) -> None:
    tiered.refuses("model", "churn", "--risk-tier", "low", key="dave")
    next_page(tiered, "dave", risk_tier="low")
    lowered = tiered.commit_all()
    tiered.finds("tier-threshold", PAGE, message="1 administrators must sign a risk tier of low (was high)")
    assert "its page says low, administrators signed high" in unmet(tiered)["tier"]
    promote_by_hand(tiered, "v1", "staging", "dave", created_by=IDS["dave"])
    found = {(finding["rule"], finding["commit"]) for finding in tiered.verify()["findings"]}
    assert {("tier-threshold", lowered), ("tier", tiered.head)} <= found


def test_a_publisher_who_takes_the_tier_away_is_found_and_gains_nothing(tiered: Registry) -> None:
    next_page(tiered, "dave", risk_tier=None)
    tiered.commit_all()
    tiered.finds("tier-threshold", PAGE, message="a risk tier of none (was high)")
    assert "its page says none" in unmet(tiered)["tier"]


def test_a_page_that_was_removed_still_says_the_tier(tiered: Registry) -> None:
    tiered.remove(PAGE)
    tiered.commit_all()
    tiered.finds("missing", PAGE)
    assert "its page says none" in unmet(tiered)["tier"]


def test_an_older_page_put_back_is_found_and_gains_nothing(tiered: Registry) -> None:
    """Administrators signed it once: the tier was low before it was high."""
    tiered.run("model", "churn", "--risk-tier", "low")
    low, signature = tiered.read(PAGE), tiered.read(PAGE + paths.SIGNATURE)
    tiered.run("model", "churn", "--risk-tier", "high")
    tiered.write(PAGE, low)
    tiered.write(PAGE + paths.SIGNATURE, signature)
    tiered.commit_all()
    tiered.finds("version", PAGE)
    assert "its page says low, administrators signed high" in unmet(tiered)["tier"]


def test_what_all_others_are_asked_is_not_enough_for_a_profile(registered: Registry) -> None:
    registered.pass_staging("v1")
    asked = "{to_staging: {requires: [staging_smoke_test_passed]}}"
    profile = f"{{name: churn, models: [churn], promotion_policy: {asked}}}"
    registered.change_policy(PLACE, f"\nprofiles:\n  - {profile}\n{PLACE}")
    assert "staging_smoke_test_passed: no evidence" in unmet(registered, key="alice")["requirement"]
    promote_by_hand(registered, "v1", "staging")
    registered.finds("requirement", registered.alias("staging"), message="no evidence", also=["cited"])


def test_a_page_that_cannot_be_read_refuses(tiered: Registry) -> None:
    tiered.write(PAGE, tiered.read(PAGE) + b"# touched\n")
    tiered.commit_all()
    tiered.finds("signature", PAGE)
    assert "cannot be told" in unmet(tiered)["tier"]


def test_a_release_that_claims_a_lower_tier_is_refused_and_found(tiered: Registry) -> None:
    manifest = tiered.manifest("v2")
    v2 = replace(tiered.record(Release, tiered.manifest("v1")), version="v2", risk_tier="low")
    tiered.forge(manifest, v2, "alice")
    tiered.commit_all()
    tiered.passes()
    tiered.attest("v2", "offline_eval_passed")
    said = tiered.refuses("promote", "churn:v2", "--to", "staging", "--json").json
    (finding,) = said["findings"]
    assert finding["rule"] == "tier"
    assert "the release says low, the model's page says high" in finding["message"]
    assert "with risk_tier: high" in finding["hint"]
    promote_by_hand(tiered, "v2", "staging")
    found = tiered.finds("tier", tiered.alias("staging"), message="release says low", also=["cited"])
    assert "git rebase --onto" in found["hint"]


def test_a_first_page_by_a_publisher_alone_confirms_nothing(tiered: Registry) -> None:
    """Whoever registers the first release of a model writes its page, and may write any tier on it."""
    beside = tiered.folder.parent
    (beside / "model.bin").write_bytes(b"weights")
    manifest = beside / "eager.yaml"
    manifest.write_text(
        "model_name: eager\nversion: v1\nartifact_uri: s3://m/eager\nrisk_tier: low\n", "utf-8"
    )
    tiered.run("register", str(manifest), "--artifact", str(beside / "model.bin"), key="dave")
    tiered.attest("v1", "offline_eval_passed", model="eager")
    refused = tiered.refuses("promote", "eager:v1", "--to", "staging", "--json").json
    assert [finding["rule"] for finding in refused["findings"]] == ["tier"]
    assert "registry model eager --risk-tier low   (" in refused["findings"][0]["hint"]
    tiered.run("model", "eager", "--risk-tier", "low")
    tiered.run("promote", "eager:v1", "--to", "staging")
    tiered.passes()


def test_a_claimed_tier_is_one_word_in_the_command_that_is_hinted_at(tiered: Registry) -> None:
    """Whoever copies the command must not run what a publisher wrote."""
    claimed = "low; rm -rf ~ '"
    manifest = tiered.record(Release, tiered.manifest("v1"))
    tiered.forge(
        tiered.manifest("v1", "eager"), replace(manifest, model_name="eager", risk_tier=claimed), "alice"
    )
    tiered.commit_all()
    refused = tiered.refuses("promote", "eager:v1", "--to", "staging", "--json").json
    words = shlex.split(refused["findings"][0]["hint"].partition("   (")[0])
    assert words == ["registry", "model", "eager", "--risk-tier", claimed]


def test_administrators_say_the_tier_and_publishers_keep_the_rest(tiered: Registry) -> None:
    assert "requirement" in unmet(tiered)
    tiered.run("model", "churn", "--owner", "team churn", "--description", "who leaves", key="dave")
    page = tiered.record(Model, PAGE)
    assert (page.owner, page.description, page.risk_tier) == ("team churn", "who leaves", "high")
    assert "requirement" in unmet(tiered)  # the tier that was confirmed before still is
    tiered.run("model", "churn", "--risk-tier", "low")
    tiered.promote("v1", "staging", key="dave")
    tiered.passes()


def test_without_a_tier_the_top_level_holds(registered: Registry) -> None:
    registered.change_policy(PLACE, LOW)
    registered.attest("v1", "offline_eval_passed")
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    assert len(refused["requirements"]) == len(TO_STAGING)


def test_two_administrators_confirm_a_tier_together(tiered: Registry) -> None:
    tiered.run("trust", "grant", IDS["dave"], "administrator")
    trust = tiered.record(Trust, paths.TRUST)
    tiered.next_trust("alice", "dave", thresholds=replace(trust.thresholds, trust=2, policy=2))
    tiered.commit_all("Two must agree")
    assert "its page says high, administrators signed none" in unmet(tiered)["tier"]
    waiting = tiered.json("model", "churn", "--risk-tier", "high")
    assert waiting["in_force"] is False
    assert tiered.json("sign", PAGE, key="dave")["in_force"] is True
    assert "requirement" in unmet(tiered)
    tiered.passes()


def promoted_in_the_step_of(registry: Registry, tier: str) -> str:
    """Alice, who administers, makes the tier another and promotes in one step; the commit before it."""
    base = registry.head
    record = made_promotion(registry, "v1", "staging")
    next_page(registry, "alice", risk_tier=tier)
    registry.forge(registry.alias("staging"), record, "alice")
    registry.commit_all()
    return base


def test_a_tier_lowered_in_the_step_of_the_promotion_is_refused_at_every_door(tiered: Registry) -> None:
    base = promoted_in_the_step_of(tiered, "low")
    refused_at_every_door(tiered, base, tiered.head, "tier")
    message = "this step makes it low, before it is high"
    tiered.finds("tier", tiered.alias("staging"), message=message, also=["cited"])


def test_a_first_tier_in_the_step_of_the_promotion_is_refused_too(registered: Registry) -> None:
    registered.change_policy(PLACE, LOW)
    registered.attest("v1", "offline_eval_passed")
    base = promoted_in_the_step_of(registered, "low")
    refused_at_every_door(registered, base, registered.head, "tier")


def test_a_page_that_changes_and_keeps_its_tier_decides_nothing(tiered: Registry) -> None:
    tiered.run("model", "churn", "--risk-tier", "low")
    record = made_promotion(tiered, "v1", "staging")
    next_page(tiered, "alice", owner="team churn")
    tiered.forge(tiered.alias("staging"), record, "alice")
    tiered.commit_all()
    tiered.passes()


def test_a_tier_holds_from_the_step_after_on(tiered: Registry) -> None:
    tiered.run("model", "churn", "--risk-tier", "low")
    tiered.promote("v1", "staging")
    tiered.run("model", "churn", "--risk-tier", "high")
    tiered.passes()
    assert tiered.json("verify", "--pin", tiered.pin, "--anew")["verdict"] == "pass"
