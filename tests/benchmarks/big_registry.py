"""Large lawful registries, written straight into Git: every record is real, signed and lawful."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitregistry.cli.main import main
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Record, ReleaseReference, Stamp
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Transition
from gitregistry.records.release import Release
from gitregistry.registry.moments import moment_text
from gitregistry.registry.trust import trust_in_force
from gitregistry.rules.step import law_of
from gitregistry.signing.private_keys import load_private_key
from gitregistry.signing.signers import KeyFileSigner

CHECKS = (
    "artifact_signature_verified",
    "offline_eval_passed",
    "schema_compatibility_passed",
    "security_scan_passed",
)
WHO = "alice@example.com"


@dataclass
class Builder:
    """A registry that grows commit by commit through ``git fast-import``."""

    folder: Path
    key: Path
    stream: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert main(["init", str(self.folder), "--name", "large", "--id", WHO, "--key", str(self.key)]) == 0
        with Workspace(self.folder) as workspace:
            law = law_of(workspace.snapshot(workspace.commit()))
        self.registry_id = law.trust.registry_id
        self.law = law
        self.policy = Stamp(version=1, digest=law.policy.digest)
        self.checks: tuple[str, ...] = CHECKS
        self.trust = Stamp(version=1, digest=law.trust.digest)
        self.signer = KeyFileSigner(load_private_key(self.key))
        self.moment = datetime.now(UTC)
        self.head = b"from refs/heads/main^0\n"

    @property
    def common(self) -> dict[str, Any]:
        return {"registry_id": self.registry_id, "created_at": moment_text(self.moment), "created_by": WHO}

    def files_of(self, path: str, record: Record) -> tuple[dict[str, bytes], str]:
        """A record's file and its signature's, and its digest."""
        data = encode(record)
        signature = self.signer.sign(data, namespace_of(record.kind))
        return {path: data, path + paths.SIGNATURE: signature}, digest_of(data)

    def commit(self, message: str, files: Mapping[str, bytes]) -> None:
        """One more step on ``main``."""
        seconds = int(self.moment.timestamp())
        words = message.encode()
        self.stream.append(b"commit refs/heads/main\n")
        self.stream.append(b"committer alice <%s> %d +0000\n" % (WHO.encode(), seconds))
        self.stream.append(b"data %d\n%s\n%s" % (len(words), words, self.head))
        self.head = b""
        for path, data in files.items():
            self.stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))

    def finish(self) -> Path:
        """Write everything, and check out what a promotion's user would have."""
        git(self.folder, "config", "gc.auto", "0")
        git(self.folder, "fast-import", "--quiet", "--force", stdin=b"".join(self.stream))
        git(self.folder, "reset", "--quiet", "--hard", "main")
        return self.folder

    def ask_less_of_staging(self) -> None:
        """Let staging require one check in place of four: fewer files for each release."""
        self.checks = CHECKS[:1]
        old = self.law.policy.record
        policy = replace(
            old,
            version=2,
            previous=self.law.policy.digest,
            promotion_policy={**old.promotion_policy, "to_staging": Transition(requires=self.checks)},
        )
        files, digest = self.files_of(paths.POLICY, policy)
        self.policy = Stamp(version=2, digest=digest)
        self.commit("Ask less of staging", files)

    def release(self, model: str, version: str) -> tuple[dict[str, bytes], str]:
        """A release with all the evidence that staging asks for, and its digest."""
        record = Release(
            **self.common,
            model_name=model,
            version=version,
            artifact_uri=f"s3://models/{model}/{version}/model.tar.gz",
            artifact_digest="sha256:" + "5" * 64,
            artifact_size_bytes=1000,
            git_commit="6" * 40,
            dataset_snapshot="warehouse://features/2026-04-20",
        )
        return self.files_of(paths.manifest(model, version), record)

    def evidence(self, model: str, version: str, release_digest: str) -> tuple[dict[str, bytes], list[str]]:
        """Evidence for every check of staging, and its digests."""
        files: dict[str, bytes] = {}
        digests = []
        for check in self.checks:
            record = Evidence(
                **self.common,
                model_name=model,
                version=version,
                release_digest=release_digest,
                check=check,
                result="passed",
            )
            path = f"{paths.evidence_folder(model, version)}/{check}-1.yaml"
            made, digest = self.files_of(path, record)
            files |= made
            digests.append(digest)
        return files, sorted(digests)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=stdin, capture_output=True, check=True
    )
    return done.stdout


