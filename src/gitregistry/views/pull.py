"""What ``pull`` answers."""

from __future__ import annotations

from pathlib import Path

from gitregistry.records.release import Release
from gitregistry.views.blocks import Facts, View


def pulled(release: Release, release_digest: str, commit: str, place: Path, fetched_bytes: int) -> View:
    """Where the artifact lies, and how much of it had to come."""
    name = f"{release.model_name}:{release.version}"
    document = {
        "model_name": release.model_name,
        "version": release.version,
        "release_digest": release_digest,
        "artifact_uri": release.artifact_uri,
        "artifact_digest": release.artifact_digest,
        "artifact_size_bytes": release.artifact_size_bytes,
        "path": str(place),
        "fetched_bytes": fetched_bytes,
        "commit": commit,
    }
    came = f"{fetched_bytes:,} of {release.artifact_size_bytes:,} bytes came from {release.artifact_uri}"
    if fetched_bytes == 0:
        came = "nothing had to come: all of it was here"
    pairs = (("pulled", name), ("to", str(place)), ("digest", release.artifact_digest), ("", came))
    return View(document, (Facts(pairs),))
