"""Changes of trust: who joins, who may do what, whose key no longer counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gitregistry.errors import BadInput, NotFound
from gitregistry.operations.present import Present
from gitregistry.records import names, paths
from gitregistry.records.common import PrincipalKind
from gitregistry.records.encoding import encode
from gitregistry.records.trust import Grant, Key, Principal, Revocation, Trust
from gitregistry.signing.keys import parse_public_key, require_strong

TrustChange = Callable[[Present, Trust], Trust]
# The first line of a trust file: editors take its shape from there.
HEADER = ("yaml-language-server: $schema=../schemas/trust.schema.json",)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a role holds: patterns of models and environments."""

    models: tuple[str, ...] = ("*",)
    environments: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A principal to add, or one more key for one who is there; a new one of no stated kind is a person."""

    id: str
    key_line: str
    kind: PrincipalKind | None = None
    roles: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None


def add(newcomer: Newcomer, scope: Scope) -> TrustChange:
    """Add a principal with a key and roles; for one who is there, add the key and the roles.

    Raises:
        BadInput: the name, the key or a role cannot be used, or the key is somebody's already.
    """

    def change(present: Present, trust: Trust) -> Trust:
        fault = names.fault_in_principal(newcomer.id)
        if fault:
            raise BadInput(fault, hint="registry trust add bob@example.com --key bob.pub --role model-owner")
        changed = _with_key(trust, newcomer, _new_key(present, newcomer))
        return _with_grants(changed, newcomer.id, newcomer.roles, scope)

    return change


def grant(principal_id: str, roles: tuple[str, ...], scope: Scope) -> TrustChange:
    """Give roles to a principal who is there."""

    def change(_present: Present, trust: Trust) -> Trust:
        _require(trust, principal_id)
        return _with_grants(trust, principal_id, roles, scope)

    return change


def revoke(principal_id: str, fingerprint: str | None, reason: str) -> TrustChange:
    """Let a principal's keys, or the one named by fingerprint, count no longer from here on."""

    def change(present: Present, trust: Trust) -> Trust:
        principal = _require(trust, principal_id)
        return _with_principal(
            trust, _without(principal, ending(trust, principal_id, fingerprint), reason, present)
        )

    return change


def ending(trust: Trust, principal_id: str, fingerprint: str | None) -> tuple[Key, ...]:
    """The keys that a revocation would end: those that still count, or the one named by fingerprint.

    Raises:
        NotFound: there is no such principal, or no such key of theirs.
    """
    keys = tuple(
        key
        for key in _require(trust, principal_id).keys
        if key.revoked is None and fingerprint in (None, parse_public_key(key.public_key).fingerprint)
    )
    if not keys:
        raise NotFound(
            f"{principal_id} has no such key that still counts", hint="registry trust show names them"
        )
    return keys


def _without(principal: Principal, ended: tuple[Key, ...], reason: str, present: Present) -> Principal:
    revocation = Revocation(reason=reason, revoked_at=present.now)
    keys = tuple(replace(key, revoked=revocation) if key in ended else key for key in principal.keys)
    return replace(principal, keys=keys)


def rotate(newcomer: Newcomer, reason: str) -> TrustChange:
    """Give a principal who is there a new key, and let all their others count no longer, in one step."""

    def change(present: Present, trust: Trust) -> Trust:
        new = _new_key(present, newcomer)
        changed = _without(_require(trust, newcomer.id), ending(trust, newcomer.id, None), reason, present)
        return _with_principal(trust, replace(changed, keys=(*changed.keys, new)))

    return change


def next_trust(present: Present, change: TrustChange) -> bytes:
    """The bytes of the next trust record."""
    opened = present.law.trust.opened
    changed = replace(
        change(present, opened.record),
        registry_id=present.registry_id,
        version=opened.record.version + 1,
        previous=opened.digest,
        created_at=present.now,
        created_by=present.principal,
    )
    return encode(changed, header=HEADER)


def _new_key(present: Present, newcomer: Newcomer) -> Key:
    key = parse_public_key(newcomer.key_line)
    require_strong(key)
    owner = present.law.trust.owner(key)
    if owner is not None:
        raise BadInput(
            f"this key already belongs to {owner.id}; one key belongs to one principal",
            hint="registry trust show",
        )
    return Key(public_key=key.openssh, valid_from=newcomer.valid_from, valid_until=newcomer.valid_until)


def _require(trust: Trust, principal_id: str) -> Principal:
    for principal in trust.principals:
        if principal.id == principal_id:
            return principal
    known = ", ".join(principal.id for principal in trust.principals)
    raise NotFound(
        f"{principal_id} is not in trust; there are {known}",
        hint=f"registry trust add {principal_id} --key FILE.pub",
        path=paths.TRUST,
    )


def _with_principal(trust: Trust, principal: Principal) -> Trust:
    others = tuple(principal if known.id == principal.id else known for known in trust.principals)
    return replace(trust, principals=others)


def _with_key(trust: Trust, newcomer: Newcomer, key: Key) -> Trust:
    for principal in trust.principals:
        if principal.id == newcomer.id:
            if newcomer.kind not in (None, principal.kind):
                raise BadInput(f"{principal.id} is a {principal.kind}, not a {newcomer.kind}", field="--kind")
            return _with_principal(trust, replace(principal, keys=(*principal.keys, key)))
    principal = Principal(id=newcomer.id, kind=newcomer.kind or "person", keys=(key,))
    return replace(trust, principals=(*trust.principals, principal))


def _with_grants(trust: Trust, principal_id: str, roles: tuple[str, ...], scope: Scope) -> Trust:
    added = []
    for role in roles:
        fault = names.fault_in_name(role)
        if fault:
            raise BadInput(fault, field="--role")
        new = Grant(principal=principal_id, role=role, models=scope.models, environments=scope.environments)
        if new not in trust.grants:
            added.append(new)
    return replace(trust, grants=(*trust.grants, *added))
