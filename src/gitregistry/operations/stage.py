"""The registry of one case, in memory: what the case files, signed by keys made here.

Nothing is pretended but the repository: records, signatures and requirements are the real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from gitregistry.operations.case_file import (
    CaseFile,
    GivenApproval,
    GivenEvidence,
    GivenLive,
    GivenRelease,
    Person,
)
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.approval import Approval
from gitregistry.records.common import Record, ReleaseReference, Stamp
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Evidence
from gitregistry.records.model import Model
from gitregistry.records.policy import Policy
from gitregistry.records.release import Release, Runtime
from gitregistry.records.trust import Grant, Key, Principal, Thresholds, Trust
from gitregistry.registry.memory_tree import MemoryTree
from gitregistry.registry.moments import duration_of, moment_of, moment_text
from gitregistry.registry.releases import find_release
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import SnapshotChains
from gitregistry.registry.trust import ADMINISTRATOR, ATTESTER, PROMOTER, PUBLISHER, matches_any
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import Promotion, evaluate
from gitregistry.rules.step import law_of
from gitregistry.signing.signers import Signer, signer_in_memory

_BEGAN = "2000-01-01T00:00:00Z"
_DAY = "1d"

Given = TypeVar("Given", GivenEvidence, GivenApproval)


class Stage:
    """One case's people, policy and records.

    Raises:
        BadInput: it names somebody or something that is not there; with line and field.
    """

    def __init__(self, policy: Policy, given: CaseFile, index: int) -> None:
        self._given, self._index, self._case = given, index, given.cases.cases[index]
        self._people = self._case.people if self._case.people is not None else given.cases.people
        self._require_people()
        self._tree = MemoryTree()
        self._signers: dict[str, Signer] = {person.id: signer_in_memory() for person in self._people}
        persons = [person.id for person in self._people if person.is_ == "person"]
        self._administrator = (*persons, self._people[0].id)[0]
        trust = _trust(self._people, self._signers, self._administrator)
        self._pin = self._place(paths.TRUST, trust)
        # Which version it is and who signed it means nothing here: what is tried is what it asks.
        renewed = replace(policy, version=1, previous=None)
        self._policy = replace(renewed, registry_id=self._pin, created_by=self._administrator)
        digest = self._place(paths.POLICY, self._policy)
        self._stamps = (Stamp(version=1, digest=digest), Stamp(version=1, digest=self._pin))
        self._model = self._case.release.model
        self._digests: dict[str, str] = {}

    def requirements(self) -> tuple[Requirement, ...]:
        """What the case's promotion has to meet, met and unmet."""
        case, way = self._case, ("cases", self._index)
        self._page()
        evidence = self._kept(self._given.cases.evidence, case.evidence)
        known = dict(evidence)
        for environment, live in case.live.items():
            known |= live.evidence
            self._live(environment, live)
        reference = self._release(case.release, *way, "release")
        for environment, age in self._promoted().items():
            self._alias(environment, self._ago(age), reference, *way, "promoted")
        for label, made in evidence.items():
            self._evidence(label, made, reference, *self._way("evidence", label))
        for label, decided in self._kept(self._given.cases.approvals, case.approvals).items():
            self._approval(label, decided, known, reference)
        snapshot = Snapshot(self._tree)
        release = find_release(snapshot, self._model, reference.version)
        if release is None:
            raise ValueError("the case's own release is not there")
        promoter = self._who(case.promoter, [PROMOTER], case.to, "cases", self._index, "promoter")
        asked = Promotion(release, case.to, promoter, case.at)
        return evaluate(law_of(snapshot), snapshot, SnapshotChains(snapshot), asked)

    def _page(self) -> None:
        """The model's page, where a case says the risk tier that administrators confirmed."""
        if self._case.risk_tier is not None:
            page = Model(
                registry_id=self._pin,
                created_at=_BEGAN,
                created_by=self._administrator,
                model_name=self._model,
                version=1,
                owner=self._administrator,
                risk_tier=self._case.risk_tier,
            )
            self._place(paths.model_page(self._model), page)

    def _live(self, environment: str, given: GivenLive) -> None:
        """What is live in an environment, with its own evidence."""
        way = ("cases", self._index, "live", environment)
        if environment not in {item.name for item in self._policy.environments}:
            raise self._given.fault(f"the policy has no environment {environment}", *way)
        if environment in self._promoted():
            raise self._given.fault("the release itself came there last: say so under promoted", *way)
        reference = self._release(given, *way)
        self._alias(environment, self._ago(given.since), reference, *way)
        for label, made in self._by_age(given.evidence).items():
            self._evidence(label, made, reference, *way, "evidence", label)

    def _release(self, given: GivenRelease | GivenLive, *way: str | int) -> ReleaseReference:
        author = self._who(given.by, [PUBLISHER], None, *way, "by")
        release = Release(
            registry_id=self._pin,
            created_at=self._ago(given.age),
            created_by=author,
            model_name=self._model,
            version=given.version,
            artifact_uri="file:///dev/null",
            artifact_digest=digest_of(b""),
            artifact_size_bytes=0,
            artifact_format=given.artifact_format,
            runtime=Runtime(base_image=given.base_image) if given.base_image is not None else None,
            risk_tier=given.risk_tier,
        )
        path = paths.manifest(self._model, given.version)
        there = self._tree.files.get(path)
        if there not in (None, encode(release)):  # one release may be live in several places
            raise self._given.fault(f"{given.version} is given twice, and not alike", *way)
        return ReleaseReference(version=given.version, release_digest=self._place(path, release))

    def _promoted(self) -> Mapping[str, str]:
        """How long ago the release came where: as the case says, or a day ago to all that must be before."""
        if self._case.promoted is not None:
            return self._case.promoted
        before = {item.name: item.after for item in self._policy.environments}
        found: dict[str, str] = {}
        step = before.get(self._case.to)
        while step is not None and step not in found:
            found[step] = _DAY
            step = before.get(step)
        return found

    def _alias(self, environment: str, time: str, reference: ReleaseReference, *way: str | int) -> None:
        policy, trust = self._stamps
        alias = Alias(
            registry_id=self._pin,
            created_at=time,
            created_by=self._who(None, [PROMOTER], environment, *way),
            model_name=self._model,
            environment=environment,
            version=reference.version,
            release_digest=reference.release_digest,
            action="promote",
            sequence=1,
            policy=policy,
            trust=trust,
        )
        self._place(paths.alias(self._model, environment), alias)

    def _kept(self, common: Mapping[str, Given], own: Mapping[str, Given]) -> dict[str, Given]:
        """What every case begins with, without what this one leaves out, and its own; the oldest first."""
        kept = {label: item for label, item in common.items() if label not in self._case.without} | dict(own)
        return self._by_age(kept)

    @staticmethod
    def _by_age(given: Mapping[str, Given]) -> dict[str, Given]:
        return dict(sorted(given.items(), key=lambda item: duration_of(item[1].age), reverse=True))

    def _evidence(
        self, label: str, given: GivenEvidence, reference: ReleaseReference, *way: str | int
    ) -> None:
        check = self._policy.checks.get(given.check)
        roles = check.by if check is not None else (ATTESTER,)
        record = Evidence(
            registry_id=self._pin,
            created_at=self._ago(given.age),
            created_by=self._who(given.by, roles, given.environment or self._case.to, *way, "by"),
            model_name=self._model,
            version=reference.version,
            release_digest=reference.release_digest,
            check=given.check,
            result=given.result,
            environment=given.environment,
            measurements=given.measurements,
            supersedes=self._named(given.supersedes, way, "supersedes"),
        )
        folder = paths.evidence_folder(self._model, reference.version)
        self._digests[label] = self._place(f"{folder}/{given.check}-{label}.yaml", record)

    def _approval(
        self,
        label: str,
        given: GivenApproval,
        evidence: Mapping[str, GivenEvidence],
        reference: ReleaseReference,
    ) -> None:
        way = self._way("approvals", label)
        there = [name for name, made in evidence.items() if duration_of(made.age) >= duration_of(given.age)]
        seen = tuple(there) if given.seen is None else given.seen
        environment = given.environment or self._case.to
        record = Approval(
            registry_id=self._pin,
            created_at=self._ago(given.age),
            created_by=self._who(given.by, (), None, *way, "by"),
            model_name=self._model,
            version=reference.version,
            release_digest=reference.release_digest,
            environment=environment,
            role=given.role,
            decision=given.decision,
            policy=self._stamps[0],
            reviewed=tuple(sorted(self._named(seen, way, "seen"))),
            expires_at=given.expires_at,
            supersedes=self._named(given.supersedes, way, "supersedes"),
        )
        folder = paths.approvals_folder(self._model, reference.version)
        self._digests[label] = self._place(f"{folder}/{environment}-{given.by}-{label}.yaml", record)

    def _ago(self, age: str) -> str:
        return moment_text(moment_of(self._case.at) - duration_of(age))

    def _way(self, kind: str, label: str) -> tuple[str | int, ...]:
        """Where in the file something of that label stands: in the case, or for all of them."""
        own = self._case.evidence if kind == "evidence" else self._case.approvals
        return ("cases", self._index, kind, label) if label in own else (kind, label)

    def _named(self, labels: Sequence[str], way: Sequence[str | int], field: str) -> tuple[str, ...]:
        for place, label in enumerate(labels):
            if label not in self._digests:
                raise self._given.fault(f"nothing before it is called {label}", *way, field, place)
        return tuple(self._digests[label] for label in labels)

    def _who(self, named: str | None, roles: Sequence[str], environment: str | None, *way: str | int) -> str:
        """Whoever is named, else the first who holds one of the roles there."""
        if named is not None:
            if named not in self._signers:
                raise self._given.fault(f"there is no {named} under people", *way)
            return named
        for person in self._people:
            held = any(role in person.roles for role in roles) and matches_any(person.models, self._model)
            if held and matches_any(person.environments, environment):
                return person.id
        where = f" in {environment}" if environment else ""
        raise self._given.fault(
            f"nobody under people holds {' or '.join(roles)}{where}",
            *way,
            hint="name somebody, or give the role",
        )

    def _require_people(self) -> None:
        way = ("cases", self._index, "people") if self._case.people is not None else ("people",)
        ids = [person.id for person in self._people]
        if not ids:
            raise self._given.fault(
                "nobody is there", *way, hint="- {id: alice, roles: [publisher, promoter]}"
            )
        for place, who in enumerate(ids):
            if who in ids[:place]:
                raise self._given.fault(f"{who} stands twice", *way, place)

    def _place(self, path: str, record: Record) -> str:
        data = encode(record)
        signature = self._signers[record.created_by].sign(data, namespace_of(record.kind))
        return self._tree.place(path, data, signature, record.created_at)


def _trust(people: Sequence[Person], signers: Mapping[str, Signer], administrator: str) -> Trust:
    grants = [
        Grant(principal=who.id, role=role, models=who.models, environments=who.environments)
        for who in people
        for role in who.roles
    ]
    return Trust(
        created_at=_BEGAN,
        created_by=administrator,
        name="policy test",
        version=1,
        principals=tuple(
            Principal(id=who.id, kind=who.is_, keys=(Key(public_key=signers[who.id].public_key.openssh),))
            for who in people
        ),
        grants=(*grants, Grant(principal=administrator, role=ADMINISTRATOR)),
        thresholds=Thresholds(trust=1, policy=1),
    )
