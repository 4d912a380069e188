"""What SARIF 2.1.0 (OASIS, sections 3.13 to 3.58) says of the parts that ``verify`` writes."""

from __future__ import annotations

from typing import Any


def _object(needed: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(needed),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_BAG = {"type": "object"}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_MESSAGE = _object(("text",), text=_TEXT)
_BOTH = _object(("text",), text=_TEXT, markdown=_TEXT)

_RULE = _object(("id",), id=_TEXT, shortDescription=_BOTH, fullDescription=_BOTH, help=_BOTH)
_PLACE = _object(
    physicalLocation=_object(
        ("artifactLocation",),
        artifactLocation=_object(("uri",), uri={"type": "string", "format": "uri-reference"}),
        region=_object(startLine={"type": "integer", "minimum": 1}),
    )
)
_RESULT = _object(
    ("message",),
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_PLACE),
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
    properties=_BAG,
)
_INVOCATION = _object(
    ("executionSuccessful",),
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=_list(_object(("message",), level=_LEVEL, message=_MESSAGE)),
)
_RUN = _object(
    ("tool",),
    tool=_object(("driver",), driver=_object(("name",), name=_TEXT, rules=_list(_RULE))),
    invocations=_list(_INVOCATION),
    results=_list(_RESULT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    properties=_BAG,
)

SHAPE: dict[str, Any] = _object(
    ("version", "runs"), **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": _list(_RUN)}
)
