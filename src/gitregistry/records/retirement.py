"""Retirement: the end of a release's life; a withdrawn release is quarantined."""

from typing import Literal

from gitregistry.records.common import Digest, ModelName, Prose, Record, Version
from gitregistry.records.frozen import frozen


@frozen
class Retirement(Record):
    """``retired``: no new promotion. ``withdrawn``: neither a promotion nor a rollback may point at it."""

    kind: Literal["retirement"] = "retirement"
    model_name: ModelName
    version: Version
    release_digest: Digest
    scope: Literal["retired", "withdrawn"]
    reason: Prose
    replacement: Version | None = None
