"""Lift: a person's word that a release which was rolled back from an environment may come back to it."""

from typing import Literal

from gitregistry.records.common import Digest, Environment, ModelName, Prose, Record, Version
from gitregistry.records.frozen import frozen


@frozen
class Lift(Record):
    """The end of a hold. It is about one rollback alone: after the next one the release is held again."""

    kind: Literal["lift"] = "lift"
    model_name: ModelName
    version: Version
    release_digest: Digest
    environment: Environment
    rollback: Digest
    reason: Prose
