"""JSON Schemas of the records, written by pydantic from the annotations that the readers use."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from gitregistry.records.kinds import KINDS


def json_schemas() -> dict[str, str]:
    """File name to JSON text, one for each kind of record."""
    return {f"{kind}.schema.json": _schema(kind) for kind in KINDS}


def _schema(kind: str) -> str:
    schema = TypeAdapter(KINDS[kind]).json_schema()
    _close(schema)
    schema["required"] = ["kind", "schema_version", *schema.get("required", [])]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"gitregistry {kind} record"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _close(schema: dict[str, object]) -> None:
    """Unknown fields are errors to the reader, so they are to an editor."""
    for part in _objects(schema):
        part.setdefault("additionalProperties", False)


def _objects(schema: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            found.append(schema)
        for part in schema.values():
            found += _objects(part)
    elif isinstance(schema, list):
        for part in schema:
            found += _objects(part)
    return found
