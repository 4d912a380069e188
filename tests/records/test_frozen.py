"""A record that was read is the same value as one that was made, whichever way it came about."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from gitregistry.records.encoding import encode
from gitregistry.records.release import Release
from gitregistry.records.shapes import read_record

MADE = Release(
    registry_id="sha256:" + "1" * 64,
    created_at="2026-05-01T09:00:00Z",
    created_by="alice@example.com",
    model_name="churn",
    version="1",
    artifact_uri="file:///models/churn.onnx",
    artifact_digest="sha256:" + "2" * 64,
    artifact_size_bytes=7,
    git_commit="3" * 40,
    dataset_snapshot="warehouse://features/2026-04-20",
)


def test_what_is_read_equals_what_was_made_and_hashes_alike() -> None:
    read = read_record(Release, encode(MADE), "manifest.yaml")
    assert read == MADE
    assert hash((read.version, read.files)) == hash((MADE.version, MADE.files))
    assert list(vars(read)) == list(vars(MADE))


def test_what_is_read_cannot_be_changed() -> None:
    read = read_record(Release, encode(MADE), "manifest.yaml")
    with pytest.raises(FrozenInstanceError):
        setattr(read, "version", "2")  # noqa: B010 - mypy knows better than to let it be written
    with pytest.raises(FrozenInstanceError):
        del read.version
