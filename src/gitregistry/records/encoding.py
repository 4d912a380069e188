"""From a record to the exact bytes that are signed, and the digests and namespaces that name them."""

from __future__ import annotations

from hashlib import sha256

from gitregistry.records.common import Record
from gitregistry.records.shapes import plain
from gitregistry.records.yaml_writer import write


def encode(record: Record, *, header: tuple[str, ...] = ()) -> bytes:
    """The record's YAML: deterministic, empty fields left out."""
    return write(plain(record), header=header)


def digest_of(data: bytes) -> str:
    """``sha256:<64 hex>`` of exact bytes."""
    return "sha256:" + sha256(data).hexdigest()


def namespace_of(kind: str) -> str:
    """The SSHSIG namespace: a signature made for one kind can never be used for another."""
    return f"gitregistry.{kind}.v1"
