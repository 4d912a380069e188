"""Nothing is written under a policy that no administrator signed, but a rollback goes on to lawful ground."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.encoding import encode
from gitregistry.records.policy import Policy, Transition
from tests.support.forging import promote_by_hand
from tests.support.registry import Registry

BECAUSE = ("--in", "production", "--reason", "too many errors")


def weak_policy_by_ci(registry: Registry) -> None:
    """The next policy asks for one check and no order, signed by a key that trust knows but not for that."""
    policy = registry.record(Policy, paths.POLICY)
    weak = replace(
        policy,
        promotion_policy={
            name: Transition(requires=("offline_eval_passed",)) for name in policy.promotion_policy
        },
        environments=tuple(replace(place, after=None) for place in policy.environments),
        version=policy.version + 1,
        previous=registry.digest(paths.POLICY),
        registry_id=registry.pin,
    )
    registry.forge_bytes(paths.POLICY, encode(weak), "ci")


def comment(registry: Registry) -> None:
    """Somebody adds a comment to the policy, which no longer fits its signature."""
    registry.write(paths.POLICY, registry.read(paths.POLICY) + b"# reviewed\n")


def spoil(registry: Registry, way: str) -> str:
    {"by ci": weak_policy_by_ci, "a comment": comment}[way](registry)
    return registry.commit_all("spoil the policy")


@pytest.mark.parametrize("way", ["by ci", "a comment"])
def test_nothing_is_written_under_a_policy_that_never_came_into_force(two: Registry, way: str) -> None:
    two.register("v3")
    two.pass_staging("v3")
    spoil(two, way)
    for command, key in (
        (("promote", "churn:v3", "--to", "production"), "alice"),
        (("promote", "churn:v3", "--to", "staging"), "alice"),
        (("attest", "churn:v3", "offline_eval_passed", "--passed"), "ci"),
        (("approve", "churn:v3", "--to", "production"), "bob"),
        (("retire", "churn:v1", "--withdraw", "--reason", "because"), "alice"),
    ):
        before = two.state()
        assert two.run(*command, key=key, expect=None).code in (1, 2, 5), command
        assert two.state() == before, command


@pytest.mark.parametrize("way", ["by ci", "a comment"])
def test_a_rollback_goes_on_under_the_last_lawful_policy(two: Registry, way: str) -> None:
    spoiled = spoil(two, way)
    back = two.rollback()
    assert two.record(Alias, two.alias()).version == "v1"
    at_fault = {one["commit"] for one in two.verify()["findings"]}
    assert spoiled in at_fault
    assert back not in at_fault


@pytest.mark.parametrize("way", ["by ci", "a comment"])
def test_a_rollback_goes_on_where_a_pin_is_kept_and_trust_has_moved(two: Registry, way: str) -> None:
    """Trust is followed from the pin first, and the spoiled policy must not stop that either."""
    two.run("trust", "pin", two.pin)
    two.add("dave", "promoter")
    spoil(two, way)
    two.rollback()
    assert two.record(Alias, two.alias()).version == "v1"


@pytest.mark.parametrize("way", ["by ci", "a comment"])
def test_a_rollback_goes_on_where_the_pin_is_in_the_environment(
    two: Registry, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PIN", two.pin)
    spoil(two, way)
    assert two.json("resolve", "churn@production", key=None)["version"] == "v2"
    two.rollback()
    assert two.record(Alias, two.alias()).version == "v1"


def forged_by_ci(registry: Registry, version: str) -> str:
    fields: dict[str, Any] = {"created_by": "ci", "evidence": (), "approvals": ()}
    return promote_by_hand(registry, version, "production", "ci", **fields)


def test_a_rollback_goes_from_a_forged_alias_to_what_was_lawful(live: Registry) -> None:
    live.register("v2")
    forged = forged_by_ci(live, "v2")
    back = live.rollback()
    assert live.record(Alias, live.alias()).version == "v1"
    assert back not in {one["commit"] for one in live.verify()["findings"]}
    assert forged != back


def test_a_rollback_never_lands_on_what_an_attester_put_there(live: Registry) -> None:
    live.register("v2")
    forged_by_ci(live, "v2")
    live.register("v3")
    live.run("rollback", "churn", *BECAUSE, "--to", "v1")
    live.to_production("v3")
    live.rollback()
    assert live.record(Alias, live.alias()).version == "v1"
    assert live.json("resolve", "churn@production")["version"] == "v1"


def test_a_rollback_right_after_a_promotion_over_a_forged_alias_skips_it(live: Registry) -> None:
    live.register("v2")
    forged_by_ci(live, "v2")
    live.register("v3")
    live.to_production("v3")
    live.rollback()
    assert live.record(Alias, live.alias()).version == "v1"


def test_a_rollback_names_no_release_that_never_lawfully_served(live: Registry) -> None:
    live.register("v2")
    forged_by_ci(live, "v2")
    live.refuses("rollback", "churn", *BECAUSE, "--to", "v2")
    live.rollback()
    live.refuses("rollback", "churn", *BECAUSE, "--to", "v2")


def test_a_rollback_to_what_is_there_is_refused(two: Registry) -> None:
    refused = two.refuses("rollback", "churn", *BECAUSE, "--to", "v2")
    assert "already" in refused.out + refused.err
