"""A release control plane for machine learning: signed records in Git, judged step by step."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open"]


def open(  # noqa: A001 - gitregistry.open, as users say it
    reference: str, file: str = "", *, directory: str | Path | None = None, cache: str | Path | None = None
) -> IO[bytes]:
    """Open an artifact, or a file of one that is a folder, for reading; its bytes were hashed before.

    Args:
        reference: ``MODEL@ENVIRONMENT`` or ``MODEL:VERSION``.
        file: the path in an artifact that is a folder.
        directory: a folder in the registry's repository; else ``$REGISTRY_DIR``, else the current one.
        cache: keep files by their digests in this folder; else ``$REGISTRY_CACHE``, else they are not kept.

    Raises:
        gitregistry.errors.RegistryError: what ``registry pull`` would say.
        FileNotFoundError: the artifact has no such file.
    """
    # The command line imports this package too, and must not pay for fsspec.
    from gitregistry.integrations.registry_files import RegistryFileSystem  # noqa: PLC0415

    opened: IO[bytes] = RegistryFileSystem(directory, cache=cache).open(f"{reference}/{file}".rstrip("/"))
    return opened
