"""The digests and namespaces that name exact bytes."""

from __future__ import annotations

from hashlib import sha256


def digest_of(data: bytes) -> str:
    """``sha256:<64 hex>`` of exact bytes."""
    return "sha256:" + sha256(data).hexdigest()


def namespace_of(kind: str) -> str:
    """The SSHSIG namespace: a signature made for one kind can never be used for another."""
    return f"gitregistry.{kind}.v1"