def registry_of_releases(folder: Path, key: Path, count: int) -> Path:
    """``count`` releases of a hundred models at the most; ``model-0`` has one in staging."""
    builder = Builder(folder, key)
    files: dict[str, bytes] = {}
    for number in range(count):
        made, _ = builder.release(f"model-{number % 100}", f"v{number}")
        files |= made
    builder.commit("Register", files)
    _promote_to_staging(builder, "model-0", ["v0"], 1)
    return builder.finish()


def registry_of_promotions(folder: Path, key: Path, models: int, promotions: int) -> Path:
    """``models`` models with two releases each, promoted to staging in turn, ``promotions`` times in all."""
    builder = Builder(folder, key)
    for number in range(models):
        for version in ("v1", "v2"):
            made, _ = builder.release(f"model-{number}", version)
            builder.commit(f"Register {number} {version}", made)
    for number in range(models):
        _promote_to_staging(builder, f"model-{number}", ["v1", "v2"], promotions // models)
    return builder.finish()


def registry_of_steps(folder: Path, key: Path, models: int, steps: int) -> Path:
    """``models`` models of two releases, ten files each, promoted to staging in turns; ``steps`` in all."""
    builder = Builder(folder, key)
    builder.ask_less_of_staging()
    for number in range(models):
        files: dict[str, bytes] = {}
        for version in ("v1", "v2"):
            made, _ = builder.release(f"model-{number}", version)
            files |= made
        builder.commit(f"Register both releases of model-{number}", files)
    promotions = [_Promotions(builder, f"model-{number}", ["v1", "v2"]) for number in range(models)]
    for turn in range(steps - 2 - 3 * models):
        promotions[turn % models].promote()
    return builder.finish()


def _promote_to_staging(builder: Builder, model: str, versions: list[str], times: int) -> None:
    promotions = _Promotions(builder, model, versions)
    for _ in range(times):
        promotions.promote()


class _Promotions:
    """One model's promotions to staging, of its versions in turn, after the evidence for each."""

    def __init__(self, builder: Builder, model: str, versions: list[str]) -> None:
        self._builder = builder
        self._model = model
        self._releases: list[tuple[str, str, tuple[str, ...]]] = []
        self._turn = 0
        self._previous: str | None = None
        self._target: ReleaseReference | None = None
        for version in versions:
            _, digest = builder.release(model, version)
            made, evidence = builder.evidence(model, version, digest)
            builder.commit(f"Attest {model}:{version}", made)
            self._releases.append((version, digest, tuple(evidence)))

    def promote(self) -> None:
        """One more commit."""
        builder, model = self._builder, self._model
        version, digest, rests_on = self._releases[self._turn % len(self._releases)]
        self._turn += 1
        alias = Alias(
            **builder.common,
            model_name=model,
            environment="staging",
            version=version,
            release_digest=digest,
            action="promote",
            sequence=self._turn,
            previous=self._previous,
            policy=builder.policy,
            trust=builder.trust,
            evidence=rests_on,
            rollback_target=self._target,
        )
        files, self._previous = builder.files_of(paths.alias(model, "staging"), alias)
        self._target = ReleaseReference(version=version, release_digest=digest)
        builder.commit(f"Promote {model}:{version} to staging", files)


def check_resolvable(folder: Path, reference: str) -> None:
    """Whether the registry is what the benchmark takes it for."""
    with Workspace(folder) as workspace:
        release, _, commit = resolve_reference(workspace, reference, None)
        assert trust_in_force(workspace.snapshot(commit)) is not None
    assert release.record.model_name in reference


def pin_of(folder: Path) -> str:
    """The digest of its first trust record, which is still the one in force."""
    return digest_of(git(folder, "show", "HEAD:registry/trust.yaml"))


def registry_ready_for_staging(folder: Path, key: Path, models: int) -> Path:
    """``models`` models with two releases each that may go to staging, none of them promoted yet."""
    builder = Builder(folder, key)
    files: dict[str, bytes] = {}
    evidence: dict[str, bytes] = {}
    for number in range(models):
        for version in ("v1", "v2"):
            made, digest = builder.release(f"model-{number}", version)
            files |= made
            evidence |= builder.evidence(f"model-{number}", version, digest)[0]
    builder.commit("Register", files)
    builder.commit("Attest", evidence)
    return builder.finish()
