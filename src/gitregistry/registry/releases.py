"""Facts about one release as a snapshot holds them."""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot


def find_release(snapshot: Snapshot, model: str, version: str) -> Opened[Release] | None:
    """The release of that name; None when there is none.

    Raises:
        Broken: its manifest cannot be used, or says that it is another release.
    """
    path = paths.manifest(model, version)
    opened = snapshot.open(Release, "release", path)
    if opened is not None and (opened.record.model_name, opened.record.version) != (model, version):
        raise Broken("subject", f"{path} is the manifest of another release")
    return opened


def model_names(snapshot: Snapshot) -> list[str]:
    """Every model of the registry, sorted."""
    return snapshot.names_in(paths.MODELS)


def version_names(snapshot: Snapshot, model: str) -> list[str]:
    """Every version of a model, sorted by name."""
    return snapshot.names_in(paths.releases_folder(model))
