"""Since when trust knows a key: a record counts by who was known when it came in, not by who joined later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gitregistry.registry.past_law import trust_line
from gitregistry.registry.trust import TrustInForce
from gitregistry.signing.keys import PublicKey, parse_public_key

if TYPE_CHECKING:
    from gitregistry.registry.snapshot import PastVersion, Snapshot


def were_known(
    snapshot: Snapshot, trust: TrustInForce, keys: Iterable[PublicKey], version: PastVersion
) -> bool:
    """Whether trust knew all of these keys after the step that left this version of a record."""
    if trust.record.version == 1 and trust.record.recovers is None:
        return True
    if snapshot.joined is None:
        snapshot.joined = _joined(snapshot, trust)
    joined: Mapping[PublicKey, str] = snapshot.joined
    since = [joined[key] for key in keys if key in joined]
    position = snapshot.tree.position
    return all(position(commit) <= position(version.commit) for commit in since)


def _joined(snapshot: Snapshot, trust: TrustInForce) -> dict[PublicKey, str]:
    """The keys that the first trust did not know, each with the commit that brought the first that did."""
    known: dict[PublicKey, str | None] = {}
    for commit, opened in reversed(trust_line(snapshot, trust.opened)):
        first = opened.record.version == 1 and opened.record.recovers is None
        for principal in opened.record.principals:
            for key in principal.keys:
                known.setdefault(parse_public_key(key.public_key), None if first else commit)
    return {key: commit for key, commit in known.items() if commit is not None}
