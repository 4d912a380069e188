"""Alias and deployment records form chains: each names the digest of the one that it replaces.

The file in the tree is the latest link, as long as nobody put an older one back. A chain says what is
truly the latest, what ever served, and what to go back to. Order comes from the links, never from a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import ReleaseReference
from gitregistry.registry.moments import from_epoch, to_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import PastVersion, Snapshot
from gitregistry.registry.trust import TrustInForce, trust_in_force

if TYPE_CHECKING:
    from gitregistry.registry.lines import LineChain  # seldom is anything stopped

When = Callable[[], str | None]
Look = Callable[[str], bool]


class Link:
    """One alias record, the commit that brought it, and the link it replaced, read when it is asked for.

    ``rolled_back`` says whether this or any link before it is a rollback; None when only looking tells.
    """

    __slots__ = ("_load", "_look", "_previous", "_when", "commit", "opened", "rolled_back", "vouched_by")

    def __init__(
        self,
        opened: Opened[Alias],
        commit: str | None,
        load: Callable[[], Link | None],
        when: str | When | None = None,
        rolled_back: bool | Look | None = None,
    ) -> None:
        self.opened = opened
        self.commit = commit
        self._look = rolled_back if callable(rolled_back) else None
        known = None if callable(rolled_back) else rolled_back
        self.rolled_back: bool | None = True if opened.record.action == "rollback" else known
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
        record = self.opened.record
        return ReleaseReference(version=record.version, release_digest=record.release_digest)

    def rolled_back_since(self, moment: str) -> bool:
        """Whether this link, or one before it whose step is not of before a moment, may be a rollback."""
        for link in self.backwards():
            if link.rolled_back is not None:
                return link.rolled_back
            if link._look is not None:
                return link._look(moment)
        return False

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
    return Link(opened, commit, lambda: previous, time, previous.rolled_back if previous else False)


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
    path = paths.alias(model, environment)
    versions = snapshot.tree.versions(path)
    present = _open_version(snapshot, path, versions[-1]) if versions else None
    # The usual case: every version is a link, so their number is the last one's, which names the one before.
    if present is not None and present.record.sequence == len(versions):
        tip = _lazy_link(snapshot, path, present, len(versions) - 1)
        if follows(present.record, tip.previous):
            return tip
    return _searched_chain(snapshot, path)


def _open_version(snapshot: Snapshot, path: str, version: PastVersion) -> Opened[Alias] | None:
    """A record of the past, if it can be used, was made for this alias, and its signer is known to trust."""
    if version.record is None or version.signature is None:
        return None
    try:
        trust = trust_in_force(snapshot)
        opened = snapshot.open_version(Alias, "alias", path, (version.record, version.signature))
    except Broken:  # unusable records move no alias; verify reports the step that brought them
        return None
    return opened if trust is not None and belongs(opened, trust) else None


def _lazy_link(snapshot: Snapshot, path: str, opened: Opened[Alias], index: int) -> Link:
    """A link that finds its predecessor among the earlier versions when it is asked for it."""

    def load() -> Link | None:
        if opened.record.previous is None:
            return None
        for earlier in range(index - 1, -1, -1):
            found = _open_version(snapshot, path, snapshot.tree.versions(path)[earlier])
            if found is not None and found.digest == opened.record.previous:
                return _lazy_link(snapshot, path, found, earlier)
        return None

    def look(moment: str) -> bool:
        return _may_have_rolled_back(snapshot, snapshot.tree.versions(path)[:index], to_epoch(moment))

    version = snapshot.tree.versions(path)[index]
    return Link(opened, version.commit, load, from_epoch(version.time), look if index else False)


def _may_have_rolled_back(snapshot: Snapshot, versions: Sequence[PastVersion], since: int) -> bool:
    """Whether any of these records may be a rollback, told from its bytes: far sooner than by opening it.

    Unless something is escaped, the word stands in a rollback as it is.
    """
    for version in reversed(versions):
        if version.time < since:
            return False
        data = snapshot.tree.blob(version.record) if version.record is not None else None
        if data is not None and (b"\\" in data or b"rollback" in data.replace(b"rollback_target", b"")):
            return True
    return False


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


def _searched_chain(snapshot: Snapshot, path: str) -> Link | None:
    """The chain by trying every record that ever lay here, in the order of history."""
    tip: Link | None = None
    for version in snapshot.tree.versions(path):
        opened = _open_version(snapshot, path, version)
        if opened is not None and follows(opened.record, tip):
            tip = linked(opened, version.commit, tip, from_epoch(version.time))
    return tip
