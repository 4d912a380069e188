"""``MODEL:VERSION`` is a release, ``MODEL@ALIAS`` what an alias points at."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records import names


class ReleaseName(NamedTuple):
    """A release by name."""

    model: str
    version: str

    def __str__(self) -> str:
        return f"{self.model}:{self.version}"


class AliasName(NamedTuple):
    """An alias by name."""

    model: str
    environment: str

    def __str__(self) -> str:
        return f"{self.model}@{self.environment}"


def parse_reference(text: str) -> ReleaseName | AliasName:
    """A release or an alias.

    Raises:
        BadInput: it is neither.
    """
    model, mark, rest = text.partition(":")
    if mark and "@" not in model:
        return ReleaseName(_checked(model, names.fault_in_name), _checked(rest, names.fault_in_version))
    model, mark, rest = text.partition("@")
    if mark:
        return AliasName(_checked(model, names.fault_in_name), _checked(rest, names.fault_in_name))
    raise BadInput(
        f"{names.shown(text)} names neither a release nor an alias",
        hint="write MODEL:VERSION for a release, MODEL@ENVIRONMENT for an alias; registry list shows both",
    )


def parse_release(text: str) -> ReleaseName:
    """A release by ``MODEL:VERSION``."""
    reference = parse_reference(text)
    if isinstance(reference, AliasName):
        raise BadInput(f"{text} is an alias; a release is needed here", hint=f"registry resolve {text}")
    return reference


def parse_model(text: str) -> str:
    """A model's name."""
    return _checked(text, names.fault_in_name)


def _checked(text: str, fault_of: names.FaultFinder) -> str:
    fault = fault_of(text)
    if fault:
        raise BadInput(fault, hint="registry list")
    return text
