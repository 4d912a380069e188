"""From a case's short words to records in a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from gitregistry.records import paths
from gitregistry.records.alias import Alias, Emergency
from gitregistry.records.approval import Approval
from gitregistry.records.common import Record, Stamp
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Asked, Evidence, Measurement, Window
from gitregistry.records.policy import Check, EmergencyRules, Profile, PrometheusQuery
from gitregistry.records.review import Review
from gitregistry.records.shapes import from_value
from gitregistry.records.strict_yaml import Value
from gitregistry.registry.chains import Link, linked
from gitregistry.registry.opening import Opened
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import Promotion, evaluate
from tests.rules.moving import Moves
from tests.rules.world import MEASURED, MODEL, NOW, World

OTHER = "sha256:" + "0" * 64


def checks_of(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Check]:
    """Checks as a case writes them, numbers as text."""
    return {
        name: Check(**{key: _value(key, value) for key, value in check.items()})
        for name, check in given.items()
    }


def profiles_of(given: Sequence[Mapping[str, Any]]) -> tuple[Profile, ...]:
    """Profiles as a case writes them."""
    return tuple(from_value(Profile, cast("Value", profile), b"", "case") for profile in given)


def emergency_of(given: Mapping[str, Any] | None) -> EmergencyRules | None:
    """A policy's section as a case writes it."""
    return EmergencyRules(**{key: _value(key, value) for key, value in given.items()}) if given else None


def _value(key: str, value: Any) -> Any:
    if key == "prometheus":
        return PrometheusQuery(**value)
    if key in ("min", "max"):
        return Decimal(str(value))
    if key in ("max_drop", "max_increase"):
        return str(value)
    return tuple(value) if isinstance(value, list) else value


