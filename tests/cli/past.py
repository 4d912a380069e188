"""A registry whose steps lie on days of their own: the clock is an argument of every operation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gitregistry.operations.attest import CheckResult, attestation
from gitregistry.operations.initialise import initialise
from gitregistry.operations.manifest_input import read_manifest
from gitregistry.operations.promote import promotion
from gitregistry.operations.proposal import Proposer
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.register import Candidate, registration
from gitregistry.operations.rollback import rollback
from gitregistry.operations.submit import Actor, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.signing.private_keys import load_private_key
from gitregistry.signing.signers import KeyFileSigner
from gitregistry.storage.artifacts import hash_artifact
from tests.support.registry import TO_STAGING, Registry

V1, V2 = ReleaseName("churn", "v1"), ReleaseName("churn", "v2")


def build(base: Path, keys: Mapping[str, Path]) -> Registry:
    """Alice alone: v1 in staging on May 1st 2021, v2 on the 3rd, back to v1 on the 5th, at noon UTC."""
    signer = KeyFileSigner(load_private_key(keys["alice"]))
    folder = base / "registry"
    made = initialise(folder, "past", "alice@example.com", Actor(signer, noon(4, 1)))

    def step(day: datetime, proposer: Proposer) -> None:
        with Workspace(folder) as workspace:
            submit(workspace, Actor(signer, day), proposer)

    for day, release in ((2, V1), (3, V2)):
        manifest = base / f"{release.version}.yaml"
        manifest.write_text(f"model_name: churn\nversion: {release.version}\n", "utf-8")
        given = read_manifest(manifest, ignore_claims=False)
        step(noon(4, day), registration(Candidate(given, hash_artifact(str(manifest)))))
        for check in TO_STAGING:
            step(noon(4, day), attestation(release, CheckResult(check, "passed")))
    step(noon(5, 1), promotion(V1, "staging", None))
    step(noon(5, 3), promotion(V2, "staging", None))
    step(noon(5, 5), rollback("churn", "staging", None, "too slow"))
    return Registry(folder, made.pin, keys)


def noon(month: int, day: int) -> datetime:
    return datetime(2021, month, day, 12, tzinfo=UTC)
