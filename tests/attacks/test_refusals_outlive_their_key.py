"""A no stands when its signer's key is revoked, and a role in one environment reaches no other."""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.trust import Grant, Key, Principal, Trust
from gitregistry.signing.keys import TOKEN_ED25519, PublicKey, parse_public_key
from tests.support.forging import made_evidence
from tests.support.keys import IDS, public_line, ssh_keygen
from tests.support.registry import Registry


def rotate(registry: Registry, who: str, new_key: str, kind: str = "person") -> None:
    """Give somebody a second key and revoke the first, as after a lost laptop."""
    first = registry.keys[who].with_name(registry.keys[who].name + ".pub")
    fingerprint = ssh_keygen("-lf", str(first)).decode().split()[1]
    registry.run("trust", "add", IDS[who], "--key", f"{registry.keys[new_key]}.pub", "--kind", kind)
    registry.run("trust", "revoke", IDS[who], "--key", fingerprint, "--reason", "a new laptop")


def test_a_rejection_stands_after_its_key_was_revoked(registered: Registry) -> None:
    registered.add("dave", "risk-owner")
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    registered.approve("v1", "carol", "--reject", "--note", "unsafe")
    registered.approve("v1", "dave")
    registered.refuses("promote", "churn:v1", "--to", "production")
    rotate(registered, "carol", "deploy-bot")
    registered.refuses("promote", "churn:v1", "--to", "production")
    registered.passes()


def test_a_failed_check_stands_after_its_key_was_revoked(registered: Registry) -> None:
    registered.add("deploy-bot", "attester", kind="bot")
    registered.pass_staging("v1")
    path, record = made_evidence(
        registered, "v1", "security_scan_passed", created_by=IDS["deploy-bot"], result="failed"
    )
    registered.forge(path, record, "deploy-bot")
    registered.commit_all("a scan that failed")
    registered.refuses("promote", "churn:v1", "--to", "staging")
    rotate(registered, "deploy-bot", "dave", "bot")
    registered.refuses("promote", "churn:v1", "--to", "staging")


def test_a_passed_check_does_not_outlive_its_key(registered: Registry) -> None:
    """Only a no is kept: the same rotation takes a yes away."""
    registered.pass_staging("v1")
    rotate(registered, "ci", "dave", "ci")
    registered.refuses("promote", "churn:v1", "--to", "staging")


def with_operator_of_staging(registry: Registry) -> None:
    registry.add("dave", "operator", options=["--environment", "staging"])


def test_an_operator_of_staging_withdraws_no_release(two: Registry) -> None:
    with_operator_of_staging(two)
    for version in ("v1", "v2"):
        two.refuses("retire", f"churn:{version}", "--withdraw", "--reason", "sabotage", key="dave")
    assert two.json("resolve", "churn@production")["version"] == "v2"
    two.passes()


def test_a_withdrawal_by_hand_by_an_operator_of_staging_is_found(two: Registry) -> None:
    with_operator_of_staging(two)
    before = set(two.find("registry/**/*.yaml"))
    two.run("retire", "churn:v1", "--withdraw", "--reason", "sabotage")
    (path,) = set(two.find("registry/**/*.yaml")) - before
    data = two.read(path).replace(IDS["alice"].encode(), IDS["dave"].encode())
    two.git("reset", "--quiet", "--hard", "HEAD~1")
    two.forge_bytes(path, data, "dave")
    two.commit_all()
    two.finds("role", path)


def test_one_key_under_two_types_is_not_two_people(empty_registry: Registry) -> None:
    trust = empty_registry.record(Trust, paths.TRUST)
    plain = parse_public_key(public_line(empty_registry.keys["bob"]))
    token = PublicKey(TOKEN_ED25519, plain.raw, "ssh:")
    double = Principal(id="zoe@example.com", kind="person", keys=(Key(public_key=token.openssh),))
    grants = (*trust.grants, Grant(principal=double.id, role="risk-owner"))
    empty_registry.next_trust("alice", principals=(*trust.principals, double), grants=grants)
    empty_registry.commit_all()
    empty_registry.finds("trust", paths.TRUST, also=["trust"])
