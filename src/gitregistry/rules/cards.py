"""The rule for model cards: a card is there exactly when its manifest names it, with those bytes."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records import paths
from gitregistry.records.digests import digest_of
from gitregistry.records.release import Release
from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.registry.opening import Broken
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Step


def check_card(step: Step, model: str, version: str, named: str | None) -> Iterator[Finding]:
    """Rule ``card``: the card beside a manifest is there exactly when it is named, with those bytes."""
    path = paths.card(model, version)
    entry = step.after.tree.entry(path)
    data = step.after.tree.blob(entry.oid) if entry is not None else None
    if entry is not None and data is None:
        yield Finding("card", path, f"the card is longer than {MAX_BYTES} bytes", commit=step.commit)
        return
    found = digest_of(data) if data is not None else None
    if found != named:
        yield Finding(
            "card", path, f"the manifest names the model card {named}, found {found}", commit=step.commit
        )


def check_card_change(step: Step, location: paths.Location) -> Iterator[Finding]:
    """A card is not signed: the manifest that names its digest is."""
    model, version = location.model or "", location.version or ""
    path = paths.manifest(model, version)
    if any(change.path == path for change in step.changes):
        return  # it is judged with its manifest
    try:
        release = step.after.open(Release, "release", path)
    except Broken:  # reported where the manifest is judged; here it names no card
        release = None
    named = release.record.model_card if release is not None else None
    yield from check_card(step, model, version, named)
