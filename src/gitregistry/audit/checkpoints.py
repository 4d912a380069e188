"""Holding a history against a checkpoint: what somebody in its trust once stated of its head."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.audit.freshness import is_whole, place_of_head, with_findings
from gitregistry.audit.marks import lags, marks_of
from gitregistry.audit.verdict import Reached, Verdict
from gitregistry.records.checkpoint import Checkpoint
from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.registry.moments import clearly_after
from gitregistry.registry.opening import Broken, Opened, open_signed
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import ADMINISTRATOR, WITNESS, TrustInForce, trust_in_force
from gitregistry.rules.findings import Finding
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree
from gitregistry.storage.seen import Mark, Marks

WITNESSES = (WITNESS, ADMINISTRATOR)

_ANOTHER = "have a witness make a new one: registry checkpoint"


class Given(NamedTuple):
    """A checkpoint as it was handed over.

    Attributes:
        name: what messages call the file.
        data: its exact bytes.
        signatures: the bytes of the ``.sig`` beside it; None when there is none.
        existed_before: the moment before which a timestamp shows the signature to have existed, if one does.
    """

    name: str
    data: bytes
    signatures: bytes | None
    existed_before: str | None = None


class Held(NamedTuple):
    """A history held against a checkpoint: the verdict with what came of it, and what the checkpoint says.

    ``statement`` is None when it could not be read, or nothing could be said of it.
    """

    verdict: Verdict
    statement: Checkpoint | None


def judge_checkpoint(objects: Objects, verdict: Verdict, given: Given, now: str) -> Held:
    """The verdict with what speaks against the history in the light of a checkpoint.

    Without a pin nothing is judged: which registry a checkpoint is of, and who may sign one, only a history
    that was judged from a pin can say.
    """
    if not is_whole(verdict) or verdict.reached is None:
        return Held(verdict, None)
    try:
        opened = _open(given)
        findings = [*_standing(objects, verdict, opened, given.name)]
        findings += _maker(_trust(objects, verdict, verdict.reached), opened, given, now)
    except Broken as broken:
        words = f"{broken.code}: {broken.message}"
        fault = Finding("checkpoint", given.name, words, _ANOTHER, line=broken.line)
        return Held(with_findings(verdict, [fault]), None)
    return Held(with_findings(verdict, findings), opened.record)


def _open(given: Given) -> Opened[Checkpoint]:
    data = given.data if len(given.data) <= MAX_BYTES else None
    return open_signed(Checkpoint, "checkpoint", given.name, data, given.signatures)


def _trust(objects: Objects, verdict: Verdict, reached: Reached) -> TrustInForce:
    """The trust in force where the history ends."""
    trust = trust_in_force(Snapshot(RegistryTree(objects, verdict.head)))
    if trust is None or trust.digest != reached.trust.digest:
        raise Broken("trust", "the trust at this head is not in force, so nobody can say who is a witness")
    return trust


def _standing(objects: Objects, verdict: Verdict, opened: Opened[Checkpoint], name: str) -> Iterator[Finding]:
    """That it is of this registry, and that the history holds what it states."""
    stated = opened.record
    if stated.registry_id != verdict.pin:
        words = f"it is of the registry {stated.registry_id}, the pin is {verdict.pin}"
        yield Finding("checkpoint", name, words, _ANOTHER)
        return
    if stated.object_format != objects.repository.object_format:
        words = (
            f"it names commits by {stated.object_format}, this clone by {objects.repository.object_format}"
        )
        yield Finding("checkpoint", name, words, _ANOTHER)
        return
    standing = place_of_head(objects, verdict.head, stated.head)
    hint = "git pull; if that does not help, the remote serves old or rewritten history"
    if standing != "holds":
        words = {
            "behind": "this history ends before it: it was cut short, or is an old copy",
            "aside": "this history does not lead back to it: it was rewritten",
            "absent": "this clone does not hold it: it is an old copy, was cut short, or was rewritten",
        }[standing]
        yield Finding("checkpoint", name, f"it states the head {stated.head}; {words}", hint)
    if verdict.reached is not None:
        for lag in lags(marks_of(verdict.reached), _marks(stated)):
            yield Finding("checkpoint", lag.path, f"{lag.words}, which {name} states", hint)


def _maker(trust: TrustInForce, opened: Opened[Checkpoint], given: Given, now: str) -> Iterator[Finding]:
    """That a witness of today's trust signed it, with a key that counts, or did when it was timestamped.

    Its own date says nothing about that: whoever holds an expired key writes any date.
    """
    stated, before = opened.record, given.existed_before
    try:
        trust.authorise(opened, WITNESSES, before or now, "*", "*")
    except Broken as broken:
        yield Finding("checkpoint", given.name, f"{broken.code}: {broken.message}", _ANOTHER)
    if clearly_after(stated.created_at, before or now):
        against = "its timestamp" if before else "it is here"
        words = f"it is dated {stated.created_at}, after {against} ({before or now})"
        yield Finding("checkpoint", given.name, words, _ANOTHER)


def _marks(stated: Checkpoint) -> Marks:
    return Marks(
        trust=Mark(stated.trust.version, stated.trust.digest),
        policy=Mark(stated.policy.version, stated.policy.digest),
        aliases={
            f"{alias.model_name}@{alias.environment}": Mark(alias.sequence, alias.digest)
            for alias in stated.aliases
        },
        newest=stated.newest,
    )
