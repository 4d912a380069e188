"""A guard whose server says what a test lists, and whose time passes without waiting."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

from gitregistry.operations.guard import Clock, Post, Round, guard
from gitregistry.operations.measuring import Measured, NoData, Question
from gitregistry.operations.workspace import Workspace
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Asked, Measurement
from gitregistry.registry.moments import moment_text
from gitregistry.signing.signers import KeyChoice, signer_for
from tests.support.registry import Registry


class Time:
    """Begins now, and goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.sleep)


class Script:
    """A server that gives these values in turn, and the last one for ever: a number, None for no data."""

    def __init__(self, *values: str | None) -> None:
        self._values = list(values)
        self.asked: list[Question] = []

    def __call__(self, question: Question, now: datetime) -> Measured:
        self.asked.append(question)
        value = self._values.pop(0) if len(self._values) > 1 else self._values[0]
        asked = Asked(
            source="prometheus",
            url="http://script",
            expression=question.expression,
            window=question.window,
            evaluated_at=moment_text(now),
            result_digest=digest_of(str(value).encode()),
        )
        if value is None:
            raise NoData("no data: the script says so", asked)
        return Measured(
            (Measurement(name=question.measurement, value=Decimal(value), unit=question.unit),), asked
        )


def post(
    registry: Registry,
    source: Script | None,
    time: Time | None = None,
    *,
    key: str = "deploy-bot",
    place: str = "canary",
    length: float | None = None,
    once: bool = False,
) -> Post:
    """A guard over ``churn`` in a registry, every ten seconds."""
    return Post(
        model="churn",
        place=place,
        open=lambda: Workspace(registry.folder),
        remote=lambda _workspace: None,
        signer=signer_for(KeyChoice(registry.keys[key], None, "the test"), terminal=False),
        key=key,
        source=source,
        environment=os.environ,
        clock=(time or Time()).clock,
        pause=10,
        length=length,
        once=once,
    )


def rounds(
    given: Post, most: int = 50, between: Callable[[Round], None] = lambda _done: None
) -> Sequence[Round]:
    """Its rounds until it ends; no more than so many."""
    found: list[Round] = []
    for done in guard(given):
        found.append(done)
        between(done)
        assert len(found) <= most, "it does not end"
    return found


def first_rounds(given: Post, most: int) -> list[Round]:
    """So many of its rounds: then it is gone without another word, as after a kill."""
    return list(islice(guard(given), most))


def sights(found: Sequence[Round]) -> list[str]:
    """What each round saw of its only condition."""
    return [seen.sight for done in found for seen in done.seen]
