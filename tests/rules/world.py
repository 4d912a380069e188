"""A registry in memory for the judge alone: no Git, no files, no clock; records signed by keys made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.policy import Check, Policy, PolicyEnvironment, Transition
from gitregistry.records.release import Release
from gitregistry.records.trust import Grant, Key, Principal, Revocation, Thresholds, Trust
from gitregistry.registry.opening import Opened
from gitregistry.registry.snapshot import PastVersion, Snapshot
from gitregistry.rules.step import Law, law_of
from gitregistry.signing import sshsig
from gitregistry.signing.keys import ED25519, PublicKey

MODEL = "churn"
BEGAN = "2026-04-01T00:00:00Z"
REGISTERED = "2026-04-27T12:00:00Z"
MEASURED = "2026-04-28T12:00:00Z"
NOW = "2026-05-01T12:00:00Z"

ROLES = {
    "alice": ("administrator", "publisher", "promoter", "operator", "model-owner"),
    "bob": ("model-owner",),
    "carol": ("risk-owner",),
    "dave": ("risk-owner", "attester"),
    "ci": ("attester",),
    "grace": ("incident-commander", "promoter"),
    "heidi": ("incident-commander",),
    "robot": ("risk-owner", "incident-commander"),
    "gone": ("risk-owner", "attester", "incident-commander"),
}
KINDS = {"ci": "ci", "robot": "bot"}


class Entry(NamedTuple):
    """As Git would hold it; the id is the content's own digest."""

    mode: str
    oid: str


@dataclass
class MemoryTree:
    """Files by path, and nothing in the past."""

    files: dict[str, bytes] = field(default_factory=dict)

    def entry(self, path: str) -> Entry | None:
        return Entry("100644", digest_of(self.files[path])) if path in self.files else None

    def blob(self, oid: str) -> bytes | None:
        return next(data for data in self.files.values() if digest_of(data) == oid)

    def children(self, folder: str) -> Mapping[str, Entry]:
        here = {path.removeprefix(f"{folder}/") for path in self.files if path.startswith(f"{folder}/")}
        return {
            name: Entry("100644", digest_of(self.files[f"{folder}/{name}"]))
            for name in here
            if "/" not in name
        }

    def versions(self, path: str) -> Sequence[PastVersion]:  # noqa: ARG002
        return ()

    def past(self, path: str) -> Iterator[PastVersion]:
        return iter(self.versions(path))


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
    """Trust, a policy, and releases v1 and v2; then whatever a case files."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        requires: Sequence[str],
        persons: Sequence[str] | None = None,
        **policy: Any,
    ) -> None:
        self.tree = MemoryTree()
        known = ROLES if persons is None else {who: ROLES[who] for who in persons}
        self.pin = self.place(paths.TRUST, _trust(known), "alice")
        fields = {"registry_id": self.pin, "created_at": BEGAN, "created_by": "alice"} | policy
        transition = Transition(requires=tuple(requires))
        self.place(
            paths.POLICY,
            Policy(
                version=1,
                environments=(
                    PolicyEnvironment(name="staging"),
                    PolicyEnvironment(name="production"),
                ),
                lifecycle=("registered", "retired"),
                promotion_policy={"to_staging": transition, "to_production": transition},
                checks=checks,
                **fields,
            ),
            "alice",
        )
        self.releases = {version: self._release(version) for version in ("v1", "v2")}

    def place(self, path: str, record: Record, who: str) -> str:
        """Sign a record and put it at a path; its digest."""
        data = encode(record)
        self.tree.files[path] = data
        self.tree.files[path + paths.SIGNATURE] = signed(data, record.kind, who)
        return digest_of(data)

    def remove(self, path: str) -> None:
        del self.tree.files[path], self.tree.files[path + paths.SIGNATURE]

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(MemoryTree(dict(self.tree.files)))

    @property
    def law(self) -> Law:
        return law_of(self.snapshot)

    def opened_release(self, version: str = "v1") -> Opened[Release]:
        opened = self.snapshot.open(Release, "release", paths.manifest(MODEL, version))
        assert opened is not None
        return opened

    def _release(self, version: str) -> str:
        record = Release(
            registry_id=self.pin,
            created_at=REGISTERED,
            created_by="alice",
            model_name=MODEL,
            version=version,
            artifact_uri=f"s3://models/{version}.tar.gz",
            artifact_digest=digest_of(version.encode()),
            artifact_size_bytes=2,
        )
        return self.place(paths.manifest(MODEL, version), record, "alice")


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
