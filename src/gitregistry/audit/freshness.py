"""Whether a branch still holds what was seen of it, or was rewritten, cut short, or is an old copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitregistry.audit.marks import lags, marks_of
from gitregistry.audit.verdict import Verdict
from gitregistry.records import paths
from gitregistry.registry.moments import clearly_after
from gitregistry.rules.findings import Finding
from gitregistry.storage.ancestry import follows_first_parents
from gitregistry.storage.objects import Objects
from gitregistry.storage.seen import Seen


def is_whole(verdict: Verdict) -> bool:
    """Whether all of a history was judged, from a pin: only then can it be held against anything."""
    return verdict.pin is not None and verdict.unknown is None


def judge_freshness(objects: Objects, verdict: Verdict, seen: Seen, now: str) -> Verdict:
    """The verdict on a branch's tip with what speaks against it from before.

    Args:
        seen: what was seen of this branch of the registry with this pin.
        now: the verifier's own time.
    """
    if not is_whole(verdict):
        return verdict
    found = [*_clock(seen, now), *_findings(objects, verdict, seen)]
    return with_findings(verdict, found)


def with_findings(verdict: Verdict, found: list[Finding]) -> Verdict:
    """The verdict with more findings; any makes it fail."""
    if not found:
        return verdict
    return replace(verdict, verdict="fail", findings=(*verdict.findings, *found))


def seen_now(verdict: Verdict, branch: str, place: str, now: str) -> Seen | None:
    """What there is to remember of a verdict on a branch's tip; None when it did not pass."""
    if verdict.verdict != "pass" or verdict.reached is None:
        return None
    return Seen(branch, verdict.head, place, now, marks_of(verdict.reached))


def place_of_head(objects: Objects, head: str, other: str) -> str:
    """How ``head`` stands to ``other`` along first parents.

    ``holds`` it or is it; is ``behind`` it; is ``aside``, on another way; or the other is ``absent`` here.
    """
    if objects.resolve(other) is None:
        return "absent"
    if follows_first_parents(objects.repository, other, head):
        return "holds"
    return "behind" if follows_first_parents(objects.repository, head, other) else "aside"


def _clock(seen: Seen, now: str) -> Iterator[Finding]:
    newest = seen.marks.newest
    if newest is not None and clearly_after(newest, now):
        yield Finding(
            "clock",
            paths.ROOT,
            f"this machine's clock says {now}, but a step of {newest} was seen here before",
            "timedatectl set-ntp true, or set the clock otherwise",
        )


def _findings(objects: Objects, verdict: Verdict, seen: Seen) -> Iterator[Finding]:
    standing = place_of_head(objects, verdict.head, seen.head)
    if standing == "holds":
        return
    branch, then = seen.branch.removeprefix("refs/heads/"), f"seen at {seen.time} in {seen.place}"
    words = {
        "behind": f"{branch} is behind {seen.head}, {then}: it was cut short, or is an old copy",
        "aside": f"{branch} no longer leads back to {seen.head}, {then}: history was rewritten",
        "absent": f"{branch} does not hold {seen.head}, {then}: "
        "it is an old copy, was cut short, or was rewritten",
    }[standing]
    way_out = f"registry trust pin {verdict.pin} --forget"
    hint = (
        f"find out who rewrote it, and go back: git reset {seen.head}; if it was meant: {way_out}"
        if standing == "aside"
        else f"git pull; if that does not help, the remote serves old history; if that is meant: {way_out}"
    )
    yield Finding("freshness", paths.ROOT, words, hint)
    if verdict.reached is not None:
        for lag in lags(marks_of(verdict.reached), seen.marks):
            yield Finding("freshness", lag.path, f"{lag.words}, which was {then}", hint)
