"""Alias and deployment records form chains: each names the digest of the one that it replaces.

The file in the tree is the latest link, as long as nobody put an older one back. A chain says what is
truly the latest, what ever served, and what to go back to. Order comes from the links, never from a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import ReleaseReference
from gitregistry.registry.joined import were_known
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import PastVersion, Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force

if TYPE_CHECKING:
    from gitregistry.registry.lines import LineChain  # seldom is anything stopped

When = Callable[[], str | None]


class Link:
    """One alias record, the commit that brought it, and the link it replaced, read when it is asked for.

    ``rolled_back`` says whether this or any link before it is a rollback.
    """

    __slots__ = ("_load", "_previous", "_release", "_when", "commit", "opened", "rolled_back", "vouched_by")

    def __init__(
        self,
        opened: Opened[Alias],
        commit: str | None,
        load: Callable[[], Link | None],
        when: str | When | None = None,
        *,
        rolled_back: bool,
    ) -> None:
        self.opened = opened
        self._release: ReleaseReference | None = None
        self.commit = commit
        self.rolled_back = rolled_back or opened.record.action == "rollback"
        self._load: Callable[[], Link | None] | None = load
        self._previous: Link | None = None
        # The trust under which it was last seen that somebody who may move aliases made the record: links
        # far back are asked about again and again.
        self.vouched_by: TrustInForce | None = None
        self._when = when

    @property
    def time(self) -> str | None:
        """When its commit was made, by the commit's own date; None when nobody can say."""
        if callable(self._when):
            self._when = self._when()
        return self._when

    @property
    def previous(self) -> Link | None:
        """The link before; None for the first."""
        if self._load is not None:
            self._previous, self._load = self._load(), None
        return self._previous

    @property
    def release(self) -> ReleaseReference:
        """What the record points at."""
        if self._release is None:
            record = self.opened.record
            self._release = ReleaseReference(version=record.version, release_digest=record.release_digest)
        return self._release

    def leaves(self, release_digest: str) -> bool:
        """Whether the record is a rollback away from a release."""
        return (
            self.opened.record.action == "rollback"
            and self.opened.record.release_digest != release_digest
            and self.previous is not None
            and self.previous.opened.record.release_digest == release_digest
        )

    def backwards(self) -> Iterator[Link]:
        """This link, the one before it, and so on to the first."""
        link: Link | None = self
        while link is not None:
            yield link
            link = link.previous


class ChainReader(Protocol):
    """What truly is the latest of each chain at some place in history."""

    def __call__(self, model: str, environment: str, /) -> Link | None:
        """An alias's latest record; None when nothing was ever promoted there."""

    def line(self, model: str | None) -> LineChain:
        """All records of a model's line, or of the fleet's for None; none when it was never stopped."""


def linked(opened: Opened[Alias], commit: str | None, previous: Link | None, time: str | None = None) -> Link:
    """The chain one link longer."""
    before = previous.rolled_back if previous is not None else False
    return Link(opened, commit, lambda: previous, time, rolled_back=before)


def follows(alias: Alias, tip: Link | None) -> bool:
    """Whether a record is the next one after ``tip``, by number and by digest."""
    sequence, digest = (tip.opened.record.sequence, tip.opened.digest) if tip else (0, None)
    return (alias.sequence, alias.previous) == (sequence + 1, digest)


def belongs(opened: Opened[Alias], trust: TrustInForce) -> bool:
    """Whether a record was made for the alias it lies at, in this registry, by somebody known to trust."""
    record = opened.record
    return (
        opened.path == paths.alias(record.model_name, record.environment)
        and trust.knows(record.registry_id)
        and all(trust.owner(key) is not None for key in opened.keys)
    )


def served(tip: Link | None, release_digest: str) -> bool:
    """Whether a release was ever pointed at."""
    return tip is not None and any(
        link.opened.record.release_digest == release_digest for link in tip.backwards()
    )


def fallback_after(
    tip: Link | None,
    alias: Alias,
    usable: Callable[[str], bool],
    counts: Callable[[Link], bool] = lambda _link: True,
) -> ReleaseReference | None:
    """What a record that follows ``tip`` names as its rollback target: the last good release but its own.

    Args:
        usable: whether a version may still be pointed at.
        counts: whether a link put its release there rightfully.
    """
    follower = linked(Opened("", alias, "", ()), None, tip)
    for release in good_releases(follower, counts):
        if release.release_digest != alias.release_digest and usable(release.version):
            return release
    return None


