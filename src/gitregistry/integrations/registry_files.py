"""``registry://MODEL@production/file`` for everything in Python that opens addresses through fsspec.

    import fsspec
    with fsspec.open("registry://churn@production/model.onnx", directory="my-registry") as file: ...

Every file is delivered whole and hashed before its first byte is read, as ``registry pull`` does.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from fsspec.spec import AbstractFileSystem

from gitregistry.operations.pull import artifact_of, file_of
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.records.release import Release
from gitregistry.storage.artifact_cache import ArtifactCache
from gitregistry.storage.delivery import deliver


class RegistryFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """The artifacts of one registry, read-only, under ``MODEL@ENVIRONMENT`` and ``MODEL:VERSION``.

    Args:
        directory: a folder in the registry's repository; else ``$REGISTRY_DIR``, else the current one.
        branch: the registry's branch; None for the one checked out.
        cache: a folder as of ``registry pull --cache``; else ``$REGISTRY_CACHE``, else none.
    """

    protocol = "registry"
    cachable = False  # an alias moves

    def __init__(
        self,
        directory: str | Path | None = None,
        branch: str | None = None,
        cache: str | Path | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._directory = Path(directory or os.environ.get("REGISTRY_DIR") or ".")
        self._branch = branch
        kept = cache or os.environ.get("REGISTRY_CACHE")
        self._cache = ArtifactCache(Path(kept)) if kept else None

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        """Name, size in bytes, ``file`` or ``directory``, and a file's digest."""
        found: list[dict[str, Any]] = self.ls(path)
        name = self._strip_protocol(path)
        for facts in found:
            if facts["name"] == name:
                return facts
        return {"name": name, "size": 0, "type": "directory"}

    def ls(self, path: str, detail: bool = True, **_options: Any) -> list[Any]:
        """What lies directly in an artifact that is a folder; a single file is found under its reference."""
        name = self._strip_protocol(path)
        reference, _, inside = name.partition("/")
        release = self._release(reference)
        files = {f"{reference}/{file.path}": (file.size_bytes, file.digest) for file in release.files}
        if not files:
            files = {reference: (release.artifact_size_bytes, release.artifact_digest)}
        listed: dict[str, dict[str, Any]] = {}
        for file, (size, digest) in files.items():
            if file == name:
                listed = {file: {"name": file, "size": size, "type": "file", "digest": digest}}
                break
            if file.startswith(f"{name}/"):
                below, more, _ = file[len(name) + 1 :].partition("/")
                child = f"{name}/{below}"
                listed[child] = {"name": child, "size": 0 if more else size} | (
                    {"type": "directory"} if more else {"type": "file", "digest": digest}
                )
        if not listed:
            raise FileNotFoundError(f"{reference} has no file {inside}")
        return list(listed.values()) if detail else sorted(listed)

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> IO[bytes]:
        if mode != "rb":
            raise PermissionError(f"a release never changes: {path} can only be read")
        reference, _, inside = str(self._strip_protocol(path)).partition("/")
        artifact = file_of(artifact_of(self._release(reference)), inside)
        if artifact is None:
            raise FileNotFoundError(f"{reference} has no file {inside}")
        # In a folder of our own, and without a name once it is open: nobody else can write to it.
        with TemporaryDirectory(prefix="gitregistry-") as folder:
            place = Path(folder) / "file"
            deliver(artifact, place, self._cache, None)
            return place.open("rb")

    def _release(self, reference: str) -> Release:
        with Workspace(self._directory, self._branch) as workspace:
            return resolve_reference(workspace, reference, None)[0].record
