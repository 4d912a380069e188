"""``registry attest --from``: the report says how the check ended, and is shown before anything is signed."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from gitregistry.cli.output import show_on_error_stream
from gitregistry.errors import BadInput
from gitregistry.integrations.found import Found, Source, read_bounded
from gitregistry.integrations.json_mapping import read_mapping
from gitregistry.integrations.sources import Read, read_source
from gitregistry.operations.attest import CheckResult
from gitregistry.views.finding import finding_view

_RUN = "mlflow:"


class Asked(NamedTuple):
    """Where to read, as it was typed; the last three only where they are needed."""

    source: str
    format: str | None
    mapping: Path | None
    tracking_uri: str | None


def told(given: CheckResult, asked: Asked) -> CheckResult:
    """What was given, with all that a report says; shown on standard error.

    Raises:
        BadInput: the report cannot be read, or both say the same thing.
    """
    _require_untold(given)
    mapped = read_mapping(asked.mapping) if asked.mapping is not None else None
    if asked.source.startswith(_RUN):
        if asked.format not in (None, "mlflow"):
            raise BadInput("a run is read as mlflow", hint=f"leave out --format {asked.format}")
        read = read_source(_fetched(asked), "mlflow", mapped)
    else:
        if asked.tracking_uri is not None:
            raise BadInput("--tracking-uri is for a run of a server", hint="--from mlflow:RUN_ID")
        read = read_source(_file(asked.source), asked.format, mapped)
    made = _joined(given, read)
    show_on_error_stream(finding_view(made, read.found.remarks))
    return made


def _fetched(asked: Asked) -> Source:
    from gitregistry.integrations.mlflow import fetch_run, tracking_server  # noqa: PLC0415 - files need no network

    return fetch_run(tracking_server(asked.tracking_uri, os.environ), asked.source.removeprefix(_RUN))


def _file(named: str) -> Source:
    path = Path(named)
    try:
        return Source(path.as_posix(), read_bounded(path, "report"))
    except BadInput as fault:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\S*", named):  # as it was typed before there were reports
            raise BadInput(
                fault.message, path=fault.path, hint="for the observation window: --observed-from TIME"
            ) from None
        raise


def _require_untold(given: CheckResult) -> None:
    for option, value in (("--metric", given.measurements), ("--report", given.report)):
        if value:
            raise BadInput(f"the report says what was measured: leave out {option}")


def _joined(given: CheckResult, read: Read) -> CheckResult:
    found: Found = read.found
    if given.observed is not None and found.observed is not None:
        raise BadInput(
            f"the report says when it was measured ({found.observed.start} to {found.observed.end})",
            hint="leave out --observed-from and --observed-to",
        )
    return replace(
        given,
        result=found.result,
        measurements=found.measurements,
        observed=found.observed or given.observed,
        tool=given.tool or found.tool,
        report=read.report,
    )
