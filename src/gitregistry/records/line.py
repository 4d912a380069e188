"""Line: whether promotions go on, of one model or of the whole fleet; a mutable chain."""

from typing import Literal

from gitregistry.records.common import Count, Digest, ModelName, Prose, Record
from gitregistry.records.frozen import frozen


@frozen
class Line(Record):
    """The last word on stopping or resuming promotions. Without ``model_name`` it is about all models."""

    kind: Literal["line"] = "line"
    model_name: ModelName | None = None
    sequence: Count
    previous: Digest | None = None
    state: Literal["stopped", "running"]
    reason: Prose
