"""Model: who owns it, what it is for, how much is at stake."""

from typing import Literal

from gitregistry.records.common import Count, Digest, Line, ModelName, Prose, Record
from gitregistry.records.frozen import frozen


@frozen
class Model(Record):
    """A model's own page; a versioned chain that its publishers keep. Administrators say the risk tier."""

    kind: Literal["model"] = "model"
    model_name: ModelName
    version: Count
    previous: Digest | None = None
    owner: Line
    description: Prose | None = None
    risk_tier: Line | None = None
