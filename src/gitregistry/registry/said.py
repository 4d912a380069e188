"""Whether anybody in trust ever said something where a record lies that cannot be used.

Whoever can push can put anything into a folder. What nobody in trust signed says nothing, and stops nothing.
But a record that was signed and cannot be read, or that once could be, may have refused: nobody can tell.
"""

from __future__ import annotations

from gitregistry.records.common import Record
from gitregistry.registry.opening import Broken
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce


def may_have_spoken(
    snapshot: Snapshot, trust: TrustInForce, record: type[Record], kind: str, fault: tuple[str, Broken]
) -> bool:
    """Whether somebody in trust signed what lies at a path, or anything that ever lay there.

    Args:
        fault: the path, and why what lies there cannot be used.
    """
    path, broken = fault
    if any(trust.owner(key) is not None for key in broken.keys):
        return True
    for version in snapshot.tree.versions(path):
        if version.record is None or version.signature is None:
            continue
        try:
            keys = snapshot.open_version(record, kind, path, (version.record, version.signature)).keys
        except Broken as earlier:
            keys = earlier.keys
        if any(trust.owner(key) is not None for key in keys):
            return True
    return False


def way_out(snapshot: Snapshot, path: str) -> str:
    """What takes the step out of the branch that left a record unusable."""
    version = snapshot.left_by(path)
    if version is None:
        return "registry verify names the step"
    return f"git rebase --onto {version.commit}^ {version.commit}   (takes out the step that left it so)"
