"""Trust: people, bots and CI identities, their keys, their roles and how many must agree."""

from typing import Annotated, Literal

from gitregistry.records.common import (
    CommitId,
    Count,
    Digest,
    Glob,
    Line,
    Moment,
    PrincipalId,
    PrincipalKind,
    Prose,
    Record,
    RoleName,
    Size,
)
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text

KeyLine = Annotated[str, Text(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}", "a public key like 'ssh-ed25519 AAAA…'")]


@frozen
class Revocation(Frozen):
    """Why a key no longer counts. It takes effect at this record's place in history, not at a date."""

    reason: Prose
    revoked_at: Moment


@frozen
class Key(Frozen):
    """One public key in OpenSSH's one-line form, without a comment."""

    public_key: KeyLine
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    revoked: Revocation | None = None


@frozen
class Principal(Frozen):
    """A person, a bot or a CI identity. Persons are counted, not keys: one key belongs to one principal."""

    id: PrincipalId
    kind: PrincipalKind
    name: Line | None = None
    forge_login: Line | None = None
    forge_id: Size | None = None
    keys: tuple[Key, ...]


@frozen
class Grant(Frozen):
    """A role for some models in some environments; ``*`` matches any run of characters."""

    principal: PrincipalId
    role: RoleName
    models: tuple[Glob, ...] = ("*",)
    environments: tuple[Glob, ...] = ("*",)


@frozen
class Thresholds(Frozen):
    """How many administrators must sign a change of trust, and of policy."""

    trust: Count
    policy: Count


@frozen
class Recovery(Frozen):
    """What a new first trust takes the place of, when too few of the old administrators' keys are left.

    Every later version carries it on unchanged: by it, records of before the recovery are still this
    registry's. ``earlier`` are the pins that the recovered trust itself had succeeded, oldest first.
    """

    registry_id: Digest
    earlier: tuple[Digest, ...] = ()
    trust: Digest
    commit: CommitId
    reason: Prose


@frozen
class Trust(Record):
    """Who may do what. Version n is followed by n + 1; the first one's sha256 is the registry's pin."""

    kind: Literal["trust"] = "trust"
    name: Line
    version: Count
    previous: Digest | None = None
    recovers: Recovery | None = None
    principals: tuple[Principal, ...]
    grants: tuple[Grant, ...]
    thresholds: Thresholds
