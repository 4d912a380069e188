"""How a model is named in MLflow, as ``--from-mlflow`` takes it."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.names import shown

Kind = Literal["run", "version", "alias", "model"]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,17}")
_HINT: Final = "RUN_ID, models:/NAME/3, models:/NAME@ALIAS, or models:/m-ID of a logged model"


class Reference(NamedTuple):
    """What was named: a run by its id, a registered version or alias by name, a logged model by its id."""

    kind: Kind
    name: str
    which: str = ""

    def __str__(self) -> str:
        if self.kind == "run":
            return f"runs:/{self.name}"
        mark = {"version": "/", "alias": "@", "model": ""}[self.kind]
        return f"models:/{self.name}{mark}{self.which}"


def parse_reference(text: str) -> Reference:
    """What a name means.

    Raises:
        BadInput: it is none of these; nor are ``latest`` and stages, which mean another model tomorrow.
    """
    if not text.startswith("models:"):
        run = text.removeprefix("mlflow:").removeprefix("runs:/")
        if run.startswith("m-") and _ID.fullmatch(run):
            return Reference("model", run)
        if not _ID.fullmatch(run):
            raise BadInput(f"{shown(text)} names neither a run nor a model of MLflow", hint=_HINT)
        return Reference("run", run)
    rest = text.removeprefix("models:").lstrip("/")
    name, alias_mark, alias = rest.rpartition("@")
    if alias_mark and name and alias and "/" not in rest:
        return Reference("alias", name, alias)
    name, slash, version = rest.partition("/")
    if slash and name and _VERSION.fullmatch(version):
        return Reference("version", name, version)
    if rest.startswith("m-") and _ID.fullmatch(rest):
        return Reference("model", rest)
    raise BadInput(f"{shown(text)} does not say which version of a model", hint=_HINT)
