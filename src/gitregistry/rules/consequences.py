"""What rests on a key: the live aliases whose grounds it signed, and what would put them on other ones.

A revocation takes nothing back by itself: what the key signed before stands, by its place in history.
Whether it should still be relied upon is for people, who need to know where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.common import Record
from gitregistry.records.evidence import Evidence
from gitregistry.registry.chains import ChainReader, Link
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release, model_names
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.step import Law


class Ground(NamedTuple):
    """One record that a key signed and an alias rests on; ``command`` makes another in its place."""

    kind: str
    path: str
    digest: str
    created_by: str
    created_at: str
    command: str


class Resting(NamedTuple):
    """A live alias that rests on a key. After the grounds are made anew, ``then`` puts it on them."""

    model_name: str
    environment: str
    version: str
    grounds: tuple[Ground, ...]
    then: str


def resting_on(
    law: Law, snapshot: Snapshot, chain: ChainReader, keys: frozenset[bytes]
) -> tuple[Resting, ...]:
    """Every live alias with a ground that one of these keys signed, by model and in the policy's order.

    ``keys`` are public keys in wire form (``PublicKey.blob``).
    """
    found = []
    for model in model_names(snapshot):
        for environment in law.policy.record.environments:
            tip = chain(model, environment.name)
            if tip is not None:
                resting = _resting(snapshot, tip, keys)
                if resting.grounds:
                    found.append(resting)
    return tuple(found)


def _resting(snapshot: Snapshot, tip: Link, keys: frozenset[bytes]) -> Resting:
    alias = tip.opened.record
    again = f"registry promote {alias.model_name}:{alias.version} --to {alias.environment}"
    grounds = tuple(
        Ground(
            opened.record.kind,
            opened.path,
            opened.digest,
            opened.record.created_by,
            opened.record.created_at,
            command or again,
        )
        for opened, command in _grounds(snapshot, tip)
        if any(key.blob() in keys for key in opened.keys)
    )
    return Resting(alias.model_name, alias.environment, alias.version, grounds, again)


def _grounds(snapshot: Snapshot, tip: Link) -> Iterator[tuple[Opened[Record], str | None]]:
    """The alias record, the promotion it goes back to, the release, and all that the promotion cites."""
    alias = tip.opened.record
    yield tip.opened, None
    promotion = _promotion(tip)
    if promotion is None:
        return
    if promotion is not tip:
        yield promotion.opened, None
    try:
        release = find_release(snapshot, alias.model_name, alias.version)
    except Broken:  # verify reports it; the other grounds are told all the same
        release = None
    if release is not None:
        yield release, "registry register MANIFEST.yaml"
    reference = f"{alias.model_name}:{alias.version}"
    cited = promotion.opened.record
    evidence = paths.evidence_folder(alias.model_name, alias.version)
    for measured in snapshot.open_folder(Evidence, "evidence", evidence):
        if isinstance(measured, Opened) and measured.digest in cited.evidence:
            yield measured, _attest(reference, measured.record)
    approvals = paths.approvals_folder(alias.model_name, alias.version)
    for given in snapshot.open_folder(Approval, "approval", approvals):
        if isinstance(given, Opened) and given.digest in cited.approvals:
            incident = f" --incident {given.record.incident}" if given.record.incident else ""
            command = (
                f"registry approve {reference} --to {given.record.environment} --role {given.record.role}"
            )
            yield given, command + incident


def _promotion(tip: Link) -> Link | None:
    """The record that promoted what a tip points at: itself, or one before a rollback to it."""
    promotions = (
        link
        for link in tip.backwards()
        if link.opened.record.action == "promote" and link.release == tip.release
    )
    return next(promotions, None)


def _attest(reference: str, evidence: Evidence) -> str:
    metrics = "".join(
        f" --metric {name}=VALUE" for name in dict.fromkeys(i.name for i in evidence.measurements)
    )
    where = f" --environment {evidence.environment}" if evidence.environment else ""
    return f"registry attest {reference} {evidence.check} --passed{metrics}{where}"
