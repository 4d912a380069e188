"""What changes on a model's page, for whoever signs it."""

from __future__ import annotations

from gitregistry.records.model import Model
from gitregistry.views.blocks import Facts, View


def page_view(old: Model | None, new: Model) -> View:
    """Owner, description and risk tier, each as it was and as it would be."""
    pairs = (
        ("owner", _changed(old.owner if old else None, new.owner)),
        ("description", _changed(old.description if old else None, new.description)),
        ("risk tier", _changed(old.risk_tier if old else None, new.risk_tier)),
    )
    return View(dict(pairs), (Facts(pairs, f"the page of {new.model_name}"),))


def _changed(old: str | None, new: str | None) -> str:
    return f"{new or 'none'}" if old == new else f"{old or 'none'} → {new or 'none'}"
