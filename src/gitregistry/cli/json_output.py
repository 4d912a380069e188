"""Printing for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=_scalar) + "\n")


def print_json_line(document: Mapping[str, Any]) -> None:
    """One JSON object on one line of standard output, at once."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_scalar) + "\n")
    sys.stdout.flush()


def _scalar(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and "." not in str(value) else float(value)
    return str(value)
