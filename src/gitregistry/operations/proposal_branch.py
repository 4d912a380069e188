"""A proposal that travels on a branch of its own is signed for the registry's branch, not for that one."""

from __future__ import annotations

from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of
from gitregistry.records.kinds import KINDS
from gitregistry.records.trust import Trust
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force


def require_registry_branch(workspace: Workspace, path: str, data: bytes) -> None:
    """Raise BadInput when the branch itself holds this very text without the signatures that it needs.

    There it lies for others to sign; judged on that branch it would be its own predecessor.
    """
    if path not in (paths.TRUST, paths.POLICY):
        return  # a model's page is not carried by a branch of its own: it is seen to be unchanged
    snapshot = workspace.snapshot(workspace.commit())
    entry = snapshot.tree.entry(path)
    if entry is None or digest_of(snapshot.tree.blob(entry.oid) or b"") != digest_of(data):
        return
    if _is_in_force(snapshot, path):
        return
    branch = workspace.ref.removeprefix("refs/heads/")
    raise BadInput(
        f"the branch {branch} carries this as a proposal; it is not in force there",
        path=path,
        hint=f"name the registry's own branch: registry sign {path} --branch main",
    )


def _is_in_force(snapshot: Snapshot, path: str) -> bool:
    """Whether as many administrators signed it as the trust before it asks for, and a trust itself."""
    kind = "trust" if path == paths.TRUST else "policy"
    try:
        present: Opened[Record] | None = snapshot.open(KINDS[kind], kind, path)
        trust = trust_in_force(snapshot) if kind == "policy" else _trust_before(snapshot, present)
    except Broken:  # what cannot be used is reported when it is judged
        return True
    if present is None:
        return True
    asked = [trust] if trust is not None else []
    if isinstance(present.record, Trust):
        asked.append(TrustInForce(Opened(path, present.record, present.digest, present.keys)))
    return all(
        len(one.agreeing(present, present.record.created_at)) >= getattr(one.record.thresholds, kind)
        for one in asked
    )


def _trust_before(snapshot: Snapshot, present: Opened[Record] | None) -> TrustInForce | None:
    """The trust that a version names as the one it follows; None for a first one."""
    named = getattr(present.record, "previous", None) if present is not None else None
    for version in snapshot.tree.versions(paths.TRUST):
        if named is None or version.record is None or version.signature is None:
            continue
        opened = snapshot.open_version(Trust, "trust", paths.TRUST, (version.record, version.signature))
        if opened.digest == named:
            return TrustInForce(opened)
    return None
