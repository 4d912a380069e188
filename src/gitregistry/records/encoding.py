"""From a record to the exact bytes that are signed."""

from __future__ import annotations

from gitregistry.records.common import Record
from gitregistry.records.shapes import plain
from gitregistry.records.yaml_writer import write


def encode(record: Record, *, header: tuple[str, ...] = ()) -> bytes:
    """The record's YAML: deterministic, empty fields left out."""
    return write(plain(record), header=header)
