"""The law that a command works under, or an error that names the file which cannot be used."""

from __future__ import annotations

from gitregistry.operations.require import unusable
from gitregistry.records import paths
from gitregistry.registry.opening import Broken
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import trust_in_force
from gitregistry.rules.step import Law, law_of


def require_law(snapshot: Snapshot) -> Law:
    """Trust and policy in force.

    Raises:
        RegistryError: one of them is missing or cannot be used.
    """
    try:
        return law_of(snapshot)
    except Broken as broken:
        raise unusable(broken, _broken_path(snapshot)) from None


def _broken_path(snapshot: Snapshot) -> str:
    try:
        return paths.TRUST if trust_in_force(snapshot) is None else paths.POLICY
    except Broken:
        return paths.TRUST
