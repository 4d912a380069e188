"""A release: an immutable model version, its artifact and what produced it."""

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Annotated, Literal

from gitregistry.records.common import (
    Boolean,
    Digest,
    FreeValue,
    Line,
    ModelName,
    Prose,
    Record,
    Size,
    Version,
)
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text

GitCommit = Annotated[str, Text(r"[0-9a-f]{7,64}", "a commit id of 7 to 64 hex digits")]


@frozen
class ArtifactFile(Frozen):
    """One file of an artifact that is a folder; ``path`` is relative, with ``/``."""

    path: Line
    digest: Digest
    size_bytes: Size


@frozen
class Port(Frozen):
    """One input or output of the model; ``shape`` as written, such as ``[-1, 20]`` or ``batch x 20``."""

    name: Line
    type: Line
    shape: Line | None = None
    optional: Boolean = False


@frozen
class Runtime(Frozen):
    """What the artifact needs to serve."""

    python: Line | None = None
    base_image: Line | None = None
    framework: Line | None = None
    dependencies: tuple[Line, ...] = ()
    lockfile_digest: Digest | None = None
    hardware: Line | None = None


@frozen
class Release(Record):
    """A signed release manifest. Sizes are bytes; ``evaluation`` maps a metric to its value."""

    kind: Literal["release"] = "release"
    model_name: ModelName
    version: Version
    artifact_uri: Line
    artifact_digest: Digest
    artifact_size_bytes: Size
    artifact_format: Line | None = None
    files: tuple[ArtifactFile, ...] = ()
    git_commit: GitCommit | None = None
    git_repository: Line | None = None
    dataset_snapshot: Line | None = None
    feature_set_version: Line | None = None
    preprocessing: Line | None = None
    evaluation_datasets: tuple[Line, ...] = ()
    training_run: Line | None = None
    hyperparameters: Mapping[Line, FreeValue] = field(default_factory=lambda: MappingProxyType({}))
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    runtime: Runtime | None = None
    evaluation: Mapping[Line, FreeValue] = field(default_factory=lambda: MappingProxyType({}))
    model_card: Digest | None = None
    release_notes: Prose | None = None
    license: Line | None = None
    risk_tier: Line | None = None
    labels: Mapping[Line, FreeValue] = field(default_factory=lambda: MappingProxyType({}))
