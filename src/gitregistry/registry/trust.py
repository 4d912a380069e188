"""What trust amounts to: whose key it is, whether it counts, and who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

from gitregistry.errors import BadInput
from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.trust import Grant, Key, Principal, Trust
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.signing.keys import PublicKey, parse_public_key

ADMINISTRATOR = "administrator"
PUBLISHER = "publisher"
ATTESTER = "attester"
PROMOTER = "promoter"
OPERATOR = "operator"
WITNESS = "witness"
BUILT_IN_ROLES = (ADMINISTRATOR, PUBLISHER, ATTESTER, PROMOTER, OPERATOR, WITNESS)


class TrustInForce:
    """One version of trust, ready to answer."""

    def __init__(self, opened: Opened[Trust]) -> None:
        self.opened = opened
        self.record = opened.record
        self.digest = opened.digest
        self._owners: dict[PublicKey, tuple[Principal, Key]] = {}
        # A replay asks the same questions for every step.
        self._held: dict[tuple[str, str, str | None, str | None], bool] = {}
        for principal in self.record.principals:
            for key in principal.keys:
                parsed = _parsed(principal, key)
                owner = self._owners.get(parsed, (principal, key))[0]
                if owner.id != principal.id:
                    raise Broken("trust", f"one key belongs to {owner.id} and {principal.id}")
                self._owners[parsed] = (principal, key)
        self._principals = {principal.id: principal for principal in self.record.principals}

    @property
    def registry_id(self) -> str:
        """The pin: sha256 of the first trust record."""
        return self.record.registry_id or self.digest

    @property
    def succeeded(self) -> tuple[str, ...]:
        """The pins that the registry had before its trust was recovered, oldest first."""
        recovers = self.record.recovers
        return (*recovers.earlier, recovers.registry_id) if recovers is not None else ()

    def knows(self, registry_id: str | None) -> bool:
        """Whether a record of this id is this registry's, perhaps of before a recovery of its trust."""
        return registry_id == self.registry_id or registry_id in self.succeeded

    def principal(self, principal_id: str) -> Principal | None:
        return self._principals.get(principal_id)

    def owner(self, key: PublicKey) -> Principal | None:
        """Whose key this is, whether or not it still counts."""
        found = self._owners.get(key)
        return found[0] if found else None

    def signer(self, key: PublicKey, at: str) -> Principal:
        """Who signs with ``key`` at a moment.

        Raises:
            Broken: ``role`` for a stranger's key; ``key`` for one revoked, expired or not yet valid.
        """
        found = self._owners.get(key)
        if found is None:
            raise Broken(
                "role",
                f"the key {key.fingerprint} belongs to nobody in trust version {self.record.version}",
                hint="registry trust add ID --key FILE.pub --role ROLE",
            )
        principal, known = found
        if known.revoked is not None:
            raise Broken(
                "key", f"the key {key.fingerprint} of {principal.id} was revoked: {known.revoked.reason}"
            )
        if known.valid_from is not None and at < known.valid_from:
            raise Broken("key", f"the key of {principal.id} is valid only from {known.valid_from}")
        if known.valid_until is not None and at > known.valid_until:
            raise Broken("key", f"the key of {principal.id} expired at {known.valid_until}")
        return principal

    def holds(
        self, principal_id: str, role: str, model: str | None = None, environment: str | None = None
    ) -> bool:
        """Whether a principal holds a role.

        A model or environment of None is not asked for; ``*`` asks for a grant over all of them.
        """
        asked = (principal_id, role, model, environment)
        found = self._held.get(asked)
        if found is None:
            found = self._held[asked] = any(
                grant.principal == principal_id and grant.role == role and _covers(grant, model, environment)
                for grant in self.record.grants
            )
        return found

    def holders(self, role: str, model: str | None = None, environment: str | None = None) -> list[Principal]:
        """Every principal that holds a role."""
        return [p for p in self.record.principals if self.holds(p.id, role, model, environment)]

    def authorise(
        self,
        opened: Opened[Record],
        roles: Iterable[str],
        at: str,
        model: str | None = None,
        environment: str | None = None,
    ) -> Principal:
        """The one principal who signed a record, holding one of the roles for this model and environment.

        Raises:
            Broken: ``signature``, ``role``, ``key`` or ``subject``.
        """
        if len(opened.keys) != 1:
            raise Broken("signature", f"expected one signature, found {len(opened.keys)}")
        principal = self.signer(opened.keys[0], at)
        if opened.record.created_by != principal.id:
            raise Broken(
                "subject", f"it says that {opened.record.created_by} made it, but {principal.id} signed it"
            )
        wanted = tuple(roles)
        if not any(self.holds(principal.id, role, model, environment) for role in wanted):
            scope = f" for {model}" if model else ""
            scope += f" in {environment}" if environment else ""
            raise Broken(
                "role",
                f"{principal.id} does not hold the role {' or '.join(wanted)}{scope}",
                hint=f"registry trust grant {principal.id} {wanted[0]}"
                + (f" --model {model}" if model else "")
                + (f" --environment {environment}" if environment else ""),
            )
        return principal

    def require_maker(
        self,
        opened: Opened[Record],
        roles: Iterable[str],
        model: str | None = None,
        environment: str | None = None,
        *,
        lost: bool = False,
    ) -> None:
        """Raise Broken unless somebody in trust made a record that is built upon, holding one of the roles.

        For a record of the past, which was judged when it came in: a key that expired or was revoked since
        takes nothing back. Whoever never held the role gains nothing by it either.

        Args:
            lost: with a revoked key the role need not be held any more. For what refuses: a no stays.
        """
        if len(opened.keys) != 1:
            raise Broken("signature", f"expected one signature, found {len(opened.keys)}")
        found = self._owners.get(opened.keys[0])
        if found is None or found[0].id != opened.record.created_by:
            raise Broken("role", f"the key {opened.keys[0].fingerprint} is not {opened.record.created_by}'s")
        principal, key = found
        wanted = tuple(roles)
        held = any(self.holds(principal.id, role, model, environment) for role in wanted)
        if not held and not (lost and key.revoked is not None):
            raise Broken("role", f"{principal.id} does not hold the role {' or '.join(wanted)}")

    def makers(self, opened: Opened[Record]) -> list[str]:
        """The distinct persons who made a record of the past as administrators, as far as can be told today.

        A key that was revoked since takes nothing back; a role that is not held tells nothing.
        """
        found = set()
        for signature_key in opened.keys:
            principal = self._owners.get(signature_key, (None, None))[0]
            if principal is None or principal.kind != "person":
                continue
            if self.holds(principal.id, ADMINISTRATOR, "*", "*"):
                found.add(principal.id)
        return sorted(found)

    def agreeing(self, opened: Opened[Record], at: str, signed_by: TrustInForce | None = None) -> list[str]:
        """The distinct administrators here who signed a record: persons are counted, not keys or signatures.

        ``signed_by`` is another version of trust in which the key must count as well, if it knows the key.
        """
        signing = self.signing(opened, at, signed_by)
        return sorted(person for person in signing if self.holds(person, ADMINISTRATOR, "*", "*"))

    def signing(self, opened: Opened[Record], at: str, signed_by: TrustInForce | None = None) -> set[str]:
        """The persons who signed a record. A bot or CI identity is no person.

        A key that does not count at ``at`` is passed over, as is one of nobody. ``signed_by`` is as above.
        """
        found = set()
        for key in opened.keys:
            try:
                principal = self.signer(key, at)
                if signed_by is not None and signed_by.owner(key) is not None:
                    signed_by.signer(key, at)
            except Broken:  # such a key adds nobody to the count; the count itself is what is judged
                continue
            if principal.kind == "person":
                found.add(principal.id)
        return found

    @cached_property
    def four_eyes(self) -> bool:
        """Whether trust names two persons or more: with one alone, nobody else can approve."""
        persons = [
            p
            for p in self.record.principals
            if p.kind == "person" and any(key.revoked is None for key in p.keys)
        ]
        return len(persons) > 1


