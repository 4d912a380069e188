"""Holds: a release that was rolled back from an environment does not come back until a person lifts that.

A hold is no record. It follows from the chain of the environment: the newest rollback that left the release.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from gitregistry.records import paths
from gitregistry.registry.chains import Link
from gitregistry.registry.moments import SKEW, moment_of, moment_text
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.trust import OPERATOR
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.step import Law

if TYPE_CHECKING:
    from gitregistry.records.lift import Lift  # only what was rolled back has any
    from gitregistry.records.release import Release
    from gitregistry.registry.snapshot import Snapshot
    from gitregistry.rules.requirements import Promotion  # which asks for this

HELD = "not_held"


class Departure(NamedTuple):
    """That a release was rolled back from an environment, by which record, and the time of its step."""

    environment: str
    rollback: Link
    time: str


class Hold(NamedTuple):
    """A departure, the lift that ended the hold, and why other lifts of it do not count."""

    departure: Departure
    lift: Opened[Lift] | None
    doubts: tuple[str, ...] = ()


def departure(tip: Link | None, release: Opened[Release]) -> Departure | None:
    """The newest rollback that left a release, whoever made it and whatever became of them since.

    Looked for no farther back than the release's own time: no step is dated before an earlier one, nor a
    record after its step, by more than clocks may differ.
    """
    begun = moment_text(moment_of(release.record.created_at) - 2 * SKEW)
    if tip is None or not tip.rolled_back:
        return None
    for link in tip.backwards():
        if not link.rolled_back or (link.time or begun) < begun:
            return None
        if link.leaves(release.digest):
            record = link.opened.record
            return Departure(record.environment, link, link.time or record.created_at)
    return None


def holds(
    law: Law, snapshot: Snapshot, release: Opened[Release], departed: Iterable[Departure], time: str
) -> list[Hold]:
    """What became of each departure: still held, or lifted by somebody whose word counts at ``time``."""
    from gitregistry.records.lift import Lift  # noqa: PLC0415 - as above

    folder = paths.lifts_folder(release.record.model_name, release.record.version)
    lifts = [
        found for found in snapshot.open_folder(Lift, "lift", folder) if isinstance(found, Opened)
    ]  # one that cannot be used lifts nothing; verify reports it
    return [_hold(law, release, departure, lifts, time) for departure in departed]


def _hold(
    law: Law, release: Opened[Release], departure: Departure, lifts: list[Opened[Lift]], time: str
) -> Hold:
    doubts = []
    for found in lifts:
        record = found.record
        about = (record.release_digest, record.environment, record.rollback)
        if about != (release.digest, departure.environment, departure.rollback.opened.digest):
            continue
        try:
            require_lifter(law, found, release, time)
        except Broken as broken:
            doubts.append(f"the lift by {record.created_by} does not count: {broken.message}")
            continue
        return Hold(departure, found)
    return Hold(departure, None, tuple(doubts))


def require_lifter(law: Law, lift: Opened[Lift], release: Opened[Release], time: str) -> None:
    """Raise Broken unless a person who operates there, and may lift this, signed it.

    With four eyes, whoever registered a release does not say that it is good after all.
    """
    record = lift.record
    if not law.trust.knows(record.registry_id):
        raise Broken("registry-id", "it belongs to another registry")
    signer = law.trust.authorise(lift, [OPERATOR], time, record.model_name, record.environment)
    if signer.kind != "person":
        raise Broken("principal-kind", f"{signer.id} is a {signer.kind}; only a person can lift a hold")
    if _is_own(law, signer.id, release):
        raise Broken(
            "separation",
            f"{signer.id} registered the release",
            hint=f"registry trust grant ID {OPERATOR}   (another person, who lifts it then)",
        )


def _is_own(law: Law, who: str, release: Opened[Release]) -> bool:
    separate = law.policy.record.separation_of_duties
    return law.trust.four_eyes and "release_author" in separate and who == release.record.created_by


def hold_requirement(
    law: Law, snapshot: Snapshot, promotion: Promotion, departed: list[Departure]
) -> Requirement:
    """The requirement ``not_held`` of a release that was rolled back on the way: met when all is lifted."""
    release = promotion.release
    found = holds(law, snapshot, release, departed, promotion.time)
    held = next((hold for hold in found if hold.lift is None), None)
    if held is None:
        return Requirement(HELD, True, tuple(_support(hold) for hold in found))
    where = held.departure.environment
    reason = "; ".join((held_words(held.departure), *held.doubts))
    lifters = [
        person.id
        for person in law.trust.holders(OPERATOR, release.record.model_name, where)
        if person.kind == "person" and not _is_own(law, person.id, release)
    ]
    hint = f"registry lift {release.record.model_name}:{release.record.version} --in {where} --reason '…'"
    if lifters:
        hint += f"   (as {' or '.join(lifters)})"
    else:
        hint = f"registry trust grant ID {OPERATOR}   (nobody else holds {OPERATOR} here, who lifts it then)"
    return Requirement(HELD, False, reason=reason, hint=hint, rule="hold")


def held_words(departure: Departure) -> str:
    """``it was rolled back from production at … by alice@example.com: too many errors``."""
    record = departure.rollback.opened.record
    why = f": {record.reason}" if record.reason else ""
    return f"it was rolled back from {departure.environment} at {departure.time} by {record.created_by}{why}"


def _support(hold: Hold) -> Support:
    assert hold.lift is not None  # noqa: S101 - the caller has looked
    record = hold.lift.record
    return Support(
        hold.lift.path,
        hold.lift.digest,
        record.created_by,
        record.created_at,
        measured=f"lifted in {record.environment}: {record.reason}",
        bound=held_words(hold.departure),
    )