def good_releases(tip: Link, counts: Callable[[Link], bool]) -> Iterator[ReleaseReference]:
    """The releases that are good in an environment, the present one first: a stack, read from the top.

    A promotion puts its release on top. A rollback takes off what it leaves, wherever it lies, and all
    above its target.
    """
    seeking: list[_Rollback] = []
    top: ReleaseReference | None = None
    for link in tip.backwards():
        if link is not tip and not counts(link):
            continue
        # What lies deeper went through the earlier rollbacks first: the last one appended is the earliest.
        if link.release != top and all(rollback.admits(link.release) for rollback in reversed(seeking)):
            yield link.release
        top = link.release
        if link.opened.record.action == "rollback" and link.previous is not None:
            seeking.append(_Rollback(link.release, link.previous.release))


class _Rollback:
    """What a rollback lets through of the stack below it: what is under its target, without what it left."""

    def __init__(self, target: ReleaseReference, left: ReleaseReference) -> None:
        self._target: ReleaseReference | None = target
        self._left = left

    def admits(self, release: ReleaseReference) -> bool:
        if self._target is not None:
            if release == self._target:
                self._target = None
            return False
        return release != self._left


def alias_chain(snapshot: Snapshot, model: str, environment: str) -> Link | None:
    """The chain as a snapshot's own history tells it: from the first commit on, each record that follows.

    What does not follow (a replay, a record of another place, a second successor) is no link, as in a replay
    of the history; what lies in the tree decides nothing by itself.
    """
    key = (model, environment)
    if key not in snapshot.chains:
        snapshot.chains[key] = _read_chain(snapshot, model, environment)
    known: Link | None = snapshot.chains[key]
    return known


def _read_chain(snapshot: Snapshot, model: str, environment: str) -> Link | None:
    """Try every record that ever lay there, in the order of history; no number of them proves the others."""
    path = paths.alias(model, environment)
    tip: Link | None = None
    for version in snapshot.tree.versions(path):
        opened = _open_version(snapshot, path, version)
        if opened is not None and follows(opened.record, tip):
            tip = linked(opened, version.commit, tip, from_epoch(version.time))
    return tip


def _open_version(snapshot: Snapshot, path: str, version: PastVersion) -> Opened[Alias] | None:
    """A record of the past, if it can be used, was made for this alias, and its signer was known to trust."""
    if version.record is None or version.signature is None:
        return None
    try:
        trust = trust_in_force(snapshot)
        opened = snapshot.open_version(Alias, "alias", path, (version.record, version.signature))
    except Broken:  # unusable records move no alias; verify reports the step that brought them
        return None
    if trust is None or not belongs(opened, trust):
        return None
    return opened if were_known(snapshot, trust, opened.keys, version) else None


def newest_link(snapshot: Snapshot, model: str, environment: str) -> Link | None:
    """The chain of a snapshot that is known to hold nothing unlawful, and no rollback of this alias.

    Its latest link is what lies there. Earlier ones are found newest first, as far back as anybody asks. None
    of them says which commit it is of, and for when that was made all are read.
    """
    path = paths.alias(model, environment)
    opened = snapshot.open(Alias, "alias", path)
    return _link_back(snapshot, opened, snapshot.tree.past(path)) if opened is not None else None


def _link_back(snapshot: Snapshot, opened: Opened[Alias], past: Iterator[PastVersion]) -> Link:
    def load() -> Link | None:
        if opened.record.previous is None:
            return None
        for version in past:
            found = _open_version(snapshot, opened.path, version)
            if found is not None and found.digest == opened.record.previous:
                return _link_back(snapshot, found, past)
        return None

    def when() -> str | None:
        chain = alias_chain(snapshot, opened.record.model_name, opened.record.environment)
        links = chain.backwards() if chain is not None else ()
        return next((link.time for link in links if link.opened.digest == opened.digest), None)

    return Link(opened, None, load, when, rolled_back=False)
