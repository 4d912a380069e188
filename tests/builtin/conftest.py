"""A registry with releases whose artifacts lie in folders of their own, and the checks that are built in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitregistry.records.evidence import Evidence
from gitregistry.storage.artifacts import hash_artifact
from tests.support.registry import Registry, Result

ARTIFACT = "artifact_signature_verified"
SCHEMA = "schema_compatibility_passed"
SCAN = "security_scan_passed"


@dataclass(frozen=True)
class BuiltIn:
    """A registry and a folder for the artifacts of ``churn``."""

    registry: Registry
    folder: Path

    def release(
        self,
        version: str,
        artifact: bytes | Mapping[str, bytes],
        manifest: str = "",
        *,
        unread: bool = False,
    ) -> Path:
        """Register a release of these bytes, or of a folder of files; where its artifact lies.

        Args:
            unread: the manifest knows digests and sizes, so nothing is filled in out of the artifact.
        """
        place = self.folder / version
        if isinstance(artifact, bytes):
            place.write_bytes(artifact)
        else:
            for path, data in artifact.items():
                (place / path).parent.mkdir(parents=True, exist_ok=True)
                (place / path).write_bytes(data)
        written = self.folder / f"{version}.yaml"
        known = _known(place) if unread else ""
        written.write_text(f"model_name: churn\nversion: {version}\n{known}{manifest}", "utf-8")
        self.registry.run("register", str(written), *(() if unread else ("--artifact", str(place))))
        return place

    def check(self, version: str, *arguments: str, expect: int | None = 0) -> Result:
        """``registry check churn:VERSION …`` by CI."""
        return self.registry.run("check", f"churn:{version}", *arguments, key="ci", expect=expect)

    def found(self, version: str, check: str, *options: str) -> Evidence:
        """The evidence that a check files, whatever it comes to."""
        result = self.check(version, check, *options, "--json", expect=None)
        (made,) = result.json["checks"]
        evidence = self.registry.record(Evidence, made["path"])
        assert result.code == (0 if evidence.result == "passed" else 1), result.out + result.err
        assert evidence.tool is not None
        assert evidence.tool.name == "gitregistry"
        assert evidence.tool.version
        assert evidence.run is None
        return evidence


def _known(place: Path) -> str:
    """What a manifest says of an artifact whose bytes need not be read."""
    facts = hash_artifact(str(place))
    files = [
        f"- {{path: '{file.path}', digest: '{file.digest}', size_bytes: {file.size}}}\n"
        for file in facts.files
    ]
    listed = f"files:\n{''.join(files)}" if files else ""
    size = f"artifact_size_bytes: {facts.size}\n"
    return f"artifact_uri: '{facts.uri}'\nartifact_digest: '{facts.digest}'\n{size}{listed}"


@pytest.fixture
def builtin(empty_registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuiltIn:
    monkeypatch.setenv("REGISTRY_PIN", empty_registry.pin)
    folder = tmp_path / "stored"
    folder.mkdir()
    return BuiltIn(empty_registry, folder)


def note(evidence: Evidence) -> str:
    """What an evidence's note says."""
    assert evidence.note
    return evidence.note


def measured(evidence: Evidence) -> dict[str, int]:
    """What was counted."""
    return {item.name: int(item.value) for item in evidence.measurements}
