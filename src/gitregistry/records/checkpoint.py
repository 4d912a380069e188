"""Checkpoint: a signed statement of the head that a registry's branch had once it had passed ``verify``.

It lies in no registry: it is kept or printed elsewhere, to hold a clone against it later.
"""

from typing import Annotated, Literal

from gitregistry.records.common import CommitId, Count, Digest, Environment, ModelName, Moment, Record, Stamp
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text

BranchName = Annotated[str, Text(r"refs/heads/[^\n]+", "a branch like refs/heads/main")]


@frozen
class AliasStanding(Frozen):
    """The latest record of one alias."""

    model_name: ModelName
    environment: Environment
    sequence: Count
    digest: Digest


@frozen
class Checkpoint(Record):
    """What a branch of a registry was when its whole history had passed ``verify``."""

    kind: Literal["checkpoint"] = "checkpoint"
    branch: BranchName
    head: CommitId
    object_format: Literal["sha1", "sha256"]
    steps: Count
    trust: Stamp
    policy: Stamp
    aliases: tuple[AliasStanding, ...] = ()
    newest: Moment
