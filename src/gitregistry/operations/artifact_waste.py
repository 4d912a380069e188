"""What lies in a store and no release names."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from gitregistry.operations.artifact_needs import all_artifacts
from gitregistry.operations.reading import Reading
from gitregistry.storage.artifact_check import files_of
from gitregistry.storage.artifact_listing import Listed, listing, same_place


class Waste(NamedTuple):
    """Files that no release names, and how many were left out because they are young or of unknown age.

    Attributes:
        kept: how many files releases name.
    """

    files: tuple[Listed, ...]
    young: int
    kept: int


def waste(reading: Reading, address: str, now: datetime, older_than: timedelta) -> Waste:
    """The files under an address that no release of this branch names, and that are old enough.

    Raises:
        Refused: a manifest cannot be used: what it names is not known.
        BadInput: there is nothing at the address, or it cannot be read.
    """
    named = set()
    for artifact in all_artifacts(reading):
        place = same_place(artifact.uri)
        for file in files_of(artifact):
            named.add(_below(place, file.path) if file.path else place)
    found = listing(address)
    nobodys = [file for file in found if file.uri not in named]
    old = [file for file in nobodys if file.modified is not None and now - file.modified >= older_than]
    return Waste(tuple(old), len(nobodys) - len(old), len(found) - len(nobodys))


def _below(place: str, path: str) -> str:
    """A file's address in a folder; only local ones are quoted."""
    return f"{place}/{quote(path) if place.startswith('file:') else path}"
