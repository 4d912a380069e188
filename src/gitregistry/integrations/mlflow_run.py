"""What a run of MLflow says, by its server's answer.

A run holds what was measured, never a verdict: the bounds of the policy's check decide, or a mapping names
where a verdict stands. MLflow writes NaN as the text ``"NaN"``, and keeps infinity as the largest double.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.integrations.found import Found
from gitregistry.integrations.json_mapping import MeasurementMapping, ReportMapping
from gitregistry.integrations.json_pointer import at
from gitregistry.integrations.json_report import apply
from gitregistry.records.evidence import Measurement, Window
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value
from gitregistry.registry.moments import moment_text

_LARGEST: Final = Decimal("1.7976931348623157e308")
_EVERY_METRIC: Final = ReportMapping(
    measurements=(MeasurementMapping(named_by="/key", each="/run/data/metrics", value="/value"),)
)
_CHOOSE: Final = "choose the metrics that count: --mapping MAP.yaml"


def read_run(data: bytes, name: str, mapping: ReportMapping | None) -> Found:
    """What the server's answer for a run says: every metric that it holds last, or what a mapping chooses.

    Raises:
        BadInput: it is no such answer, the run has not ended, or a value is missing or no number.
    """
    document = read_json(data, name)
    status = at(document, "/run/info/status", name)
    if at(document, "/run/info/lifecycle_stage", name) != "active":
        raise BadInput("the run was deleted", path=name, hint="name another run")
    if status not in ("FINISHED", "FAILED", "KILLED"):
        raise BadInput(
            f"the run has not ended: {shown(str(status))}", path=name, hint="wait until it is FINISHED"
        )
    found = _applied(document, data, name, mapping)
    for item in found.measurements:
        _require_finite(item, name)
    if status != "FINISHED":
        found = found._replace(result="error", remarks=(f"the run is {status}",))
    return found if found.observed is not None else found._replace(observed=_window(document, name))


def _applied(document: Value, data: bytes, name: str, mapping: ReportMapping | None) -> Found:
    try:
        return apply(mapping or _EVERY_METRIC, document, data, name)
    except BadInput as fault:
        if mapping is not None:
            raise
        raise BadInput(fault.message, path=name, line=fault.line, hint=_CHOOSE) from None


def _require_finite(item: Measurement, name: str) -> None:
    if abs(item.value) >= _LARGEST:
        raise BadInput(f"{shown(item.name)} is infinite", path=name, hint=_CHOOSE)


def _window(document: Value, name: str) -> Window | None:
    """From the run's start to its end, where both are said."""
    info = at(document, "/run/info", name)
    times = [info.get(field) for field in ("start_time", "end_time")] if isinstance(info, dict) else []
    if len(times) != 2 or any(time is None for time in times):
        return None
    try:
        start, end = (moment_text(datetime.fromtimestamp(int(str(time)) / 1000, UTC)) for time in times)
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            "its times are no times", path=name, hint="start_time and end_time are in ms"
        ) from None
    return Window(start=start, end=end)
