"""Status: what should be live against what the deployment records say is live."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.registry.answers import Place
from gitregistry.views.blocks import Row, Table, Text, View
from gitregistry.views.emergency import ReviewsDue


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


def status(registry: str, commit: str, places: Sequence[Place], reviews: ReviewsDue) -> View:
    """Every model in every environment that it reached, and the reviews that emergencies wait for."""
    documents = []
    rows = []
    for place in places:
        said = drift(place)
        bindings = place.deployment.bindings if place.deployment else ()
        serving = [
            f"{binding.revision} = {binding.version} {binding.traffic_percent} %"
            + (f" {binding.mode}" if binding.mode != "live" else "")
            for binding in bindings
        ]
        should = place.alias.version if place.alias else "-"
        documents.append(
            {
                "model_name": place.model,
                "environment": place.environment,
                "should": place.alias.version if place.alias else None,
                "since": place.alias.created_at if place.alias else None,
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
            }
        )
        cells = (place.model, place.environment, should, ", ".join(serving) or "-", said or "as it should be")
        rows.append(Row(cells, "warn" if said else "good"))
    document = {
        "registry": registry,
        "commit": commit,
        "environments": documents,
        "reviews_due": reviews.documents,
    }
    columns = ("model", "environment", "should be live", "is live", "drift")
    table = Table(columns, tuple(rows), empty="nothing was promoted yet")
    return View(document, (table, *reviews.blocks, Text(f"{registry} at {commit[:12]}", "dim")))
