"""Whether the policy on the branch came into force lawfully, asked before any command that it names is run.

A command is run with the rights of whoever checks, so what lies at the tip is not enough, and neither is one
administrator's signature: every version since the first is judged by the trust of its day, which has to lead
back to the pin.
"""

from __future__ import annotations

import os

from gitregistry.errors import CannotTell, Refused
from gitregistry.operations.past_law import descends
from gitregistry.operations.present import Present
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import PastVersion, Snapshot
from gitregistry.registry.snapshot_chains import SnapshotChains
from gitregistry.registry.trust import TrustInForce, trust_in_force
from gitregistry.rules.step import Case, Law, Step
from gitregistry.rules.trust_rules import check_policy
from gitregistry.storage.commit_info import commit_info
from gitregistry.storage.pins import read_pin


def require_lawful_policy(workspace: Workspace, present: Present) -> None:
    """Judge every version of the policy up to the present one.

    Raises:
        CannotTell: no pin is known, so nothing says whose policy this is.
        Refused: the present one came unlawfully.
    """
    if read_pin(workspace.repository, os.environ) is None:
        raise CannotTell(
            "no pin is known here, so nothing says whose policy this is: its commands are not run",
            hint="export REGISTRY_PIN=sha256:…, as whoever made the registry gave it to you",
        )
    lawful: Opened[Policy] | None = None
    for version in present.snapshot.tree.versions(paths.POLICY):
        try:
            lawful = _judged(workspace, present, version, lawful) or lawful
        except Broken:  # a version that cannot be used never was in force
            continue
    if lawful is None or lawful.digest != present.law.policy.digest:
        raise Refused(
            "this policy did not come into force lawfully: none of its commands is run",
            path=paths.POLICY,
            hint="registry verify says which commit brought it and what to do",
        )


def _judged(
    workspace: Workspace, present: Present, version: PastVersion, before: Opened[Policy] | None
) -> Opened[Policy] | None:
    """The policy of a version, if it lawfully followed the one before."""
    if version.record is None or version.signature is None:
        return None
    snapshot = present.snapshot
    oids = (version.record, version.signature)
    opened = snapshot.open_version(Policy, "policy", paths.POLICY, oids)
    info = commit_info(workspace.objects, [version.commit])[version.commit]
    at = info.parents[0] if info.parents and before is not None else version.commit
    trust = trust_in_force(workspace.snapshot(at))
    if trust is None or not descends(snapshot, present.law.trust, trust.digest):
        return None
    time = from_epoch(info.committer.time)
    return opened if not list(check_policy(_case(snapshot, trust, before, opened, time))) else None


def _case(
    snapshot: Snapshot, trust: TrustInForce, before: Opened[Policy] | None, opened: Opened[Policy], time: str
) -> Case[Policy]:
    step = Step(
        before=snapshot if before is not None else None,
        after=snapshot,
        changes=(),
        time=time,
        now=time,
        parent_time=None,
        chain=SnapshotChains(snapshot),
        existed=lambda _path: True,
    )
    return Case(step, Law(trust, before or opened), paths.Location("policy"), opened)
