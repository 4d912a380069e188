"""Status: what should be live against what the deployment records say is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitregistry.operations.artifact_notes import NEVER, Look
from gitregistry.records.alias import Alias
from gitregistry.records.line import Line
from gitregistry.registry.answers import Place
from gitregistry.rules.expiry import Expiring
from gitregistry.views.blocks import Row, Table, Text, View
from gitregistry.views.emergency import ReviewsDue
from gitregistry.views.stops import stop_blocks, stop_documents


class Status(NamedTuple):
    """What is asked of a registry on a Friday: what drifts, and what will not last."""

    registry: str
    commit: str
    places: Sequence[Place]
    expiring: Sequence[Expiring]
    reviews: ReviewsDue
    stops: Sequence[Line] = ()
    artifacts: Mapping[tuple[str, str], Look] = {}


def drift(place: Place) -> str | None:
    """How what serves differs from what should; None when it does not."""
    if place.fault:
        return place.fault
    if place.withdrawn and place.alias is not None:
        return f"{place.alias.version} was withdrawn and is still promoted"
    if place.deployment is None:
        return "no deployment is recorded" if place.alias else None
    serving = [binding for binding in place.deployment.bindings if binding.mode != "shadow"]
    if place.alias is None:
        return "serves, but nothing is promoted here" if serving else None
    wrong = [
        f"{binding.revision} serves {binding.version} with {binding.traffic_percent} %"
        for binding in serving
        if binding.release_digest != place.alias.release_digest
    ]
    if not wrong:
        return None if serving else f"nothing serves {place.alias.version}"
    return f"{'; '.join(wrong)}; {place.alias.version} should"


def _should(alias: Alias) -> str:
    if alias.action == "promote":
        return alias.version
    return f"{alias.version} (rolled back{f': {alias.reason}' if alias.reason else ''})"


def status(found: Status, within: str) -> View:
    """Every model in every environment that it reached; what is stopped, what is due, what ends soon."""
    documents = []
    rows = []
    for place in found.places:
        said = drift(place)
        bindings = place.deployment.bindings if place.deployment else ()
        serving = [
            f"{binding.revision} = {binding.version} {binding.traffic_percent} %"
            + (f" {binding.mode}" if binding.mode != "live" else "")
            for binding in bindings
        ]
        should = _should(place.alias) if place.alias else "-"
        look = found.artifacts.get((place.model, place.environment), NEVER)
        documents.append(
            {
                "model_name": place.model,
                "environment": place.environment,
                "should": place.alias.version if place.alias else None,
                "since": place.alias.created_at if place.alias else None,
                "action": place.alias.action if place.alias else None,
                "reason": place.alias.reason if place.alias else None,
                "serving": [
                    {
                        "revision": binding.revision,
                        "version": binding.version,
                        "mode": binding.mode,
                        "traffic_percent": binding.traffic_percent,
                    }
                    for binding in bindings
                ],
                "drift": said,
                "artifact_seen_whole": look.whole,
                "artifact_fault": look.fault,
            }
        )
        seen = (look.whole or "never") if look.fault is None else f"NOT WHOLE: {look.fault}"
        cells = (
            place.model,
            place.environment,
            should,
            ", ".join(serving) or "-",
            said or "as it should be",
            seen if place.alias else "-",
        )
        rows.append(Row(cells, "warn" if said or look.fault else "good"))
    document = {
        "registry": found.registry,
        "commit": found.commit,
        "stopped": stop_documents(found.stops),
        "environments": documents,
        "reviews_due": found.reviews.documents,
        "within": within,
        "expiring": [_ending(item) for item in found.expiring],
    }
    columns = ("model", "environment", "should be live", "is live", "drift", "artifact seen whole")
    table = Table(columns, tuple(rows), empty="nothing was promoted yet")
    soon = (_soon(found.expiring, within),) if found.expiring else ()
    blocks = (*stop_blocks(found.stops), *found.reviews.blocks, table, *soon)
    return View(document, (*blocks, Text(f"{found.registry} at {found.commit[:12]}", "dim")))


def _ending(item: Expiring) -> dict[str, Any]:
    ending = item.ending
    return {
        "model_name": item.model,
        "version": item.version,
        "environment": item.environment,
        "requirement": ending.requirement,
        "kind": ending.kind,
        "by": ending.signer,
        "ends": ending.ends,
        "because": ending.because,
        "path": ending.path,
    }


def _soon(expiring: Sequence[Expiring], within: str) -> Table:
    rows = []
    for item in sorted(expiring, key=lambda item: item.ending.ends):
        ending = item.ending
        what = f"{ending.kind} by {ending.signer}"
        release = f"{item.model}:{item.version}"
        cells = (release, item.environment, ending.requirement, what, f"{ending.ends} ({ending.because})")
        rows.append(Row(cells, "warn"))
    columns = ("release", "on its way to", "requirement", "rests on", "which counts until")
    return Table(columns, tuple(rows), f"Will count no more within {within}")
