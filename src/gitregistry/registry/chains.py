"""Alias and deployment records form chains: each names the digest of the one that it replaces.

The file in the tree is the latest link, as long as nobody put an older one back. A chain says what is
truly the latest, what ever served, and what to go back to. Order comes from the links, never from a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import ReleaseReference
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force


@dataclass(frozen=True, slots=True)
class Good:
    """A release that served and was not rolled back from, and those before it: a stack that links share."""

    release: ReleaseReference
    below: Good | None


@dataclass(frozen=True, slots=True)
class Link:
    """One alias record, the commit that brought it, the link that it replaced, and the good releases then."""

    opened: Opened[Alias]
    commit: str | None
    previous: Link | None
    good: Good

    def backwards(self) -> Iterator[Link]:
        """This link, the one before it, and so on to the first."""
        link: Link | None = self
        while link is not None:
            yield link
            link = link.previous


ChainReader = Callable[[str, str], Link | None]


def linked(opened: Opened[Alias], commit: str | None, previous: Link | None) -> Link:
    """The chain one link longer."""
    return Link(opened, commit, previous, _good_after(previous.good if previous else None, opened.record))


def served(tip: Link | None, release_digest: str) -> bool:
    """Whether a release was ever pointed at."""
    return tip is not None and any(
        link.opened.record.release_digest == release_digest for link in tip.backwards()
    )


def fallback_after(tip: Link | None, alias: Alias, usable: Callable[[str], bool]) -> ReleaseReference | None:
    """What a record that follows ``tip`` names as its rollback target: the last good release but its own.

    ``usable`` says of a version whether it may still be pointed at.
    """
    good: Good | None = _good_after(tip.good if tip else None, alias)
    while good is not None:
        if good.release.release_digest != alias.release_digest and usable(good.release.version):
            return good.release
        good = good.below
    return None


def _good_after(good: Good | None, alias: Alias) -> Good:
    """A promotion puts its release on top. A rollback takes off what it leaves and all above its target."""
    here = ReleaseReference(version=alias.version, release_digest=alias.release_digest)
    if alias.action == "promote" or good is None:
        return good if good is not None and good.release == here else Good(here, good)
    left = good.release
    kept = []
    below = good.below
    while below is not None and below.release != here:
        below = below.below
    while below is not None:
        if below.release != left:
            kept.append(below.release)
        below = below.below
    rest: Good | None = None
    for release in reversed(kept):
        rest = Good(release, rest)
    return rest if rest is not None and rest.release == here else Good(here, rest)


def alias_chain(snapshot: Snapshot, model: str, environment: str) -> Link | None:
    """The chain as a snapshot's own history tells it.

    It starts from the record in the tree, follows ``previous`` back through the past, and goes on forward to
    any later record that somebody in trust signed: if there is one, the tree holds a replay. When the record
    in the tree cannot be used, the longest chain that can be is the one.
    """
    path = paths.alias(model, environment)
    trust = trust_in_force(snapshot)
    known = _past_records(snapshot, path, trust)
    links: dict[str, Link] = {}
    for opened, commit in sorted(known.values(), key=lambda found: found[0].record.sequence):
        before = opened.record.previous
        if before is None or before in links:
            links[opened.digest] = linked(opened, commit, links[before] if before else None)
    try:
        present = snapshot.open(Alias, "alias", path)
    except Broken:  # the judge reports it; the chain is what the rest of history says
        present = None
    tip = links.get(present.digest) if present is not None else None
    for link in links.values():  # by sequence: the first successor of a tip comes before its own
        if tip is None or link.previous is tip:
            tip = link
    return tip


def _past_records(
    snapshot: Snapshot, path: str, trust: TrustInForce | None
) -> dict[str, tuple[Opened[Alias], str]]:
    """Every usable record that ever lay at an alias's path, by digest, with the commit that brought it."""
    found: dict[str, tuple[Opened[Alias], str]] = {}
    for version in snapshot.tree.versions(path):
        if version.record is None or version.signature is None:
            continue
        try:
            opened = snapshot.open_version(Alias, "alias", path, (version.record, version.signature))
        except Broken:  # unusable records move no alias; verify reports the step that brought them
            continue
        if trust is None or all(trust.owner(key) is not None for key in opened.keys):
            found.setdefault(opened.digest, (opened, version.commit))
    return found
