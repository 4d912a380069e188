"""Line records form chains as aliases do: what lies in the tree decides nothing by itself."""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.line import Line
from gitregistry.registry.joined import were_known
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force

# The records of one line that follow each other, oldest first.
LineChain = tuple[Opened[Line], ...]


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
            chain = extended(chain, opened, trust)
    return chain


def extended(chain: LineChain, opened: Opened[Line], trust: TrustInForce) -> LineChain:
    """The chain with a record at its end, if it follows and was made for this line by somebody in trust."""
    record = opened.record
    belongs = (
        opened.path == paths.line(record.model_name)
        and trust.knows(record.registry_id)
        and all(trust.owner(key) is not None for key in opened.keys)
    )
    return (*chain, opened) if belongs and follows(record, chain) else chain


def follows(line: Line, chain: LineChain) -> bool:
    """Whether a record is the next one of a chain, by number and by digest."""
    sequence, digest = (chain[-1].record.sequence, chain[-1].digest) if chain else (0, None)
    return (line.sequence, line.previous) == (sequence + 1, digest)
