"""What the end of a principal's keys would touch, asked before or after it."""

from __future__ import annotations

from gitregistry.operations.reading import Reading
from gitregistry.operations.trust_change import ending
from gitregistry.records import paths
from gitregistry.rules.consequences import Resting, resting_on
from gitregistry.signing.keys import parse_public_key


def resting_on_keys(reading: Reading, principal_id: str, fingerprint: str | None) -> tuple[Resting, ...]:
    """The live aliases that rest on records signed by keys which such a revocation would end.

    Raises:
        NotFound: there is no such principal, or no such key of theirs that still counts.
    """
    ended = ending(reading.law.trust.record, principal_id, fingerprint)
    blobs = frozenset(parse_public_key(key.public_key).blob() for key in ended)
    reading.tree.gather_versions(paths.MODELS)
    return resting_on(reading.law, reading.snapshot, reading.chain, blobs)
