"""Line records form chains as aliases do: what lies in the tree decides nothing by itself."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.line import Line
from gitregistry.records.policy import Policy
from gitregistry.records.trust import Principal
from gitregistry.registry.joined import were_known
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.past_law import law_before
from gitregistry.registry.snapshot import PastVersion, Snapshot
from gitregistry.registry.trust import OPERATOR, TrustInForce, ready_trust, trust_in_force


class LineLink(NamedTuple):
    """One record of a line, and whether it says that promotions go on and could say so when it came in."""

    opened: Opened[Line]
    resumes: bool


# The records of one line that follow each other, oldest first.
LineChain = tuple[LineLink, ...]


def line_chain(snapshot: Snapshot, model: str | None) -> LineChain:
    """A model's line, or the fleet's for None, as the snapshot's own history tells it."""
    path = paths.line(model)
    try:
        trust = trust_in_force(snapshot)
    except Broken:  # nobody is known then, and nothing can be promoted
        return ()
    chain: LineChain = ()
    for version in snapshot.tree.versions(path):
        if trust is None or version.record is None or version.signature is None:
            continue
        try:
            opened = snapshot.open_version(Line, "line", path, (version.record, version.signature))
        except Broken:  # verify reports the step that brought it
            continue
        if were_known(snapshot, trust, opened.keys, version):
            resumes = opened.record.state == "running" and _resumed(snapshot, trust, opened, version)
            chain = extended(chain, LineLink(opened, resumes), trust)
    return chain


def extended(chain: LineChain, link: LineLink, trust: TrustInForce) -> LineChain:
    """The chain with a record at its end, if it follows and was made for this line by somebody in trust."""
    record = link.opened.record
    belongs = (
        link.opened.path == paths.line(record.model_name)
        and trust.knows(record.registry_id)
        and all(trust.owner(key) is not None for key in link.opened.keys)
    )
    return (*chain, link) if belongs and follows(record, chain) else chain


def follows(line: Line, chain: LineChain) -> bool:
    """Whether a record is the next one of a chain, by number and by digest."""
    sequence, digest = (chain[-1].opened.record.sequence, chain[-1].opened.digest) if chain else (0, None)
    return (line.sequence, line.previous) == (sequence + 1, digest)


def resumes_rightly(opened: Opened[Line], trust: TrustInForce, policy: Policy, at: str) -> bool:
    """Whether a record says that promotions go on, and may under the law that it came in by at that time."""
    if opened.record.state != "running":
        return False
    try:
        signer = require_resumer(opened, trust, policy, at, opened.record.model_name)
    except Broken:  # verify reports the step that brought it; here it only ends no stop
        return False
    return signer.kind == "person"


def require_resumer(
    opened: Opened[Line], trust: TrustInForce, policy: Policy, at: str, model: str | None
) -> Principal:
    """Who signed it, and operates in every environment of the policy; for the fleet, over all models.

    Raises:
        Broken: somebody does not, or it is not theirs.
    """
    signers = [
        trust.authorise(opened, [OPERATOR], at, model or "*", environment)
        for environment in [item.name for item in policy.environments] or ["*"]
    ]
    return signers[0]


def _resumed(snapshot: Snapshot, trust: TrustInForce, opened: Opened[Line], version: PastVersion) -> bool:
    """Whether it could resume by the law before the step that brought it."""
    try:
        in_force = snapshot.open(Policy, "policy", paths.POLICY)
        law = law_before(snapshot, trust.opened, in_force, version.commit) if in_force is not None else None
        if law is None:
            return False
        was, policy = law
        return resumes_rightly(opened, ready_trust(snapshot, was), policy.record, from_epoch(version.time))
    except Broken:  # under a law that cannot be used nothing is promoted at all
        return False
