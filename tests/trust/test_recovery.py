"""Too few administrators' keys are left: trust is begun anew, and no verdict ever hides it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.encoding import encode
from gitregistry.records.policy import Policy
from gitregistry.records.trust import Grant, Recovery, Trust
from tests.support.doors import Server
from tests.support.keys import IDS
from tests.support.registry import Registry
from tests.trust.people import MORE, clone_of, person, recover

RULE = "recovery"


@pytest.fixture(scope="module")
def recovered_template(ruled_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Dave lost his key; alice, who has hers, begins anew with dave's next one. ``pin`` is the new one."""
    registry = ruled_template.copy(tmp_path_factory.mktemp("recovered") / "copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        pin = recover(registry, "alice", "dave2", key="alice", options=("--threshold", "1"))
    return replace(registry, pin=pin)


@pytest.fixture
def recovered(recovered_template: Registry, tmp_path: Path) -> Registry:
    return recovered_template.copy(tmp_path / "recovered")


@pytest.fixture
def old_pin(ruled_template: Registry) -> str:
    return ruled_template.pin


def under(registry: Registry, pin: str) -> dict[str, Any]:
    """What verify says under a pin."""
    return replace(registry, pin=pin).verify()


def trust_of(registry: Registry) -> Trust:
    return registry.record(Trust, paths.TRUST)


def begun_anew(registry: Registry, **changes: Any) -> Trust:
    """A sound new first trust of alice alone, but for the changes."""
    trust = trust_of(registry)
    sound = {
        "version": 1,
        "registry_id": None,
        "previous": None,
        "thresholds": replace(trust.thresholds, trust=1, policy=1),
        "recovers": Recovery(
            registry_id=registry.pin,
            trust=registry.digest(paths.TRUST),
            commit=registry.head,
            reason="lost",
        ),
    }
    return replace(trust, **{**sound, **changes})


def place(registry: Registry, trust: Trust, *signers: str) -> str:
    registry.forge_bytes(paths.TRUST, encode(trust), *signers)
    return registry.commit_all("trust begun anew by hand")


# --- what each pin says ---


def test_under_the_old_pin_it_is_the_one_finding_with_what_to_do(recovered: Registry, old_pin: str) -> None:
    document = under(recovered, old_pin)
    (found,) = document["findings"]
    assert document["verdict"] == "fail"
    assert (found["rule"], found["path"], found["commit"]) == (RULE, paths.TRUST, recovered.head)
    assert "ask the registry's people" in found["hint"]
    assert f"registry trust pin {recovered.pin}" in found["hint"]
    assert old_pin in found["message"]
    assert "1 of its 2 needed administrators signed" in found["message"]


def test_under_the_new_pin_it_passes_and_is_told(recovered: Registry, old_pin: str) -> None:
    (told,) = recovered.passes()["recoveries"]
    assert (told["old_pin"], told["new_pin"]) == (old_pin, recovered.pin)
    assert told["reason"] == "the keys are lost"
    assert told["commit"] == recovered.head
    assert told["made_on"] == recovered.git("rev-parse", "HEAD^")
    assert told["signed_by"] == [IDS["alice"]]
    assert (told["old_signed"], told["old_needed"]) == ([IDS["alice"]], 2)
    text = recovered.run("verify", "--pin", recovered.pin, key=None).out
    assert "proved under the old trust only" in text
    assert f"vouched for by {IDS['alice']}" in text
    assert "PASS" in text


def test_the_verdict_goes_on_telling_it_after_further_steps(recovered: Registry) -> None:
    recovered.run("trust", "grant", IDS["bob"], "promoter")
    recovered.register("v2")
    assert len(recovered.passes()["recoveries"]) == 1


def test_without_a_pin_it_cannot_be_told(recovered: Registry) -> None:
    document = recovered.json("verify", key=None, expect=5)
    assert document["verdict"] == "unknown"
    assert document["findings"] == []
    assert len(document["recoveries"]) == 1
    assert recovered.pin in document["unknown"]


def test_any_other_pin_is_another_registry(recovered: Registry) -> None:
    rules = {found["rule"] for found in under(recovered, "sha256:" + "0" * 64)["findings"]}
    assert rules == {"pin", RULE}


def test_a_second_recovery_is_a_finding_under_the_first_ones_pin(recovered: Registry, old_pin: str) -> None:
    first = recovered.pin
    second = recover(recovered, "erin", key="erin")
    assert [found["rule"] for found in under(recovered, old_pin)["findings"]] == [RULE, RULE]
    assert [found["commit"] for found in under(recovered, first)["findings"]] == [recovered.head]
    document = under(recovered, second)
    assert document["verdict"] == "pass"
    assert [told["new_pin"] for told in document["recoveries"]] == [first, second]
    assert trust_of(recovered).recovers == Recovery(
        registry_id=first,
        earlier=(old_pin,),
        trust=first,
        commit=recovered.git("rev-parse", "HEAD^"),
        reason="the keys are lost",
    )


# --- the law goes on ---


def test_later_steps_are_judged_under_the_new_trust(recovered: Registry) -> None:
    recovered.run("trust", "grant", IDS["bob"], "promoter", key="dave2")
    recovered.passes()
    recovered.refuses("trust", "grant", IDS["bob"], "operator", key="dave")
    recovered.next_trust("dave", name="dave's")
    recovered.commit_all()
    rules = {found["rule"] for found in recovered.verify()["findings"]}
    assert "trust-threshold" in rules


def test_what_was_recorded_before_stays_usable(recovered: Registry, old_pin: str) -> None:
    """Alias chains, releases, evidence and approvals of before carry the old id."""
    alias = recovered.record(Alias, recovered.alias())
    assert alias.registry_id == old_pin
    assert recovered.run("resolve", "churn@production").out.strip()
    recovered.run("promote", "churn:v1", "--to", "production")
    again = recovered.record(Alias, recovered.alias())
    assert (again.registry_id, again.sequence) == (recovered.pin, alias.sequence + 1)
    assert again.evidence == alias.evidence
    assert again.approvals == alias.approvals
    recovered.register("v2")
    recovered.to_production("v2")
    recovered.rollback("production")
    assert recovered.record(Alias, recovered.alias()).version == "v1"
    recovered.passes()
    assert recovered.json("why", "churn@production")["version"] == "v1"


def test_the_policy_goes_on_as_it_was_and_is_changed_under_the_new_trust(
    recovered: Registry, old_pin: str
) -> None:
    assert recovered.record(Policy, paths.POLICY).registry_id == old_pin
    text = recovered.read(paths.POLICY).replace(b"max: 60", b"max: 50")
    recovered.write(paths.POLICY, text)
    recovered.run("sign", paths.POLICY, key="dave2")
    changed = recovered.record(Policy, paths.POLICY)
    assert (changed.registry_id, changed.version) == (recovered.pin, 2)
    recovered.passes()
    assert "begun anew" in recovered.run("trust", "show", key=None).out


def test_a_new_record_with_the_old_id_is_refused(recovered: Registry, old_pin: str) -> None:
    recovered.register("v2")
    path = recovered.manifest("v2")
    recovered.edit(path, "alice", registry_id=old_pin, version="v3")
    written = recovered.read(path), recovered.read(path + paths.SIGNATURE)
    recovered.git("checkout", "--quiet", "--", ".")
    recovered.write(recovered.manifest("v3"), written[0])
    recovered.write(recovered.manifest("v3") + paths.SIGNATURE, written[1])
    recovered.commit_all()
    recovered.finds("registry-id", recovered.manifest("v3"), also=["subject", "card"])


def test_an_alias_of_before_put_back_is_a_replay(recovered: Registry) -> None:
    old = {name: recovered.read(name) for name in (recovered.alias(), recovered.alias() + paths.SIGNATURE)}
    recovered.run("promote", "churn:v1", "--to", "production")
    for name, data in old.items():
        recovered.write(name, data)
    recovered.commit_all()
    recovered.finds("replay", recovered.alias(), hint="registry rollback")


def test_a_record_of_a_fork_stays_a_strangers(recovered: Registry) -> None:
    recovered.edit(recovered.alias(), "alice", registry_id="sha256:" + "5" * 64)
    recovered.commit_all()
    recovered.finds("registry-id", recovered.alias())


def test_what_was_recovered_from_never_changes(recovered: Registry) -> None:
    recovered.next_trust("alice", recovers=None)
    recovered.commit_all()
    recovered.finds("trust", paths.TRUST, message="part of its past")


@pytest.mark.parametrize("revision", ["HEAD~1", "HEAD~2"], ids=["the new first trust", "the old trust"])
def test_a_trust_of_before_put_back_is_found(recovered: Registry, revision: str) -> None:
    """Neither begins anything anew: each was signed lawfully once, for another place in history."""
    recovered.run("trust", "grant", IDS["bob"], "promoter")
    recovered.git("checkout", "--quiet", revision, "--", paths.TRUST, paths.TRUST + paths.SIGNATURE)
    recovered.commit_all()
    recovered.finds("version", paths.TRUST, also=["trust", "registry-id", "trust-threshold"])
    assert len(recovered.verify()["recoveries"]) == 1


# --- who is refused, and how they go on ---


def test_the_machine_that_recovers_keeps_the_new_pin(known: Registry) -> None:
    pin = recover(known, "erin", key="erin")
    assert known.json("trust", "pin")["kept"] == pin
    assert known.run("verify", key=None).code == 0
    known.run("trust", "grant", IDS["alice"], "attester", key="erin")


def test_with_the_old_pin_nothing_is_written_nor_resolved(
    known: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = recover(known, "erin", key="erin")
    monkeypatch.setenv("REGISTRY_PIN", known.pin)
    for arguments in (
        ("promote", "churn:v1", "--to", "canary"),
        ("rollback", "churn", "--in", "production", "--reason", "r"),
        ("trust", "grant", IDS["bob"], "promoter"),
        ("resolve", "churn@production"),
    ):
        said = known.refuses(*arguments).err
        assert "trust was begun anew" in said, arguments
        assert f"registry trust pin {pin}" in said, arguments
    monkeypatch.delenv("REGISTRY_PIN")
    assert known.run("resolve", "churn@production").out


def test_a_hostile_recovery_is_caught_by_whoever_knows_the_old_pin(
    known: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Mallory may push. She keeps everybody in place, names herself, and signs all that it asks for."""
    with monkeypatch.context() as hers:
        hers.setenv("XDG_STATE_HOME", str(tmp_path / "mallorys-machine"))
        hostile = recover(known, "mallory", key="mallory")
        known.run("trust", "grant", IDS["mallory"], "promoter", "publisher", key="mallory")
        known.register("v9", key="mallory")
    document = known.json("verify", key=None, expect=1)
    assert [found["rule"] for found in document["findings"]] == [RULE]
    assert hostile in document["findings"][0]["hint"]
    assert document["recoveries"][0]["old_signed"] == []
    assert "trust was begun anew" in known.refuses("promote", "churn:v1", "--to", "canary").err
    assert "trust was begun anew" in known.refuses("resolve", "churn@production").err
    assert "trust was begun anew" in known.refuses("resolve", "churn:v9").err


def test_history_that_was_changed_under_a_recovery_is_found(known: Registry) -> None:
    """Old keys may be stolen, not lost: the new signers vouch for the history that they saw, by its head."""
    pin = recover(known, "erin", key="erin")
    recovery = known.head
    known.git("reset", "--hard", "--quiet", "HEAD~1")
    known.git("commit", "--quiet", "--amend", "--no-edit", "--date", "2026-01-01T00:00:00Z", "--reset-author")
    known.git("checkout", "--quiet", recovery, "--", "registry")
    known.commit_all("the same recovery on another history")
    document = under(known, pin)
    assert document["verdict"] == "fail"
    (found,) = document["findings"]
    assert found["rule"] == RULE
    assert "not among the steps before it" in found["message"]


# --- what is no sound recovery ---


def test_a_sound_one_by_hand_is_the_one_finding(ruled: Registry) -> None:
    place(ruled, begun_anew(ruled), "alice")
    ruled.finds(RULE, paths.TRUST)


UNSOUND: dict[str, tuple[str, dict[str, Any]]] = {
    "another trust": ("version", {"trust": "sha256:" + "1" * 64}),
    "another registry": ("version", {"registry_id": "sha256:" + "1" * 64}),
    "a past that it has not": ("version", {"earlier": ("sha256:" + "1" * 64,)}),
}


@pytest.mark.parametrize("what", UNSOUND)
def test_one_that_names_what_is_not_in_force_never_comes_into_force(ruled: Registry, what: str) -> None:
    rule, changes = UNSOUND[what]
    sound = begun_anew(ruled)
    assert sound.recovers is not None
    place(ruled, replace(sound, recovers=replace(sound.recovers, **changes)), "alice")
    ruled.finds(rule, paths.TRUST)
    assert ruled.verify()["recoveries"] == []


@pytest.mark.parametrize("field", ["registry_id", "previous"])
def test_one_that_is_no_first_trust_is_found(ruled: Registry, field: str) -> None:
    place(ruled, begun_anew(ruled, **{field: ruled.pin}), "alice")
    ruled.finds("version", paths.TRUST)


def test_one_below_its_own_threshold_is_found(ruled: Registry) -> None:
    trust = begun_anew(ruled)
    place(ruled, replace(trust, thresholds=replace(trust.thresholds, trust=2)), "alice")
    ruled.finds("trust-threshold", paths.TRUST, message="of the trust proposed")


def test_a_key_that_was_revoked_does_not_vouch_for_one(ruled: Registry) -> None:
    """Whoever stole dave's revoked key cannot begin anew with it, though the new trust lets it count."""
    trust = trust_of(ruled)
    ruled.run("trust", "grant", IDS["bob"], "administrator")
    ruled.run("sign", paths.TRUST, key="dave")
    ruled.run("trust", "revoke", IDS["dave"], "--reason", "stolen")
    ruled.run("sign", paths.TRUST, key="bob")
    alone = tuple(grant for grant in trust.grants if grant.role != "administrator")
    everything = Grant(principal=IDS["dave"], role="administrator")
    place(ruled, begun_anew(ruled, principals=trust.principals, grants=(*alone, everything)), "dave")
    ruled.finds("trust-threshold", paths.TRUST)


def test_keys_of_history_stay_their_owners(ruled: Registry) -> None:
    trust = begun_anew(ruled)
    gone = IDS["carol"]
    left = tuple(known for known in trust.principals if known.id != gone)
    grants = tuple(grant for grant in trust.grants if grant.principal != gone)
    place(ruled, replace(trust, principals=left, grants=grants), "alice")
    ruled.finds("trust", paths.TRUST, message="was taken away")


def test_the_first_trust_of_all_recovers_nothing(ruled: Registry) -> None:
    """Whoever copies a registry cannot call the copy's first trust a recovery of ours."""
    trust = begun_anew(ruled)
    ruled.git("checkout", "--quiet", "--orphan", "copy")
    place(ruled, trust, "alice")
    ruled.git("branch", "--force", "main", "HEAD")
    pin = ruled.digest(paths.TRUST)
    assert "version" in {found["rule"] for found in under(ruled, pin)["findings"]}


# --- several, and by hand ---


def test_several_sign_it_and_the_last_commits(ruled: Registry) -> None:
    """Erin and frank are new to trust: they are known by the one that they propose."""
    before = ruled.head
    asked = (*person(ruled, "erin"), *person(ruled, "frank"))
    said = ruled.run("trust", "recover", "--reason", "both left", *asked, key="erin")
    assert ruled.head == before
    pin = ruled.digest(paths.TRUST)
    assert pin in said.err
    assert pin in ruled.refuses("sign", paths.TRUST, key="frank").err
    ruled.refuses("sign", paths.TRUST, "--new-pin", ruled.pin, key="frank")
    assert ruled.run("sign", paths.TRUST, "--new-pin", pin, key="frank").err.count(pin) == 2
    document = under(ruled, pin)
    assert document["verdict"] == "pass"
    assert document["recoveries"][0]["signed_by"] == [MORE["erin"], MORE["frank"]]
    assert document["recoveries"][0]["old_signed"] == []


def test_old_keys_that_are_left_may_sign_as_well(ruled: Registry) -> None:
    asked = (*person(ruled, "alice"), *person(ruled, "dave2"))
    ruled.run("trust", "recover", "--reason", "dave lost his", "--propose", *asked)
    pin = ruled.digest(paths.TRUST)
    ruled.run("sign", paths.TRUST, "--propose", "--new-pin", pin, key="dave2")
    ruled.run("sign", paths.TRUST, "--new-pin", pin, key="alice")
    (told,) = under(ruled, ruled.digest(paths.TRUST))["recoveries"]
    assert told["old_signed"] == [IDS["alice"]]


def test_a_trust_written_by_hand_is_taken(ruled: Registry, tmp_path: Path) -> None:
    text = ruled.read(paths.TRUST).decode().replace("  trust: 2\n", "  trust: 1\n")
    file = tmp_path / "next.yaml"
    file.write_text(text, "utf-8")
    ruled.run("trust", "recover", "--reason", "dave left", "--from", str(file))
    assert trust_of(ruled).thresholds.trust == 1
    under(ruled, ruled.digest(paths.TRUST))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give --person"),
        (("--person", "alice"), "is not ID=FILE.pub"),
        (("--person", "alice@example.com=/nowhere.pub"), "cannot read"),
    ],
)
def test_what_cannot_be_meant_is_said(ruled: Registry, options: tuple[str, ...], words: str) -> None:
    said = ruled.refuses("trust", "recover", "--reason", "lost", *options, expect=2)
    assert words in said.err


def test_somebody_elses_key_or_a_robot_does_not_administer(ruled: Registry) -> None:
    taken = f"erin@example.com={ruled.keys['bob']}.pub"
    said = ruled.refuses("trust", "recover", "--reason", "lost", "--person", taken, expect=2)
    assert "already belongs to bob" in said.err
    robot = f"ci={ruled.keys['erin']}.pub"
    said = ruled.refuses("trust", "recover", "--reason", "lost", "--person", robot, expect=2)
    assert "only persons administer" in said.err
    said = ruled.refuses("trust", "recover", "--reason", "lost", *person(ruled, "erin"), key="frank")
    assert "belongs to nobody" in said.err


def test_a_recovery_that_passes_for_a_change_is_not_signed_by_accident(known: Registry) -> None:
    """Mallory hands Alice a file to sign; by it Alice's own machine would have kept Mallory's pin."""
    pin = known.json("trust", "pin")["kept"]
    known.run("trust", "recover", "--reason", "typo", "--propose", *person(known, "mallory"), key="mallory")
    said = known.refuses("sign", paths.TRUST).err
    assert "begins trust anew" in said
    assert known.json("trust", "pin")["kept"] == pin


def test_who_administers_no_more_is_named(ruled: Registry) -> None:
    said = ruled.run("trust", "recover", "--reason", "dave left", *person(ruled, "alice")).err
    assert f"{IDS['dave']} administers no more" in said
    assert "registry trust revoke" in said


def test_it_is_pushed_and_taken_by_who_learns_the_new_pin(ruled: Registry, tmp_path: Path) -> None:
    bare = tmp_path / "shared.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ruled.folder), str(bare)], check=True)
    hers, his = clone_of(ruled, bare, tmp_path / "hers"), clone_of(ruled, bare, tmp_path / "his")
    his.run("trust", "pin", ruled.pin)
    pin = recover(hers, "alice", key="alice", options=("--push",))
    before = his.head
    said = his.run("trust", "grant", IDS["bob"], "promoter", "--push", expect=1).err
    assert "trust was begun anew" in said
    assert his.head == before
    his.git("pull", "--quiet", "--ff-only")
    assert his.json("verify", key=None, expect=1)["findings"][0]["rule"] == RULE
    his.run("trust", "pin", pin)
    assert his.json("verify", key=None)["verdict"] == "pass"
    his.run("trust", "grant", IDS["bob"], "promoter", "--push")


def test_a_server_refuses_trust_that_a_pusher_began_anew(known: Registry, tmp_path: Path) -> None:
    server = Server.holding(known, tmp_path / "server.git")
    recover(known, "erin", key="erin")
    pushed = server.push(known)
    assert "[recovery]" in pushed.err
    assert pushed.code != 0
