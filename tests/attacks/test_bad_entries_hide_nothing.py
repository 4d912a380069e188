"""A path that cannot be a record is one finding among others: it hides none of them and is never settled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitregistry.records import paths
from gitregistry.records.deployment import Deployment
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Check, Policy, Transition
from gitregistry.records.trust import Grant, Key, Principal, Trust
from tests.support.forging import made_evidence, made_promotion, promote_by_hand
from tests.support.keys import IDS, public_line
from tests.support.registry import Registry

ROLES = ("administrator", "publisher", "attester", "promoter", "operator")


def link(registry: Registry, environment: str = "production") -> None:
    """A symbolic link where an alias record belongs."""
    path = registry.folder / registry.alias(environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to("elsewhere")


def unlink(registry: Registry, environment: str = "production") -> None:
    (registry.folder / registry.alias(environment)).unlink()


def stranger_in_trust(registry: Registry) -> None:
    """The next trust, with every role for mallory, signed by mallory alone."""
    trust = registry.record(Trust, paths.TRUST)
    mallory = Principal(
        id=IDS["mallory"], kind="person", keys=(Key(public_key=public_line(registry.keys["mallory"])),)
    )
    grants = (*trust.grants, *(Grant(principal=mallory.id, role=role) for role in ROLES))
    registry.next_trust("mallory", principals=(*trust.principals, mallory), grants=grants)


def weak_policy(registry: Registry, key: str) -> None:
    """The next policy, which asks for one plain check everywhere, signed by anybody."""
    policy = registry.record(Policy, paths.POLICY)
    weak = replace(
        policy,
        promotion_policy={name: Transition(requires=("anything",)) for name in policy.promotion_policy},
        checks={"anything": Check(type="evidence")},
        separation_of_duties=(),
        environments=tuple(replace(place, after=None) for place in policy.environments),
        version=policy.version + 1,
        previous=registry.digest(paths.POLICY),
        registry_id=registry.pin,
    )
    registry.forge_bytes(paths.POLICY, encode(weak), key)


def found(registry: Registry) -> set[tuple[str, str, str | None]]:
    """Every finding that no later step mended, as commit, rule and path."""
    return {(one["commit"], one["rule"], one["path"]) for one in registry.verify()["findings"]}


def test_a_link_beside_a_strangers_trust_and_policy_hides_neither(registered: Registry) -> None:
    stranger_in_trust(registered)
    weak_policy(registered, "mallory")
    link(registered)
    step = registered.commit_all()
    findings = found(registered)
    assert (step, "tree", registered.alias()) in findings
    assert (step, "trust-threshold", paths.TRUST) in findings
    assert {rule for _, rule, path in findings if path == paths.POLICY} >= {"policy-threshold"}


def test_a_link_beside_a_strangers_trust_puts_nothing_in_force(registered: Registry) -> None:
    registered.run("trust", "pin", registered.pin)
    stranger_in_trust(registered)
    weak_policy(registered, "mallory")
    link(registered)
    taken = registered.commit_all("take over")
    path, evidence = made_evidence(registered, "v1", "anything", created_by=IDS["mallory"])
    registered.forge(path, evidence, "mallory")
    registered.commit_all("evidence")
    unlink(registered)
    moved = promote_by_hand(
        registered, "v1", "production", "mallory", created_by=IDS["mallory"], mends=(taken,)
    )
    findings = found(registered)
    assert {rule for commit, rule, _ in findings if commit == taken} >= {"tree", "trust-threshold"}
    assert {rule for commit, rule, _ in findings if commit == moved} & {"key", "signature", "role"}
    registered.refuses("resolve", "churn@production")
    registered.refuses("promote", "churn:v1", "--to", "production", expect=1)


def test_a_link_beside_a_policy_by_no_administrator_hides_it_not(registered: Registry) -> None:
    weak_policy(registered, "ci")
    link(registered)
    step = registered.commit_all()
    findings = found(registered)
    assert {(step, "tree", registered.alias()), (step, "policy-threshold", paths.POLICY)} <= findings
    registered.refuses("promote", "churn:v1", "--to", "production", expect=1)


def test_a_link_beside_failed_evidence_that_is_taken_away_hides_no_removal(live: Registry) -> None:
    live.register("v2")
    live.attest("v2", "security_scan_passed", "--failed")
    failed = live.evidence("v2", "security_scan_passed")
    live.remove(failed)
    link(live)
    step = live.commit_all()
    assert {(step, "tree", live.alias()), (step, "missing", failed)} <= found(live)


def test_no_rollback_settles_a_link_or_what_came_with_it(two: Registry) -> None:
    two.attest("v2", "security_scan_passed", "--failed")
    checks = two.find(f"{paths.evidence_folder('churn', 'v2')}/security_scan_passed-*.yaml")
    (failed,) = (path for path in checks if two.record(Evidence, path).result == "failed")
    two.remove(failed)
    before = two.head
    link(two)
    step = two.commit_all()
    at_fault = found(two)
    assert {(step, "tree", two.alias()), (step, "missing", failed)} <= at_fault
    unlink(two)
    two.git("checkout", before, "--", two.alias(), two.alias() + paths.SIGNATURE)
    record = made_promotion(
        two,
        "v1",
        "production",
        action="rollback",
        evidence=(),
        approvals=(),
        rollback_target=None,
        reason="settle it all",
        mends=(step,),
    )
    two.forge(two.alias(), record, "alice")
    two.commit_all("a rollback that claims to mend the step")
    assert at_fault <= found(two)


def test_a_rollback_by_command_settles_no_link(two: Registry) -> None:
    before = two.head
    link(two)
    step = two.commit_all()
    two.run("rollback", "churn", "--in", "production", "--reason", "because", expect=None)
    assert (step, "tree", two.alias()) in found(two)
    two.git("reset", "--quiet", "--hard", step)
    unlink(two)
    two.git("checkout", before, "--", two.alias(), two.alias() + paths.SIGNATURE)
    two.commit_all("put it back")
    two.rollback()
    assert (step, "tree", two.alias()) in found(two)


@pytest.mark.parametrize("folder", ["aliases", "deployments"])
def test_a_card_where_no_release_lies_is_no_record(live: Registry, folder: str) -> None:
    path = f"registry/models/churn/{folder}/card.md"
    live.write(path, b"# A card of nothing\n")
    live.commit_all()
    live.finds("tree", path)


def test_a_signed_deployment_at_the_name_of_a_card_is_no_record(registered: Registry) -> None:
    path = "registry/models/churn/deployments/card.md"
    record = Deployment(
        registry_id=registered.pin,
        created_at=registered.record(Trust, paths.TRUST).created_at,
        created_by=IDS["alice"],
        model_name="churn",
        environment="card.md",
        sequence=1,
    )
    registered.forge_bytes(path, encode(record), "alice", namespace="deployment@gitregistry")
    registered.commit_all()
    registered.finds("tree", path, also=["tree"])
