"""Whoever signs: below either threshold nothing comes into force, and a signature less never helps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.records import paths
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.policy import Check
from gitregistry.records.trust import Grant, Key, Principal, Recovery, Revocation, Thresholds, Trust
from gitregistry.registry.memory_tree import MemoryTree
from gitregistry.registry.opening import Opened, open_signed
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import NoChains
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case, Law, Step
from gitregistry.rules.trust_rules import check_trust
from gitregistry.signing import sshsig
from tests.rules.world import World, key_of

BEFORE, NOW = "2026-05-01T12:00:00Z", "2026-05-01T13:00:00Z"
# Two keys each; which of them count, and who administers, differs between the two versions.
PEOPLE = ("ann", "ben", "cat", "rob")
KEYS = [f"{who}{number}" for who in PEOPLE for number in (1, 2)] + ["stranger1"]
STATES = ("counts", "revoked", "expired", "early", "absent")

# Everybody has a first key.
states = st.fixed_dictionaries(
    {name: st.sampled_from(STATES[:-1] if name.endswith("1") else STATES) for name in KEYS[:-1]}
)
signing = st.lists(st.sampled_from(KEYS), min_size=1, max_size=5, unique=True)
administrators = st.sets(st.sampled_from(PEOPLE), min_size=1)
version = st.tuples(states, administrators, st.integers(1, 3))


def key(name: str, state: str) -> Key:
    return Key(
        public_key=key_of(name)[1].openssh,
        revoked=Revocation(reason="lost", revoked_at=BEFORE) if state == "revoked" else None,
        valid_until=BEFORE if state == "expired" else None,
        valid_from="2099-01-01T00:00:00Z" if state == "early" else None,
    )


def trust(described: tuple[dict[str, str], set[str], int], held: set[str], **fields: object) -> Trust:
    """A version of trust; keys in ``held`` are never absent, or the change were unlawful by that alone."""
    state, admins, threshold = described
    principals = []
    for who in PEOPLE:
        names = [name for name in (f"{who}1", f"{who}2") if state[name] != "absent" or name in held]
        keys = tuple(key(name, state[name]) for name in names)
        principals.append(Principal(id=who, kind="bot" if who == "rob" else "person", keys=keys))
    made = Trust(
        created_at=BEFORE,
        created_by="ann",
        name="t",
        version=1,
        principals=tuple(principals),
        grants=tuple(Grant(principal=who, role="administrator") for who in sorted(admins)),
        thresholds=Thresholds(trust=threshold, policy=1),
    )
    return replace(made, **fields)  # type: ignore[arg-type] # fields by name


def held_keys(described: tuple[dict[str, str], set[str], int]) -> set[str]:
    return {name for name, state in described[0].items() if state != "absent"}


def signed(record: Trust, signers: tuple[str, ...]) -> Opened[Trust]:
    data = encode(record)
    signatures = b""
    for name in signers:
        secret, public = key_of(name)
        raw = secret.sign(sshsig.signed_data(data, namespace_of("trust")))
        signatures += sshsig.armour(sshsig.Signature(public, namespace_of("trust"), raw))
    return open_signed(Trust, "trust", paths.TRUST, data, signatures)


@cache
def policy() -> Law:
    world = World({"smoke": Check(type="evidence")}, ["smoke"])
    return world.law


def findings(old: TrustInForce, new: Trust, signers: tuple[str, ...]) -> set[str]:
    """The rules that a change from one version to the next breaks."""
    snapshot = Snapshot(MemoryTree())
    step = Step(snapshot, snapshot, (), NOW, NOW, None, NoChains(), lambda _: True)
    case = Case(step, Law(old, policy().policy), paths.Location("trust"), signed(new, signers))
    return {found.rule for found in check_trust(case) if isinstance(found, Finding)}


def persons(record: Trust, signers: tuple[str, ...]) -> set[str]:
    """By a count that shares nothing with the rules: who administers and signed by a key that counts."""
    admins = {grant.principal for grant in record.grants}
    lines = {key_of(name)[1].openssh for name in signers}
    return {
        who.id
        for who in record.principals
        if who.kind == "person" and who.id in admins
        for known in who.keys
        if known.public_key in lines
        and known.revoked is None
        and known.valid_until is None
        and known.valid_from is None
    }


@settings(max_examples=250, deadline=None)
@given(
    before=version,
    after=version,
    signers=signing,
)
def test_nothing_below_either_threshold_is_ever_accepted(
    before: tuple[dict[str, str], set[str], int],
    after: tuple[dict[str, str], set[str], int],
    signers: list[str],
) -> None:
    who = tuple(signers)
    first = trust(before, set())
    opened = Opened(paths.TRUST, first, digest_of(encode(first)), ())
    old = TrustInForce(opened)
    follows = {"version": 2, "previous": opened.digest, "registry_id": opened.digest}
    new = trust(after, held_keys(before), **follows)
    broken = findings(old, new, who)
    if "trust-threshold" not in broken:
        assert len(persons(first, who)) >= first.thresholds.trust
        assert len(persons(new, who)) >= new.thresholds.trust
    for index in range(len(who)):
        fewer = who[:index] + who[index + 1 :]
        if fewer:
            assert ("trust-threshold" in broken) <= ("trust-threshold" in findings(old, new, fewer))


@settings(max_examples=100, deadline=None)
@given(
    before=version,
    after=version,
    signers=signing,
)
def test_a_recovery_is_never_accepted_and_never_sound_below_its_own_threshold(
    before: tuple[dict[str, str], set[str], int],
    after: tuple[dict[str, str], set[str], int],
    signers: list[str],
) -> None:
    first = trust(before, set())
    opened = Opened(paths.TRUST, first, digest_of(encode(first)), ())
    recovers = Recovery(registry_id=opened.digest, trust=opened.digest, commit="0" * 40, reason="lost")
    new = trust(after, held_keys(before), recovers=recovers)
    broken = findings(TrustInForce(opened), new, tuple(signers))
    assert broken
    if "recovery" in broken:
        assert broken == {"recovery"}
        assert len(persons(new, tuple(signers))) >= new.thresholds.trust
