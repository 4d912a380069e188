"""``registry attest --prometheus``."""

from __future__ import annotations

import os
from dataclasses import replace

from gitregistry.cli.output import note as say
from gitregistry.cli.session import now
from gitregistry.cli.session_read import now_text
from gitregistry.errors import BadInput
from gitregistry.integrations.prometheus import server_for
from gitregistry.operations.attest import CheckResult, known_check
from gitregistry.operations.attest_measured import (
    Typed,
    measured_result,
    question_for,
    require_no_result,
)
from gitregistry.operations.reading import read_at
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.operations.workspace import Workspace
from gitregistry.records.common import Duration
from gitregistry.records.evidence import Result
from gitregistry.records.shapes import ShapeFault, converter_of
from gitregistry.rules.measured import values_words
from gitregistry.rules.questions import Place


def typed_question(
    query: str | None,
    window: str | None,
    metrics: list[str],
    unit: str | None,
    slice_label: str | None,
    results: list[Result],
) -> Typed:
    """What was typed, when it fits together."""
    if len(metrics) > 1 or any("=" in name for name in metrics):
        raise BadInput("the server says the value; --metric only names it, once", hint="--metric error_rate")
    if len(results) > 1:
        raise BadInput("say how the check ended, once", hint=" or ".join(f"--{word}" for word in results))
    if window is not None:
        try:
            converter_of(Duration)(window)
        except ShapeFault as fault:
            raise BadInput(f"--window: {fault.message}", hint="--window 30m") from None
    metric = metrics[0] if metrics else None
    return Typed(query, window, metric, unit, slice_label, results[0] if results else None)


def asked_server(
    workspace: Workspace, url: str, release: ReleaseName, given: CheckResult, typed: Typed
) -> CheckResult:
    """What was given, with what the server says when it is asked what the policy wants to know."""
    reading = read_at(workspace, None, now_text())
    check = known_check(reading.law.policy.record, given.check)
    require_release(reading.snapshot, release.model, release.version)
    require_no_result(given.check, check, typed)
    place = Place(release.model, release.version, given.environment)
    measured = server_for(url, os.environ)(question_for(given.check, check, place, typed), now())
    for remark in measured.remarks:
        say(f"note: the server says: {remark}")
    found = measured_result(given.check, check, typed, measured)
    say(f"measured {values_words(measured.values, check)}: {found.result}")
    return replace(
        given,
        result=found.result,
        measurements=found.measurements,
        observed=found.observed,
        query=found.query,
    )
