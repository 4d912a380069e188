"""Two releases side by side."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gitregistry.registry.comparison import Field, Scalar
from gitregistry.views.blocks import Row, Table, View


def comparison(before: str, after: str, fields: Sequence[Field]) -> View:
    """What ``registry diff A B`` answers."""
    document = {"from": before, "to": after, "fields": field_documents(fields)}
    return View(document, (field_table(before, after, fields, f"from {before} to {after}"),))


def field_documents(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Each with ``name``, ``before``, ``after`` and ``differs``."""
    return [
        {"name": field.name, "before": field.before, "after": field.after, "differs": field.differs}
        for field in fields
    ]


def field_table(before: str, after: str, fields: Sequence[Field], title: str) -> Table:
    """A line for each field; numbers say by how much they rose or fell."""
    rows = [
        Row(
            (field.name, _words(field.before), _words(field.after) + _rise(field)),
            "warn" if field.differs else "dim",
        )
        for field in fields
    ]
    return Table(("field", before, after), tuple(rows), title, "the manifests do not differ")


def _words(value: Scalar | None) -> str:
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rise(field: Field) -> str:
    """`` (+0.012)``; nothing where there is no number to compare with."""
    before, after = field.before, field.after
    if not field.differs or isinstance(before, bool) or isinstance(after, bool):
        return ""
    if isinstance(before, int | Decimal) and isinstance(after, int | Decimal):
        return f" ({after - before:+f})" if isinstance(after - before, Decimal) else f" ({after - before:+d})"
    return ""
