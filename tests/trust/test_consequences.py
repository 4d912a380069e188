"""What a revocation touches: the live aliases that rest on the key, and what puts them on other grounds."""

from __future__ import annotations

import shlex
from typing import Any

from tests.support.keys import IDS
from tests.support.registry import Registry

REVOKE = ("--reason", "left")


def grounds(resting: list[dict[str, Any]], environment: str) -> dict[str, list[str]]:
    """The commands for one alias, by kind of record."""
    found: dict[str, list[str]] = {}
    for alias in resting:
        if alias["environment"] == environment:
            for ground in alias["grounds"]:
                found.setdefault(ground["kind"], []).append(ground["command"])
    return found


def asked(registry: Registry, who: str, *options: str) -> list[dict[str, Any]]:
    """What is said beforehand, without any key and without writing anything."""
    before = registry.state()
    document = registry.json("trust", "revoke", IDS[who], "--dry-run", *options, key=None)
    assert registry.state() == before
    resting: list[dict[str, Any]] = document["resting"]
    return resting


def test_an_approvers_key_carries_the_approvals_that_it_gave(known: Registry) -> None:
    (alias,) = asked(known, "bob")
    assert (alias["model_name"], alias["environment"], alias["version"]) == ("churn", "production", "v1")
    (ground,) = alias["grounds"]
    assert ground["kind"] == "approval"
    assert ground["created_by"] == IDS["bob"]
    assert ground["digest"] == known.digest(known.approval("v1", "bob"))
    assert ground["command"] == "registry approve churn:v1 --to production --role model-owner"
    assert alias["then"] == "registry promote churn:v1 --to production"


def test_a_pipelines_key_carries_the_evidence_in_each_environment(known: Registry) -> None:
    resting = asked(known, "ci")
    assert [alias["environment"] for alias in resting] == ["staging", "canary", "production"]
    assert len(grounds(resting, "staging")["evidence"]) == 4
    assert (
        "registry attest churn:v1 canary_error_rate_under_1_percent --passed --metric error_rate=VALUE "
        "--environment canary"
    ) in grounds(resting, "production")["evidence"]


def test_the_engineers_key_carries_releases_and_the_aliases_themselves(known: Registry) -> None:
    known.add("dave", "administrator")
    found = grounds(asked(known, "alice"), "production")
    assert found["alias"] == ["registry promote churn:v1 --to production"]
    assert found["release"] == ["registry register MANIFEST.yaml"]


def test_after_a_rollback_it_is_the_promotion_gone_back_to(two: Registry) -> None:
    two.add("dave", "operator")
    two.rollback("production", key="dave")
    assert grounds(asked(two, "bob"), "production")["approval"] == [
        "registry approve churn:v1 --to production --role model-owner"
    ]
    assert grounds(asked(two, "dave"), "production") == {
        "alias": ["registry promote churn:v1 --to production"]
    }


def test_a_key_that_nothing_live_rests_on_has_none(known: Registry) -> None:
    known.add("dave", "attester")
    assert asked(known, "dave") == []
    said = known.run("trust", "revoke", IDS["dave"], "--dry-run", key=None).out
    assert "no live alias rests on" in said


def test_only_the_named_key_is_asked_about(known: Registry) -> None:
    known.run("trust", "add", IDS["bob"], "--key", f"{known.keys['bob2']}.pub")
    show = known.json("trust", "show", key=None)
    fingerprints = known.run("trust", "show", key=None).out
    assert len(next(who for who in show["principals"] if who["id"] == IDS["bob"])["keys"]) == 2
    of_bob = [line.split() for line in fingerprints.splitlines() if line.startswith("bob")]
    old, new = (next(word for word in words if word.startswith("SHA256:")) for words in of_bob)
    assert len(asked(known, "bob", "--key", old)) == 1
    assert asked(known, "bob", "--key", new) == []


def test_the_revocation_itself_says_it_and_what_it_says_works(known: Registry) -> None:
    """Every command is run as it stands, by somebody who may; the alias then rests on nothing of the kind."""
    known.add("dave", "model-owner")
    document = known.json("trust", "revoke", IDS["bob"], *REVOKE)
    assert document["in_force"] is True
    assert grounds(document["resting"], "production")
    known.passes()
    for alias in document["resting"]:
        for ground in alias["grounds"]:
            _type(known, ground["command"], "dave")
        _type(known, alias["then"], "alice")
    known.passes()
    shown = known.json("why", "churn@production", key=None)
    signers = {by["signer"] for item in shown["requirements"] for by in item["by"]}
    assert IDS["dave"] in signers
    assert IDS["bob"] not in signers


def test_a_rotation_says_it_too_and_a_proposal(known: Registry) -> None:
    public = f"{known.keys['bob2']}.pub"
    arguments = ("trust", "rotate", IDS["bob"], "--key", public, *REVOKE)
    assert len(known.json(*arguments, "--propose")["resting"]) == 1
    assert len(known.json(*arguments)["resting"]) == 1
    assert "to make it again" in known.run("trust", "revoke", "ci", *REVOKE).out


def test_a_revocation_says_why(known: Registry) -> None:
    assert "says why" in known.refuses("trust", "revoke", IDS["bob"], expect=2).err


def _type(registry: Registry, command: str, key: str) -> None:
    program, *words = shlex.split(command)
    assert program == "registry"
    registry.run(*words, key=key)
