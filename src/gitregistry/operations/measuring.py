"""What measures a release from outside, as the verbs that ask it see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from gitregistry.errors import BadInput, CannotTell
from gitregistry.records.evidence import Asked, Measurement
from gitregistry.records.policy import Check
from gitregistry.rules.measured import out_of_bounds
from gitregistry.rules.questions import ENVIRONMENT, WINDOW, Place, filled


class Question(NamedTuple):
    """One query about one release.

    Attributes:
        measurement: the name that the value is recorded under.
        slice_label: the label whose values name slices; None where one value alone is expected.
    """

    expression: str
    window: str | None
    measurement: str
    unit: str | None = None
    slice_label: str | None = None


class Measured(NamedTuple):
    """The values that came, never none; ``remarks`` are the source's own warnings."""

    values: tuple[Measurement, ...]
    asked: Asked
    remarks: tuple[str, ...] = ()


class NoData(CannotTell):
    """No value came: nobody can tell. ``asked`` says what was asked all the same."""

    def __init__(self, message: str, asked: Asked, *, hint: str | None = None) -> None:
        super().__init__(message, path=asked.url, hint=hint)
        self.asked = asked


Source = Callable[[Question, datetime], Measured]


def question_of(check: Check, place: Place) -> Question | None:
    """What the policy asks of Prometheus for a check; None when it names no query."""
    wanted = check.prometheus
    if wanted is None or check.measurement is None:
        return None
    expression = filled(wanted.query, wanted.window, place._replace(environment=check.environment))
    return Question(expression, wanted.window, check.measurement, check.unit, wanted.slice_label)


def typed_question(query: str, window: str | None, place: Place, measurement: str) -> Question:
    """A query as somebody typed it.

    Raises:
        BadInput: it uses a word in braces that nothing stands for.
    """
    for word, value, option in (
        (WINDOW, window, "--window 30m"),
        (ENVIRONMENT, place.environment, "--environment ENV"),
    ):
        if word in query and value is None:
            raise BadInput(f"the query uses {word}, and nothing says what it stands for", hint=option)
    return Question(filled(query, window, place), window, measurement)


def outside(values: Sequence[Measurement], check: Check) -> str | None:
    """Which of the values lies outside of a check's bounds, in words; None when none does."""
    return next((fault for item in values if (fault := out_of_bounds(item, check))), None)
