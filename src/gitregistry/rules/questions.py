"""What a source of measurements is asked about a release, and whether evidence rests on that question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Check

WINDOW = "{window}"
ENVIRONMENT = "{environment}"


class Place(NamedTuple):
    """The release that a question is about, and where it was measured."""

    model: str
    version: str
    environment: str | None


def filled(query: str, window: str | None, place: Place) -> str:
    """A query about one release: the words in braces replaced, which no PromQL has for anything else.

    Names hold neither quotes nor backslashes, so they cannot leave the string that they stand in.
    """
    for word, value in (
        (WINDOW, window),
        ("{model}", place.model),
        ("{version}", place.version),
        (ENVIRONMENT, place.environment),
    ):
        if value is not None:
            query = query.replace(word, value)
    return query


def other_question(record: Evidence, check: Check) -> str | None:
    """Why evidence does not rest on the query that the policy asks for; None when it does."""
    wanted = check.prometheus
    if wanted is None:
        return None
    if record.query is None:
        return "it names no query, the policy asks Prometheus itself"
    place = Place(record.model_name, record.version, check.environment)
    if record.query.expression != filled(wanted.query, wanted.window, place):
        return "it was asked by another query than the policy's"
    if record.query.window != wanted.window:
        return f"it was asked over {record.query.window}, the policy asks over {wanted.window}"
    if record.query.result_digest is None:
        return "it names no answer to its query"
    return None


def faults_in_query(name: str, check: Check) -> Iterator[str]:
    """Why the query of a check cannot be asked."""
    wanted = check.prometheus
    if wanted is None:
        return
    where = f"checks.{name}.prometheus"
    if check.type != "measurement":
        yield f"{where}: it belongs to the type measurement"
    if (WINDOW in wanted.query) != (wanted.window is not None):
        yield f"{where}: {WINDOW} in its query stands for its window; give both, or neither"
    if check.every_slice_of is not None and wanted.slice_label != check.every_slice_of:
        yield f"{where}.slice_label: every_slice_of asks for {check.every_slice_of}, so it names that too"
    if ENVIRONMENT in wanted.query and check.environment is None:
        yield f"{where}.query: {ENVIRONMENT} stands for the check's environment, and it names none"
