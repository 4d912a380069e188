"""Whether the trust on the branch was found lawful before; if not, it is followed back to the pin.

Every command that acts on trust asks this first, so it imports little: most of the time nothing changed.
"""

from __future__ import annotations

import os

from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce
from gitregistry.storage.pins import keep_pin, read_kept


def require_known_trust(workspace: Workspace, snapshot: Snapshot, trust: TrustInForce) -> None:
    """Raise Refused unless trust came lawfully from the pin; without a pin there is nothing to ask."""
    kept = read_kept(workspace.repository, os.environ)
    if kept is None or trust.digest == kept.trust:
        return
    from gitregistry.operations.law import law_for_rollback  # noqa: PLC0415 - trust changes seldom
    from gitregistry.operations.pinned_trust import follow_trust  # noqa: PLC0415

    follow_trust(workspace, snapshot, law_for_rollback(snapshot), kept.pin)
    try:
        keep_pin(workspace.repository, os.environ, kept.pin, trust.digest)
    except BadInput:  # what cannot be remembered is found out again the next time
        return