class Filing:
    """Files evidence and approvals under labels, by which later ones supersede or review them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.digests: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.live: dict[str, Link] = {}

    def evidence(self, label: str, given: Mapping[str, Any]) -> None:
        """``by`` signs; ``as`` is who the record says made it; ``values`` are measurements.

        ``of`` is the version whose folder it lies in, and which it is about unless told otherwise.
        """
        fields = dict(given)
        who = fields.pop("by", "ci")
        of = fields.pop("of", "v1")
        record = Evidence(
            registry_id=fields.pop("registry_id", self.world.pin),
            created_at=fields.pop("created_at", MEASURED),
            created_by=fields.pop("as", who),
            model_name=MODEL,
            version=fields.pop("version", of),
            release_digest=fields.pop("release_digest", self.world.releases[of]),
            check=fields.pop("check"),
            result=fields.pop("result", "passed"),
            measurements=tuple(_measurement(item) for item in fields.pop("values", ())),
            observed=_window(fields.pop("observed", None)),
            query=_asked(fields.pop("query", None)),
            supersedes=self._named(fields.pop("supersedes", ())),
            note=label,
            **fields,
        )
        self._file(label, record, f"{paths.evidence_folder(MODEL, of)}/{record.check}-{label}.yaml", who)

    def point(self, environment: str, version: str, release_digest: str | None = None) -> None:
        """Make a release the one that is live in an environment."""
        law = self.world.law
        record = Alias(
            registry_id=self.world.pin,
            created_at=MEASURED,
            created_by="alice",
            model_name=MODEL,
            environment=environment,
            version=version,
            release_digest=release_digest or self.world.releases[version],
            action="promote",
            sequence=1,
            policy=Stamp(version=1, digest=law.policy.digest),
            trust=Stamp(version=1, digest=law.trust.digest),
        )
        opened = Opened(paths.alias(MODEL, environment), record, digest_of(encode(record)), ())
        self.live[environment] = linked(opened, None, None)

    def approval(self, label: str, given: Mapping[str, Any]) -> None:
        """As for evidence; unless told, it saw all evidence filed so far under the policy in force."""
        fields = dict(given)
        who = fields.pop("by")
        policy = self.world.law.policy
        stamp = Stamp(version=1, digest=OTHER if fields.pop("other_policy", False) else policy.digest)
        seen = fields.pop("reviewed", None)
        record = Approval(
            registry_id=fields.pop("registry_id", self.world.pin),
            created_at=fields.pop("created_at", MEASURED),
            created_by=fields.pop("as", who),
            model_name=MODEL,
            version=fields.pop("version", "v1"),
            release_digest=fields.pop("release_digest", self.world.releases["v1"]),
            environment=fields.pop("environment", "staging"),
            role=fields.pop("role"),
            decision=fields.pop("decision", "approve"),
            policy=stamp,
            reviewed=self._evidence_digests() if seen is None else self._named(seen),
            supersedes=self._named(fields.pop("supersedes", ())),
            note=label,
            **fields,
        )
        folder = paths.approvals_folder(MODEL, "v1")
        self._file(label, record, f"{folder}/{record.environment}-{record.created_by}-{label}.yaml", who)

    def emergency(self, label: str, given: Mapping[str, Any]) -> None:
        """An emergency promotion of v1 to production, kept as it must be."""
        who, policy = given.get("by", "alice"), self.world.law.policy
        record = Alias(
            registry_id=self.world.pin,
            created_at=MEASURED,
            created_by=who,
            model_name=MODEL,
            environment="production",
            version="v1",
            release_digest=self.world.releases["v1"],
            action="promote",
            sequence=given.get("sequence", 1),
            policy=Stamp(version=1, digest=policy.digest),
            trust=Stamp(version=1, digest=self.world.pin),
            emergency=Emergency(
                incident="INC-1", reason=label, authorised_by=who, review_due_at=given["due"], skipped=("x",)
            ),
        )
        self._file(label, record, paths.emergency(MODEL, "production", record.sequence), who)

    def review(self, label: str, given: Mapping[str, Any]) -> None:
        """``of`` is the label of an emergency; ``by`` signs, ``as`` is who the record says made it."""
        kept = self.paths[given["of"]]
        sequence = int(kept.removesuffix(".yaml").rpartition("-")[2])
        record = Review(
            registry_id=self.world.pin,
            created_at=MEASURED,
            created_by=given.get("as", given["by"]),
            model_name=MODEL,
            environment="production",
            version="v1",
            sequence=sequence,
            promotion=self.digests[given["of"]],
            incident="INC-1",
            role="risk-owner",
            outcome=given.get("outcome", "justified"),
            findings=label,
        )
        path = f"{paths.reviews_folder(MODEL)}/production-{sequence}-{label}.yaml"
        self._file(label, record, path, given["by"])

    def evaluate(
        self,
        promoter: str = "alice",
        environment: str = "staging",
        moves: Moves | None = None,
        now: str = NOW,
        incident: str | None = None,
        authorised_by: str | None = None,
    ) -> tuple[Requirement, ...]:
        """The requirements of promoting v1 now, in an emergency when there is an incident."""
        chains = moves or Moves(self.world)
        chains.tips |= self.live
        release = self.world.opened_release()
        asked = Promotion(release, environment, promoter, now, incident, authorised_by)
        return evaluate(self.world.law, self.world.snapshot, chains, asked)

    def _file(self, label: str, record: Record, path: str, who: str) -> None:
        self.digests[label] = self.world.place(path, record, who)
        self.paths[label] = path

    def _named(self, labels: Any) -> tuple[str, ...]:
        return tuple(self.digests.get(label, label) for label in labels)

    def _evidence_digests(self) -> tuple[str, ...]:
        folder = paths.evidence_folder(MODEL, "v1")
        files = self.world.tree.files
        return tuple(
            sorted(
                digest_of(data)
                for path, data in files.items()
                if path.startswith(folder) and path.endswith(".yaml")
            )
        )


def _measurement(given: Mapping[str, Any]) -> Measurement:
    return Measurement(**(dict(given) | {"value": Decimal(str(given["value"]))}))


def _window(given: Any) -> Window | None:
    return Window(start=given[0], end=given[1]) if given else None


def _asked(given: Any) -> Asked | None:
    """``expression`` and, unless told, an answer to it about the moment of the measurement."""
    fields = {"source": "prometheus", "url": "http://p", "evaluated_at": MEASURED, "result_digest": OTHER}
    return Asked(**fields | given) if given else None
