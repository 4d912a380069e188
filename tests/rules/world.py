"""A registry in memory for the judge alone: no Git, no files, no clock; records signed by keys made here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.model import Model
from gitregistry.records.policy import Check, Policy, PolicyEnvironment, Transition
from gitregistry.records.release import Release
from gitregistry.records.trust import Grant, Key, Principal, Revocation, Thresholds, Trust
from gitregistry.registry.memory_tree import MemoryTree
from gitregistry.registry.opening import Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.step import Law, law_of
from gitregistry.signing import sshsig
from gitregistry.signing.keys import ED25519, PublicKey

MODEL = "churn"
BEGAN = "2026-04-01T00:00:00Z"
REGISTERED = "2026-04-27T12:00:00Z"
MEASURED = "2026-04-28T12:00:00Z"
NOW = "2026-05-01T12:00:00Z"

ROLES = {
    "alice": ("administrator", "publisher", "promoter", "operator", "model-owner", "risk-owner"),
    "bob": ("model-owner",),
    "carol": ("risk-owner",),
    "dave": ("risk-owner", "attester"),
    "erin": ("model-owner", "risk-owner"),
    "frank": ("model-owner", "risk-owner"),
    "ci": ("attester",),
    "robot": ("risk-owner", "incident-commander"),
    "gone": ("risk-owner", "attester", "incident-commander"),
    "olga": ("operator",),
    "pipeline": ("operator",),
    "grace": ("incident-commander", "promoter"),
    "heidi": ("incident-commander",),
}
KINDS = {"ci": "ci", "robot": "bot", "pipeline": "ci"}


@cache
def key_of(who: str) -> tuple[Ed25519PrivateKey, PublicKey]:
    """Somebody's key, the same all session."""
    secret = Ed25519PrivateKey.generate()
    return secret, PublicKey(ED25519, secret.public_key().public_bytes_raw())


def signed(data: bytes, kind: str, who: str) -> bytes:
    secret, public = key_of(who)
    namespace = namespace_of(kind)
    raw = secret.sign(sshsig.signed_data(data, namespace))
    return sshsig.armour(sshsig.Signature(public, namespace, raw))


class World:
    """Trust, a policy, and releases v1 and v2; then whatever a case files.

    ``persons`` are those whom trust names, with their ROLES; ``more`` roles are granted besides.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        requires: Sequence[str],
        persons: Sequence[str] | None = None,
        more: Mapping[str, Collection[str]] | None = None,
        *,
        transition: Mapping[str, Any] | None = None,
        **policy: Any,
    ) -> None:
        self.tree = MemoryTree()
        known = ROLES if persons is None else {who: ROLES[who] for who in persons}
        for who, roles in (more or {}).items():
            known = known | {who: tuple(dict.fromkeys((*known[who], *sorted(roles))))}
        self.pin = self.place(paths.TRUST, _trust(known), "alice")
        rule = Transition(requires=tuple(requires), **(transition or {}))
        common = {"registry_id": self.pin, "created_at": BEGAN, "created_by": "alice"}
        places = (PolicyEnvironment(name="staging"), PolicyEnvironment(name="production"))
        fields = {**common, "environments": places, **policy}
        self.place(
            paths.POLICY,
            Policy(
                version=1,
                lifecycle=("registered", "retired"),
                promotion_policy={"to_staging": rule, "to_production": rule},
                checks=checks,
                **fields,
            ),
            "alice",
        )
        self.releases = {version: self.release(version) for version in ("v1", "v2")}

    def place(self, path: str, record: Record, who: str) -> str:
        """Sign a record and put it at a path; its digest."""
        data = encode(record)
        return self.tree.place(path, data, signed(data, record.kind, who), record.created_at)

    def remove(self, path: str) -> None:
        del self.tree.files[path], self.tree.files[path + paths.SIGNATURE]

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.tree)

    @property
    def law(self) -> Law:
        return law_of(self.snapshot)

    def opened_release(self, version: str = "v1") -> Opened[Release]:
        opened = self.snapshot.open(Release, "release", paths.manifest(MODEL, version))
        assert opened is not None
        return opened

    def release(self, version: str, **fields: Any) -> str:
        """Register a version, or make it anew; the manifest's digest."""
        record = Release(
            registry_id=self.pin,
            created_at=REGISTERED,
            created_by="alice",
            model_name=MODEL,
            version=version,
            artifact_uri=f"s3://models/{version}.tar.gz",
            artifact_digest=digest_of(version.encode()),
            artifact_size_bytes=2,
            **fields,
        )
        return self.place(paths.manifest(MODEL, version), record, "alice")

    def page(self, by: str = "alice", **fields: Any) -> None:
        """The model's page, signed by somebody."""
        said: dict[str, Any] = {
            "registry_id": self.pin,
            "model_name": MODEL,
            "version": 1,
            "owner": "team",
        } | fields
        self.place(paths.model_page(MODEL), Model(created_at=BEGAN, created_by=by, **said), by)


def _trust(roles: Mapping[str, Sequence[str]]) -> Trust:
    revoked = Revocation(reason="left", revoked_at=BEGAN)
    return Trust(
        created_at=BEGAN,
        created_by="alice",
        name="rules",
        version=1,
        principals=tuple(
            Principal(
                id=who,
                kind=KINDS.get(who, "person"),  # type: ignore[arg-type] # a PrincipalKind
                keys=(Key(public_key=key_of(who)[1].openssh, revoked=revoked if who == "gone" else None),),
            )
            for who in roles
        ),
        grants=tuple(Grant(principal=who, role=role) for who, held in roles.items() for role in held),
        thresholds=Thresholds(trust=1, policy=1),
    )
