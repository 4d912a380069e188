"""Artifacts that a tracking server of MLflow hands out itself, for everything that opens addresses by fsspec.

    mlflow+https://HOST/api/2.0/mlflow-artifacts/artifacts/0/models/m-…/artifacts

is the address that the server answers at, with ``mlflow+`` before it: MLflow's own ``mlflow-artifacts:/…``
names no server. Credentials are those of the environment, and go to the server that ``MLFLOW_TRACKING_URI``
names and to no other: an address stands in a record that somebody else may have written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO, Any, Final
from urllib.parse import quote, unquote, urlencode

from fsspec.spec import AbstractFileSystem

from gitregistry.errors import BadInput
from gitregistry.integrations.http_get import Answered, download, get
from gitregistry.integrations.mlflow import URI_VARIABLE, headers_for, tracking_server
from gitregistry.integrations.mlflow_rest import items_at, refused
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json

ROUTE: Final = "/api/2.0/mlflow-artifacts/artifacts"
_SCHEMES: Final = ("mlflow+http", "mlflow+https")
_MOST_LISTED: Final = 16 << 20
_MOST_FILES: Final = 100_000
_IN_MEMORY: Final = 32 << 20


class MlflowFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Files behind a server's own artifact routes, read-only.

    Names inside are addresses without ``mlflow+``, unquoted. The server is not asked for parts of a file, for
    not every store behind it can give them: whoever reads a file in pieces has it fetched once.
    """

    protocol = _SCHEMES
    root_marker = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._turn = Lock()
        self._begun: dict[str, IO[bytes]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        if path.startswith("mlflow+"):
            path = unquote(path.removeprefix("mlflow+"))
        return path.rstrip("/")

    def unstrip_protocol(self, name: str) -> str:
        """The address of a name."""
        return name if name.startswith("mlflow+") else f"mlflow+{_quoted(name)}"

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        """Name, size in bytes, and ``file`` or ``directory``."""
        name = self._strip_protocol(path)
        _, inside = _parts(name)
        if not inside or self.ls(name):
            return {"name": name, "size": 0, "type": "directory"}
        found: list[dict[str, Any]] = self.ls(name.rpartition("/")[0])
        for facts in found:
            if facts["name"] == name:
                return facts
        raise FileNotFoundError(path)

    def ls(self, path: str, detail: bool = True, **_options: Any) -> list[Any]:
        """What lies directly in a folder; nothing where there is none, for that is how the server answers."""
        name = self._strip_protocol(path)
        server, inside = _parts(name)
        uri = f"{server}{ROUTE}?{urlencode({'path': inside})}"
        try:
            data = get(uri, _headers(server), _MOST_LISTED)
        except Answered as answer:
            raise _refused(answer, uri, server) from None
        listed = [_facts(name, item, uri) for item in items_at(read_json(data, uri), "/files", uri)]
        return listed if detail else [facts["name"] for facts in listed]

    def find(self, path: str, detail: bool = False, **_options: Any) -> Any:
        """All files below a folder; unlike fsspec's own, with an error where one folder is not answered."""
        found: dict[str, dict[str, Any]] = {}
        waiting = [self._strip_protocol(path)]
        asked = 0
        while waiting:
            asked += 1
            for facts in self.ls(waiting.pop()):
                if facts["type"] == "directory":
                    waiting.append(facts["name"])
                else:
                    found[facts["name"]] = facts
            if len(found) + len(waiting) + asked > _MOST_FILES:
                raise BadInput(f"the folder has more than {_MOST_FILES} files and folders", path=path)
        return found if detail else sorted(found)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_options: Any) -> bytes:
        """A part of a file. Who begins at its beginning gets it as it is now, and so do the parts after."""
        name = self._strip_protocol(path)
        with self._turn:
            file = self._begun.pop(name, None)
        if file is not None and not start:
            file.close()
            file = None
        if file is None:
            file = self._fetched(name)
        file.seek(start or 0)
        data = file.read(-1 if end is None else end - (start or 0))
        if not file.read(1):
            file.close()
            return data
        with self._turn:
            replaced, self._begun[name] = self._begun.get(name), file
        if replaced is not None:
            replaced.close()
        return data

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> IO[bytes]:
        if mode != "rb":
            raise PermissionError(f"nothing is written through here: {path}")
        return self._fetched(self._strip_protocol(path))

    def _fetched(self, name: str) -> IO[bytes]:
        server, inside = _parts(name)
        uri = f"{server}{ROUTE}/{quote(inside)}"
        file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - given away
        try:
            download(uri, _headers(server), file)
        except Answered as answer:
            file.close()
            raise _refused(answer, uri, server) from None
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file


def address_of(server: str, place: str) -> str:
    """The address of a place among a server's own artifacts; ``place`` as in ``mlflow-artifacts:/PLACE``."""
    return f"mlflow+{server}{ROUTE}/{quote(place.strip('/'))}"


def _quoted(name: str) -> str:
    server, inside = _parts(name)
    return f"{server}{ROUTE}/{quote(inside)}"


def _parts(name: str) -> tuple[str, str]:
    """The server's address, and the path among its artifacts."""
    server, route, inside = name.partition(ROUTE)
    if not route or (inside and not inside.startswith("/")):
        raise BadInput(
            "this is no artifact of a tracking server",
            path=name,
            hint=f"mlflow+https://HOST{ROUTE}/EXPERIMENT/…",
        )
    return server, inside.strip("/")


def _facts(folder: str, item: Mapping[str, Any], uri: str) -> dict[str, Any]:
    name, size = item.get("path"), item.get("file_size", "0")
    if not isinstance(name, str) or "/" in name or name in ("", ".", ".."):
        raise BadInput(f"the server lists what is no file: {shown(str(name))}", path=uri)
    if item.get("is_dir") == "true":
        return {"name": f"{folder}/{name}", "size": 0, "type": "directory"}
    if not (isinstance(size, str) and size.isascii() and size.isdecimal() and len(size) < 18):
        raise BadInput(f"the server gives no size of {shown(name)}", path=uri)
    return {"name": f"{folder}/{name}", "size": int(size), "type": "file"}


def _headers(server: str) -> dict[str, str]:
    if not os.environ.get(URI_VARIABLE):
        return headers_for(None)
    named = tracking_server(None, os.environ)
    return headers_for(named.authorization if named.address == server else None)


def _refused(answer: Answered, uri: str, server: str) -> Exception:
    if answer.status == 404:
        return FileNotFoundError(uri)
    fault = refused(answer, uri)
    if answer.status in (401, 403):
        fault.hint = f"export {URI_VARIABLE}={server} beside its credentials: {fault.hint}"
    return fault
