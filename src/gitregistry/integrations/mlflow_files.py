"""Artifacts that a tracking server of MLflow hands out itself, for everything that opens addresses by fsspec.

    mlflow+https://HOST/api/2.0/mlflow-artifacts/artifacts/0/models/m-…/artifacts

is the address that the server answers at, with ``mlflow+`` before it: MLflow's own ``mlflow-artifacts:/…``
names no server. Credentials are those of the environment, and go to the server that ``MLFLOW_TRACKING_URI``
names and to no other: an address stands in a record that somebody else may have written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BufferedReader
from threading import Lock
from typing import IO, Any, Final
from urllib.parse import quote, urlencode

from fsspec.spec import AbstractFileSystem

from gitregistry.errors import BadInput
from gitregistry.integrations.http_get import Answered, Stream, get
from gitregistry.integrations.mlflow import URI_VARIABLE, headers_for, tracking_server
from gitregistry.integrations.mlflow_rest import items_at, refused
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json

ROUTE: Final = "/api/2.0/mlflow-artifacts/artifacts"
_SCHEMES: Final = ("mlflow+http", "mlflow+https")
_MOST_LISTED: Final = 16 << 20
_MOST_FILES: Final = 100_000
_CHUNK: Final = 1 << 20


class MlflowFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """Files behind a server's own artifact routes, read-only.

    Names inside are addresses from the host on. The server is not asked for parts of a file, for not every
    store behind it can give them: who reads a file piece by piece goes on with one answer.

    Args:
        secure: whether servers are asked over https; by the address that is opened.
    """

    protocol = _SCHEMES
    root_marker = ""

    def __init__(self, secure: bool = True, **options: Any) -> None:
        super().__init__(secure=secure, **options)
        self._scheme = "https" if secure else "http"
        self._turn = Lock()
        self._begun: dict[str, tuple[int, BufferedReader]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        if path.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES)):
            path = path.partition("://")[2]
        return path.rstrip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
        return {"secure": not path.startswith("mlflow+http://")}

    def unstrip_protocol(self, name: str) -> str:
        """The address of a name."""
        return f"mlflow+{self._scheme}://{self._strip_protocol(name)}"

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        """Name, size in bytes, and ``file`` or ``directory``."""
        name = self._strip_protocol(path)
        _, inside = self._parts(name)
        found: list[dict[str, Any]] = self.ls(name.rpartition("/")[0]) if inside else []
        for facts in found:
            if facts["name"] == name:
                return facts
        if inside and not self.ls(name):  # what lies above may be another store's, and not be listed
            raise FileNotFoundError(path)
        return {"name": name, "size": 0, "type": "directory"}

    def ls(self, path: str, detail: bool = True, **_options: Any) -> list[Any]:
        """What lies directly in a folder; nothing where there is none, for that is how the server answers."""
        name = self._strip_protocol(path)
        server, inside = self._parts(name)
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
        """A part of a file, counted from its beginning. The parts of one are best asked for in order."""
        name, start = self._strip_protocol(path), start or 0
        if start < 0 or (end is not None and end < start):
            raise ValueError("a part is counted from the beginning of the file")
        file = self._at(name, start)
        try:
            data = file.read(-1 if end is None else end - start)
            more = bool(file.peek(1))
        except BaseException:
            file.close()
            raise
        if more:
            self._keep(name, start + len(data), file)
        else:
            file.close()
        return data

    def _at(self, name: str, start: int) -> BufferedReader:
        """A file from there on: the answer that was read up to there, else one that is read up to there."""
        with self._turn:
            position, file = self._begun.pop(name, (-1, None))
        if file is not None and position == start:
            return file
        if file is not None:
            file.close()
        file = self._stream(name)
        while start:
            skipped = file.read(min(start, _CHUNK))
            if not skipped:
                break
            start -= len(skipped)
        return file

    def _keep(self, name: str, position: int, file: BufferedReader) -> None:
        with self._turn:
            replaced = self._begun.get(name)
            self._begun[name] = position, file
        if replaced is not None:
            replaced[1].close()

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> IO[bytes]:
        if mode != "rb":
            raise PermissionError(f"nothing is written through here: {path}")
        return self._stream(self._strip_protocol(path))

    def _stream(self, name: str) -> BufferedReader:
        server, inside = self._parts(name)
        uri = f"{server}{ROUTE}/{quote(inside)}"
        try:
            return BufferedReader(Stream(uri, _headers(server)), _CHUNK)
        except Answered as answer:
            raise _refused(answer, uri, server) from None

    def _parts(self, name: str) -> tuple[str, str]:
        """The server's address, and the path among its artifacts."""
        server, route, inside = name.partition(ROUTE)
        if not route or (inside and not inside.startswith("/")):
            raise BadInput(
                "this is no artifact of a tracking server",
                path=self.unstrip_protocol(name),
                hint=f"mlflow+https://HOST{ROUTE}/EXPERIMENT/…",
            )
        return f"{self._scheme}://{server}", inside.strip("/")


def address_of(server: str, place: str) -> str:
    """The address of a place among a server's own artifacts; ``place`` as in ``mlflow-artifacts:/PLACE``."""
    return f"mlflow+{server}{ROUTE}/{place.strip('/')}"


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
