"""What the mirror writes beside an alias in MLflow, and reads again: which record it was set by.

One tag of the registered model for each environment, ``gitregistry.alias.production``, for an alias is the
model's too. Tags can be written by whoever may write to MLflow: nothing is believed because of one. They
tell who moved an alias last, and keep an older run from undoing a newer one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from gitregistry.errors import BadInput, Refused
from gitregistry.integrations.mlflow_rest import Client, items_at, pairs_at
from gitregistry.operations.pointings import Pointing, Pointings
from gitregistry.records.names import shown
from gitregistry.records.shapes import is_null
from gitregistry.records.strict_json import read_json

ALIAS_TAG: Final = "gitregistry.alias."
REGISTRY_TAG: Final = "gitregistry.registry_id"
RELEASE_TAG: Final = "gitregistry.release"
DIGEST_TAG: Final = "gitregistry.release_digest"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")


class Mark(NamedTuple):
    """Which alias record of which registry an alias was set by, and to which of MLflow's versions."""

    registry_id: str
    model: str
    sequence: int
    commit: str
    version: str

    @property
    def text(self) -> str:
        """As it stands in the tag."""
        return json.dumps(self._asdict())


class Model(NamedTuple):
    """A registered model as it stands: aliases to versions, and its tags."""

    aliases: Mapping[str, str]
    tags: Mapping[str, str]


def read_model(client: Client, name: str) -> Model:
    """Ask for a registered model.

    Raises:
        NotFound: there is none of that name.
        BadInput: the server cannot be asked.
    """
    found = client.get("registered-models/get", name=name)
    aliases = {}
    for item in items_at(found, "/registered_model/aliases", name):
        aliases[str(item.get("alias"))] = str(item.get("version"))
    return Model(aliases, pairs_at(found, "/registered_model/tags", name))


def mark_of(pointing: Pointing, registry_id: str, version: str) -> Mark:
    """The mark of an alias as it is to stand."""
    return Mark(registry_id, pointing.model, pointing.sequence, pointing.commit or "", version)


def read_mark(text: str) -> Mark | None:
    """The mark in a tag; None when it is none of ours."""
    try:
        found = read_json(text.encode("utf-8", "replace"), "tag")
    except BadInput:
        return None
    if not isinstance(found, dict) or found.keys() != set(Mark._fields):
        return None
    texts = {key: value for key, value in found.items() if isinstance(value, str) and not is_null(value)}
    if len(texts) < len(found) or not _NUMBER.fullmatch(texts["sequence"]):
        return None
    return Mark(
        registry_id=texts["registry_id"],
        model=texts["model"],
        sequence=int(texts["sequence"]),
        commit=texts["commit"],
        version=texts["version"],
    )


def is_of(pointings: Pointings, pointing: Pointing, mark: Mark) -> bool:
    """Whether it was this registry that set an alias, for this model."""
    return pointings.trust.knows(mark.registry_id) and mark.model == pointing.model


def require_ours(pointings: Pointings, pointing: Pointing, mark: Mark, name: str) -> None:
    """Raise Refused unless this registry set an alias for this model, and no later than it stands here.

    Args:
        name: of the registered model in MLflow.
    """
    if not is_of(pointings, pointing, mark):
        ours = pointings.trust.knows(mark.registry_id)
        whose = f"the model {shown(mark.model)}" if ours else f"another registry, {shown(mark.registry_id)}"
        raise Refused(
            f"models:/{name}@{pointing.environment} is set for {whose}",
            hint=f"see who mirrors there; when nobody does, remove the {_tag(pointing, name)}",
        )
    require_newer(pointings, pointing, mark, name)


def require_newer(pointings: Pointings, pointing: Pointing, mark: Mark, name: str) -> None:
    """Raise Refused where a later record, or one of another history, set an alias.

    An old clone undoes nothing that a newer one told. Where the environment points at nothing, it is enough
    that this history has the step: the record was there and is gone.
    """
    older = pointing.release is None or mark.sequence <= pointing.sequence
    if older and pointings.knows_step(mark.commit):
        return
    raise Refused(
        f"models:/{name}@{pointing.environment} was set by number {mark.sequence} of {pointing.name}, of the "
        f"step {shown(mark.commit[:12])}; this branch holds {pointing.sequence or 'none'}",
        hint=f"git pull; if that does not help, somebody else wrote the {_tag(pointing, name)}: remove it",
    )


def _tag(pointing: Pointing, name: str) -> str:
    return f"tag {ALIAS_TAG}{pointing.environment} of the registered model {name} in MLflow"
