"""Resolve: the exact artifact that a reference stands for. Serving start scripts wait for it."""

from __future__ import annotations

from typing import Any

from gitregistry.records.alias import Alias
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened


def resolved(release: Opened[Release], alias: Opened[Alias] | None, commit: str) -> dict[str, Any]:
    """The document of ``resolve --json``; alias fields are null for a reference to a release."""
    record = release.record
    return {
        "model_name": record.model_name,
        "version": record.version,
        "alias": alias.record.environment if alias else None,
        "artifact_uri": record.artifact_uri,
        "artifact_digest": record.artifact_digest,
        "artifact_size_bytes": record.artifact_size_bytes,
        "release_digest": release.digest,
        "sequence": alias.record.sequence if alias else None,
        "commit": commit,
        "records": {"release": release.path, "alias": alias.path if alias else None},
    }
