"""Where each record lies under ``registry/``, and what a path says the record there must be.

A path is a claim. The judge compares it with what the signed bytes say; nothing else trusts it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from gitregistry.records import names

ROOT = "registry/"
TRUST = "registry/trust.yaml"
POLICY = "registry/policy.yaml"
LINE = "registry/line.yaml"
MODELS = "registry/models"
SIGNATURE = ".sig"


class Location(NamedTuple):
    """What lies at a path: the kind of record and the names that the path claims for it."""

    kind: str
    model: str | None = None
    version: str | None = None
    environment: str | None = None
    stem: str | None = None


def model_folder(model: str) -> str:
    return f"{MODELS}/{model}"


def model_page(model: str) -> str:
    return f"{MODELS}/{model}/model.yaml"


def releases_folder(model: str) -> str:
    return f"{MODELS}/{model}/releases"


def release_folder(model: str, version: str) -> str:
    return f"{MODELS}/{model}/releases/{version}"


def manifest(model: str, version: str) -> str:
    return f"{release_folder(model, version)}/manifest.yaml"


def card(model: str, version: str) -> str:
    return f"{release_folder(model, version)}/card.md"


def evidence_folder(model: str, version: str) -> str:
    return f"{release_folder(model, version)}/evidence"


def approvals_folder(model: str, version: str) -> str:
    return f"{release_folder(model, version)}/approvals"


def lifts_folder(model: str, version: str) -> str:
    return f"{release_folder(model, version)}/lifts"


def retirement(model: str, version: str) -> str:
    return f"{release_folder(model, version)}/retirement.yaml"


def line(model: str | None) -> str:
    """A model's, or the fleet's for None."""
    return LINE if model is None else f"{MODELS}/{model}/line.yaml"


def chains_of(model: str) -> tuple[str, ...]:
    """The folder and the files in which a promotion of a model finds every chain that it asks for."""
    return f"{MODELS}/{model}/aliases", line(model), LINE


def alias(model: str, environment: str) -> str:
    return f"{MODELS}/{model}/aliases/{environment}.yaml"


def emergencies_folder(model: str) -> str:
    return f"{MODELS}/{model}/emergencies"


def emergency(model: str, environment: str, sequence: int) -> str:
    """Where the alias record of an emergency promotion is kept when the alias has moved on."""
    return f"{emergencies_folder(model)}/{environment}-{sequence}.yaml"


def reviews_folder(model: str) -> str:
    return f"{MODELS}/{model}/reviews"


def deployment(model: str, environment: str) -> str:
    return f"{MODELS}/{model}/deployments/{environment}.yaml"


_RELEASE_FILES = {"manifest.yaml": "release", "card.md": "card", "retirement.yaml": "retirement"}
_FOLDERS = {"evidence": "evidence", "approvals": "approval", "lifts": "lift"}
_OF_MODEL = {"emergencies": "emergency", "reviews": "review"}
_BY_ENVIRONMENT = {"aliases": "alias", "deployments": "deployment"}
_YAML = ".yaml"
_STEM = r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,255}"


@lru_cache(4096)  # a step's paths are asked about by one rule after the other
def locate(path: str) -> Location | None:
    """What a record's path (without ``.sig``) claims; None when no record lies at such a path."""
    if path in (TRUST, POLICY, LINE):
        return Location(path.removeprefix(ROOT).removesuffix(_YAML))
    parts = path.split("/")
    found = None
    match parts if all(parts) else []:
        case ["registry", "models", model, "model.yaml"]:
            found = Location("model", model)
        case ["registry", "models", model, "line.yaml"]:
            found = Location("line", model)
        case ["registry", "models", model, folder, name] if folder in _BY_ENVIRONMENT:
            found = Location(_BY_ENVIRONMENT[folder], model, environment=name.removesuffix(_YAML))
        case ["registry", "models", model, folder, name] if folder in _OF_MODEL:
            found = Location(_OF_MODEL[folder], model, stem=name.removesuffix(_YAML))
        case ["registry", "models", model, "releases", version, name] if name in _RELEASE_FILES:
            found = Location(_RELEASE_FILES[name], model, version)
        case ["registry", "models", model, "releases", version, folder, name] if folder in _FOLDERS:
            found = Location(_FOLDERS[folder], model, version, stem=name.removesuffix(_YAML))
    suffix = "/card.md" if found is not None and found.kind == "card" else _YAML
    return found if path.endswith(suffix) else None


def concerns_registry(path: str) -> bool:
    """Whether a path lies under ``registry/``, or would where case does not count."""
    return path.lower().startswith(ROOT) or path.lower() == ROOT.rstrip("/")


def fault_in_path(path: str, location: Location) -> str | None:
    """Why a name in the path cannot be one; None when all can."""
    if location.model is not None and (fault := names.fault_in_name(location.model)):
        return fault
    if location.version is not None and (fault := names.fault_in_version(location.version)):
        return fault
    if location.environment is not None and (fault := names.fault_in_name(location.environment)):
        return fault
    if location.stem is not None and not re.fullmatch(_STEM, location.stem):
        return f"{names.shown(path)} is not a record's file name"
    return None