def trust_in_force(snapshot: Snapshot) -> TrustInForce | None:
    """The trust of a snapshot; None when there is none.

    Raises:
        Broken: it cannot be used.
    """
    opened = snapshot.open(Trust, "trust", paths.TRUST)
    if opened is None:
        return None
    return ready_trust(snapshot, opened)


def ready_trust(snapshot: Snapshot, opened: Opened[Trust]) -> TrustInForce:
    """A version of trust ready to answer, made ready once.

    Raises:
        Broken: it cannot be used.
    """
    key = ("trust", opened.digest)
    known: TrustInForce | None = snapshot.cache.derived.get(key)
    if known is None:
        known = snapshot.cache.derived[key] = TrustInForce(opened)
    return known


def _parsed(principal: Principal, key: Key) -> PublicKey:
    try:
        return parse_public_key(key.public_key)
    except BadInput as error:
        raise Broken("trust", f"a key of {principal.id} cannot be used: {error.message}") from None


def _covers(grant: Grant, model: str | None, environment: str | None) -> bool:
    return matches_any(grant.models, model) and matches_any(grant.environments, environment)


def matches_any(globs: tuple[str, ...], name: str | None) -> bool:
    """Whether a name is one of those that patterns stand for; None is not asked for."""
    return name is None or any(
        glob in ("*", name) or _pattern(glob).fullmatch(name) is not None for glob in globs
    )


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in glob.split("*")))
