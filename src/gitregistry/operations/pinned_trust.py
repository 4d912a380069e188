"""Following trust back to the pin: whether the trust that lies on the branch came to be lawfully.

A trust record vouches for everybody, so nothing in it can vouch for itself. Where a pin is known, every
version since the first is judged before anything is written or resolved under the latest; the
digest that passed is kept beside the pin, so that this costs something only after a change.
"""

from __future__ import annotations

from gitregistry.errors import Refused
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import NoChains
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.findings import Finding
from gitregistry.rules.recovery import RECOVERY
from gitregistry.rules.step import Case, Law, Step
from gitregistry.rules.trust_rules import check_trust
from gitregistry.storage.commit_info import commit_info

_HINT = "registry verify says which commit brought it and what to do"


def follow_trust(workspace: Workspace, snapshot: Snapshot, law: Law, pin: str) -> None:
    """Judge every version of trust from the pin to the one in the snapshot.

    Raises:
        Refused: the pin is that of no trust begun here, a later one came unlawfully, or trust was begun anew
            after the one that the pin names.
    """
    lawful: TrustInForce | None = None
    begun: list[str] = []
    anew: Finding | None = None
    for version in snapshot.tree.versions(paths.TRUST):
        if version.record is None or version.signature is None:
            continue
        try:
            opened = snapshot.open_version(Trust, "trust", paths.TRUST, (version.record, version.signature))
            info = commit_info(workspace.objects, [version.commit])[version.commit]
            found = _findings(snapshot, opened, lawful, law, from_epoch(info.committer.time))
            if any(finding.rule != RECOVERY for finding in found):
                continue
            lawful = TrustInForce(opened)
        except Broken:  # a version that cannot be used never was in force
            continue
        if found or not begun:
            anew = found[0] if pin in begun else None
            begun.append(opened.digest)
    if pin not in begun:
        raise _another_registry(begun, pin)
    if anew is not None:
        raise Refused(anew.message, path=paths.TRUST, hint=anew.hint)
    if lawful is None or lawful.digest != law.trust.digest:
        raise Refused(
            "this trust did not come to be lawfully: nothing is done under it", path=paths.TRUST, hint=_HINT
        )


def _another_registry(begun: list[str], pin: str) -> Refused:
    first = begun[0] if begun else "none that can be used"
    return Refused(
        f"the first trust record is {first}, the pin is {pin}: this is another registry",
        path=paths.TRUST,
        hint="clone again from a source you trust; registry trust pin shows the pin that is kept",
    )


def _findings(
    snapshot: Snapshot, opened: Opened[Trust], lawful: TrustInForce | None, law: Law, time: str
) -> list[Finding]:
    """What the judge has against a version of trust that follows the lawful one."""
    step = Step(
        before=snapshot if lawful is not None else None,
        after=snapshot,
        changes=(),
        time=time,
        now=time,
        parent_time=None,
        chain=NoChains(),
        existed=lambda _path: True,
    )
    force = Law(lawful if lawful is not None else TrustInForce(opened), law.policy)
    return list(check_trust(Case(step, force, paths.Location("trust"), opened)))
