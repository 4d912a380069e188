"""Watching a release after it came to an environment: what was seen of it, round by round, and the verdict.

Pure: a watch is a value, a round gives the next one. Time only counts while somebody looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from gitregistry.records.evidence import Asked, Measurement
from gitregistry.records.policy import AbortCondition, Policy
from gitregistry.registry.moments import moment_of
from gitregistry.rules.profiles import every_transition

Sight = Literal["ok", "breach", "no data"]
# Between two rounds so many times the usual pause may lie, and the time between still counts as watched.
_LAPSE = 3


class Seen(NamedTuple):
    """What one round found of one condition.

    Attributes:
        check: the condition's check.
        words: what was seen against its bound, or why nothing was.
        measurements: the values, when a server was asked for them.
        asked: the question that it was asked, answered or not; None when evidence was looked at.
        evidence: digest of the evidence that it rests on, when one was looked at.
    """

    check: str
    sight: Sight
    words: str
    measurements: tuple[Measurement, ...] = ()
    asked: Asked | None = None
    evidence: str | None = None


class Streak(NamedTuple):
    """How many rounds in a row, up to the last one, found a condition breached, or found nothing."""

    breached: int = 0
    no_data: int = 0


class Watch(NamedTuple):
    """What a guard knows of the release that it watches.

    Attributes:
        alias: digest of the alias record that brought the release: whatever replaces it ends the watch.
        policy: digest of the policy that the streaks were counted under.
        begun: when the watch began.
        last: when the last round was; None before the first.
        watched: seconds that lie between rounds.
        rounds: how many there were.
        streaks: by the check's name.
        breach: what it must go back for, once that is certain; whatever is seen later, that stays.
    """

    alias: str
    policy: str
    begun: str
    last: str | None = None
    watched: int = 0
    rounds: int = 0
    streaks: Mapping[str, Streak] = {}
    breach: tuple[Seen, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether the last round found every condition kept."""
        return bool(self.streaks) and all(streak == Streak() for streak in self.streaks.values())


def begun(alias: str, policy: str, now: str) -> Watch:
    """A watch before its first round."""
    return Watch(alias, policy, now)


def under(watch: Watch, policy: str) -> Watch:
    """The same watch under the policy in force: what was counted under another one is counted anew."""
    return watch if watch.policy == policy else watch._replace(policy=policy, streaks={})


def after_round(
    watch: Watch, conditions: Sequence[AbortCondition], found: Sequence[Seen], now: str, pause: float
) -> Watch:
    """The watch after one more round.

    Args:
        found: one for each condition, in their order.
        pause: seconds between two rounds, as a rule.
    """
    streaks = {
        condition.fails: _next(watch.streaks.get(condition.fails, Streak()), seen.sight)
        for condition, seen in zip(conditions, found, strict=True)
    }
    breach = tuple(
        seen
        for condition, seen in zip(conditions, found, strict=True)
        if is_over(condition, streaks[condition.fails])
    )
    return watch._replace(
        last=now,
        watched=watch.watched + _gap(watch.last, now, pause),
        rounds=watch.rounds + 1,
        streaks=streaks,
        breach=watch.breach or breach,
    )


def is_over(condition: AbortCondition, streak: Streak) -> bool:
    """Whether so many rounds in a row are enough to go back."""
    return streak.breached >= condition.breached_rounds or streak.no_data >= condition.no_data_rounds


def is_passed(watch: Watch, seconds: float | None) -> bool:
    """Whether it was watched for long enough, and the last look found nothing to wait for.

    Args:
        seconds: how long it is watched; None for as long as it is there.
    """
    return seconds is not None and watch.watched >= seconds and watch.quiet and not watch.breach


def _next(streak: Streak, sight: Sight) -> Streak:
    """One kind of round does not end a row of the other: only a good one does."""
    if sight == "breach":
        return streak._replace(breached=streak.breached + 1)
    if sight == "no data":
        return streak._replace(no_data=streak.no_data + 1)
    return Streak()


def _gap(last: str | None, now: str, pause: float) -> int:
    """Seconds since the last round; none across a time when nobody looked, or when the clock was set back."""
    if last is None:
        return 0
    seconds = (moment_of(now) - moment_of(last)).total_seconds()
    return int(seconds) if 0 <= seconds <= max(_LAPSE * pause, 60) else 0


def faults_in_guarding(policy: Policy) -> Iterator[str]:
    """Why the conditions under ``abort_when`` cannot be watched."""
    for place, name, transition in every_transition(policy):
        environment = name.removeprefix("to_")
        if transition.guard_for is not None and not transition.abort_when:
            yield f"{place}.guard_for: there is nothing under abort_when to watch for"
        checks = [condition.fails for condition in transition.abort_when]
        for check in dict.fromkeys(checks):
            where = f"{place}.abort_when: {check}"
            if checks.count(check) > 1:
                yield f"{where} stands twice"
            yield from _faults_in_condition(policy, where, check, environment)


def _faults_in_condition(policy: Policy, where: str, name: str, environment: str) -> Iterator[str]:
    check = policy.checks.get(name)
    if check is None:
        yield f"{where} is not defined under checks"
    elif check.type not in ("evidence", "measurement"):
        yield f"{where} is of the type {check.type}; a guard watches evidence and measurements"
    elif check.prometheus is not None and check.baseline is not None:
        yield f"{where} is asked of Prometheus and has a baseline; a guard knows fixed bounds alone"
    elif check.environment not in (None, environment):
        yield f"{where} is measured in {check.environment}, so nothing in {environment} breaches it"
