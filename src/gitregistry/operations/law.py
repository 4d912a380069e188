"""The law that a command works under, or an error that names the file which cannot be used."""

from __future__ import annotations

from gitregistry.operations.require import unusable
from gitregistry.registry.opening import Broken
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.step import Law, law_of, path_of_broken_law


def require_law(snapshot: Snapshot) -> Law:
    """Trust and policy in force.

    Raises:
        RegistryError: one of them is missing or cannot be used.
    """
    try:
        return law_of(snapshot)
    except Broken as broken:
        raise unusable(broken, path_of_broken_law(snapshot)) from None
