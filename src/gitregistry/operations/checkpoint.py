"""Checkpoint: sign what a branch was when its whole history had passed."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.errors import Refused
from gitregistry.operations.submit import Actor
from gitregistry.operations.workspace import Workspace
from gitregistry.records.checkpoint import AliasStanding, Checkpoint
from gitregistry.records.common import Stamp
from gitregistry.records.digests import namespace_of
from gitregistry.records.encoding import encode
from gitregistry.registry.moments import moment_text
from gitregistry.registry.opening import Broken, open_signed
from gitregistry.registry.trust import ADMINISTRATOR, WITNESS, TrustInForce, trust_in_force
from gitregistry.storage.seen import Marks


class Passed(NamedTuple):
    """A branch (full name) whose history passed, and how far it came."""

    branch: str
    head: str
    steps: int
    marks: Marks


class Stated(NamedTuple):
    """A checkpoint with its exact bytes and the signature over them."""

    record: Checkpoint
    data: bytes
    signature: bytes


def state_head(workspace: Workspace, actor: Actor, passed: Passed) -> Stated:
    """Sign a statement of a head that passed.

    Raises:
        Refused: the key is not that of a witness or an administrator for all models and environments.
    """
    trust = trust_in_force(workspace.snapshot(passed.head))
    now = moment_text(actor.now)
    try:
        if trust is None:
            raise Broken("trust", "there is no trust at this head")
        maker = trust.signer(actor.signer.public_key, now).id
        record = _statement(workspace, trust, passed, maker, now)
        data = encode(record)
        signature = actor.signer.sign(data, namespace_of("checkpoint"))
        opened = open_signed(Checkpoint, "checkpoint", "the checkpoint", data, signature)
        trust.authorise(opened, (WITNESS, ADMINISTRATOR), now, "*", "*")
    except Broken as broken:
        hint = "registry trust grant ID witness; or sign with another key: --key FILE"
        raise Refused(f"{broken.message} (signing with {actor.key})", hint=hint) from None
    return Stated(record, data, signature)


def _statement(workspace: Workspace, trust: TrustInForce, passed: Passed, maker: str, now: str) -> Checkpoint:
    marks = passed.marks
    places = sorted((name.rpartition("@"), mark) for name, mark in marks.aliases.items())
    return Checkpoint(
        registry_id=trust.registry_id,
        created_at=now,
        created_by=maker,
        branch=passed.branch,
        head=passed.head,
        object_format=workspace.repository.object_format,
        steps=passed.steps,
        trust=Stamp(version=marks.trust.number, digest=marks.trust.digest),
        policy=Stamp(version=marks.policy.number, digest=marks.policy.digest),
        aliases=tuple(
            AliasStanding(model_name=model, environment=environment, sequence=mark.number, digest=mark.digest)
            for (model, _, environment), mark in places
        ),
        newest=marks.newest or now,
    )
