"""Soak: how long an alias must have pointed at a release, by the dates of the steps that moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from gitregistry.registry.chains import ChainReader, Link
from gitregistry.registry.moments import duration_of, moment_of, moment_text
from gitregistry.rules.commands import promote_command
from gitregistry.rules.fallbacks import is_by_mover
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.step import Law

if TYPE_CHECKING:
    from gitregistry.records.policy import Policy
    from gitregistry.rules.requirements import Promotion  # which asks for this

SOAK = "min_time_in_"


class Stretch(NamedTuple):
    """A time in which an alias pointed at a release without a break.

    ``first`` began it; by ``ended`` another release took its place, None while it lasts.
    """

    first: Link
    ended: Link | None


def soak_requirements(
    law: Law, chain: ChainReader, promotion: Promotion, least: Mapping[str, str]
) -> Iterator[Requirement]:
    """A requirement for each environment that the release must have been in for so long."""
    for environment, duration in least.items():
        yield _soaked(law, chain, promotion, environment, duration)


def _soaked(
    law: Law, chain: ChainReader, promotion: Promotion, environment: str, duration: str
) -> Requirement:
    release = promotion.release
    found = _last_stretch(law, chain(release.record.model_name, environment), release.digest)
    again = f"registry promote {release.record.model_name}:{release.record.version} --to"
    if isinstance(found, str):
        return _unmet(environment, f"{found} {environment}", f"{again} {environment}")
    since = found.first.time
    until = found.ended.time if found.ended is not None else promotion.time
    if since is None or until is None:
        reason = f"nobody can say since when it is in {environment}"
        return _unmet(environment, reason, "registry verify names the step")
    lasted = max(moment_of(until) - moment_of(since), timedelta())
    needed = duration_of(duration)
    of = f"for {lasted_words(lasted)} of {lasted_words(needed)}"
    if lasted >= needed:
        return Requirement(SOAK + environment, True, (_support(found, environment, of),))
    if found.ended is not None:
        reason = f"it was in {environment} from {since} until {until}, {of}, and another release is there now"
        return _unmet(environment, reason, f"{again} {environment}")
    ready = moment_text(moment_of(since) + needed)
    reason = f"in {environment} since {since}, {of}; from {ready} on it can go"
    return _unmet(environment, reason, f"{promote_command(promotion)}   (from {ready} on)")


def _last_stretch(law: Law, tip: Link | None, release_digest: str) -> Stretch | str:
    """The present stretch of a release in an environment, else its last one; or why none counts.

    One that a rollback ended does not count. What somebody put there who may not move aliases breaks it.
    """
    ended: Link | None = None
    for link in tip.backwards() if tip is not None else ():
        if link.leaves(release_digest):
            return "it was rolled back from"
        if _is_there(law, link, release_digest):
            return Stretch(_first(law, link, release_digest), ended)
        ended = link
    return "it was never in"


def _first(law: Law, link: Link, release_digest: str) -> Link:
    """The record that began a stretch: the release may have been promoted there again meanwhile."""
    first = link
    for earlier in link.backwards():
        if not _is_there(law, earlier, release_digest):
            break
        first = earlier
    return first


def _is_there(law: Law, link: Link, release_digest: str) -> bool:
    return link.release.release_digest == release_digest and is_by_mover(law, link)


def _unmet(environment: str, reason: str, hint: str) -> Requirement:
    return Requirement(SOAK + environment, False, reason=reason, hint=hint, rule="soak")


def _support(found: Stretch, environment: str, words: str) -> Support:
    opened = found.first.opened
    since = found.first.time or opened.record.created_at
    until = f" until {found.ended.time}" if found.ended is not None else ""
    measured = f"in {environment} {'from' if until else 'since'} {since}{until}"
    return Support(opened.path, opened.digest, opened.record.created_by, since, measured, words)


def lasted_words(lasted: timedelta) -> str:
    """``3 h``, ``1 d 12 h``, ``25 min``: the two greatest units, the rest left out."""
    seconds = int(lasted.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def soak_words(environment: str, duration: str) -> str:
    """What a promotion asks for, as a sentence."""
    return f"it has been in {environment} for {lasted_words(duration_of(duration))} without a break"


def faults_in_soaks(policy: Policy, known: Sequence[str]) -> Iterator[str]:
    """Why they cannot be applied."""
    from gitregistry.rules.profiles import every_transition  # noqa: PLC0415 - few transitions ask for it

    for place, name, transition in every_transition(policy):
        target = name.removeprefix("to_")
        before = known[: known.index(target)] if target in known else known
        for environment in transition.min_time_in:
            where = f"{place}.min_time_in.{environment}"
            if environment not in known:
                yield f"{where}: there is no environment {environment}"
            elif environment not in before:
                yield f"{where}: {environment} does not stand above {target}"
