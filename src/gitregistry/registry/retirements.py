"""Whether a release's life has ended."""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.retirement import Retirement
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot


def find_retirement(snapshot: Snapshot, model: str, version: str) -> Opened[Retirement] | None:
    """The release's retirement; None while it lives."""
    return snapshot.open(Retirement, "retirement", paths.retirement(model, version))


def is_withdrawn(snapshot: Snapshot, model: str, version: str) -> bool:
    """Whether nothing may point at the release any more; so too when its retirement cannot be read."""
    try:
        retirement = find_retirement(snapshot, model, version)
    except Broken:
        return True
    return retirement is not None and retirement.record.scope == "withdrawn"
