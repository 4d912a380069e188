"""JSON Schemas of the records, written by pydantic from the annotations that the readers use.

They are for editors: what a field means stands beside its shape. They are a little stricter than the
readers: text that another YAML reader would take for a number needs its quotes here.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from gitregistry.records.kinds import KINDS, STATEMENTS
from gitregistry.records.meanings import meanings_of
from gitregistry.records.shapes import written

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A manifest handed to ``register`` may leave out what is filled in there.
_MANIFEST_NEEDS = ["model_name", "version"]


def json_schemas() -> dict[str, str]:
    """File name to JSON text: one for each kind, and one for what is given to ``register``."""
    schemas = {kind: _schema(kind) for kind in (*KINDS, *STATEMENTS)}
    schemas["manifest"] = _schema("release") | {
        "title": "gitregistry release manifest",
        "description": "What is given to `registry register`, which fills in the rest and signs it.",
        "required": _MANIFEST_NEEDS,
    }
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def _schema(kind: str) -> dict[str, Any]:
    record = KINDS[kind] if kind in KINDS else STATEMENTS[kind]
    schema = TypeAdapter(record).json_schema()
    _describe(schema, meanings_of("Record", record.__name__))
    for name, nested in schema.get("$defs", {}).items():
        _describe(nested, meanings_of(name))
    for part in _objects(schema):
        if "properties" in part:
            part["properties"] = {written(name): shape for name, shape in part["properties"].items()}
        if "required" in part:
            part["required"] = [written(name) for name in part["required"]]
        part.setdefault("additionalProperties", False)  # unknown fields are errors to the reader too
    properties = schema["properties"]
    properties["schema_version"] = {"const": 1, "description": properties["schema_version"]["description"]}
    del properties["kind"]["default"]
    schema["required"] = ["kind", "schema_version", *schema.get("required", [])]
    return {"$schema": _DIALECT, "title": f"gitregistry {kind} record", **schema}


def _describe(schema: dict[str, Any], meanings: dict[str, str]) -> None:
    """Say what the record and its fields mean, and leave out what says nothing."""
    schema.pop("title", None)
    schema["description"] = " ".join(schema["description"].replace("``", "`").split())
    for name, shape in schema["properties"].items():
        shape.pop("title", None)
        if shape.get("default", "") is None:
            del shape["default"]
        if shape.get("maximum") == 2**53:
            del shape["maximum"]
        shape["description"] = meanings[name]


def _objects(schema: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(schema, dict):
        if schema.get("type") == "object" and ("properties" in schema or "patternProperties" in schema):
            found.append(schema)
        for part in schema.values():
            found += _objects(part)
    elif isinstance(schema, list):
        for part in schema:
            found += _objects(part)
    return found
