"""An S3 server on this machine, and a proxy before it that does to answers what networks and strangers do."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest

Fault = Literal["cut", "short", "altered", "late", "500", "503", "403"]
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server that knows every secret."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - slow to load, and few tests need it

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


WITH_SECOND_STORE = pytest.mark.skipif(
    "TEST_S3RVER" not in os.environ, reason="TEST_S3RVER names npm's s3rver: .ci/run installs it"
)


@contextmanager
def second_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that is nothing like moto: npm's s3rver, with a bucket ``models``, its files in ``folder``.

    Every S3 client of this process speaks to it from here on.
    """
    import s3fs  # noqa: PLC0415 - slow to load, and few tests need it

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    folder.mkdir()
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")  # it knows no newer way
    use_endpoint(monkeypatch, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "S3RVER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S3RVER")
    renew_clients()
    place = ("-d", str(folder), "-a", "127.0.0.1", "-p", port)
    with subprocess.Popen([os.environ["TEST_S3RVER"], *place, "--silent"]) as serving:
        files = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
        until = time.monotonic() + 30
        while True:
            try:
                files.mkdir("models")
                break
            except Exception:  # noqa: BLE001 - until it listens
                assert time.monotonic() < until
                time.sleep(0.1)
        yield files
        serving.terminate()


def empty_server(address: str) -> None:
    """Take everything away that the server holds in memory: buckets, objects, uploads."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()


def use_endpoint(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Let every S3 client of this process speak to that address."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    renew_clients()


_made_under: dict[str, str] = {}


def renew_clients() -> None:
    """Whoever changes a setting of S3 calls this: clients made under other ones are not used again.

    Each takes a tenth of a second and ten megabytes, which nothing gives back. So those made under the same
    settings serve on, without what they remember of the store.
    """
    import s3fs  # noqa: PLC0415 - as above

    settings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if settings != _made_under:
        s3fs.S3FileSystem.clear_instance_cache()
        _made_under.clear()
        _made_under.update(settings)
    s3fs.S3FileSystem().invalidate_cache()


@dataclass
class Proxy:
    """What the proxy does to requests, and to the answers to them.

    Attributes:
        faults: one for each answer to a read of an object, the next first; where none is left, answers pass.
        always: what happens when ``faults`` has run out.
        before: called before each read is passed on, with its number from 0.
        reads: how many reads of objects came.
        writes: how many requests came that change something; ``write_faults`` happen to those of these
            numbers, after they were served: ``cut`` is an answer that never comes.
        always_write: what happens to all others of them.
        before_write: called before each, with method and path.
        refused: which of them are answered with 403 and not passed on, by method and path.
        dropped: a header that is taken out of requests with these methods: as by a store that ignores it.
        unknown: a header that is answered with 501.
    """

    address: str = ""
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    before: Callable[[int], None] = lambda _number: None
    reads: int = 0
    writes: int = 0
    write_faults: dict[int, Fault] = field(default_factory=dict)
    always_write: Fault | None = None
    before_write: Callable[[str], None] = lambda _request: None
    refused: Callable[[str], bool] = lambda _request: False
    dropped: tuple[str, tuple[str, ...]] = ("", ())
    unknown: str = ""

    def reset(self) -> None:
        """Pass everything on again."""
        fresh = Proxy(self.address, reads=self.reads, writes=self.writes)
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(fresh, name))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy, there: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy, self.there = proxy, there
        self.turn = threading.Lock()

    def next_fault(self) -> Fault | None:
        """What is to happen to the next read of an object."""
        with self.turn:
            number = self.proxy.reads
            self.proxy.reads += 1
            fault = self.proxy.faults.pop(0) if self.proxy.faults else self.proxy.always
        self.proxy.before(number)
        return fault

    def next_write_fault(self, request: str) -> Fault | None:
        """What is to happen to the next request that changes something."""
        with self.turn:
            number = self.proxy.writes
            self.proxy.writes += 1
        self.proxy.before_write(request)
        return self.proxy.write_faults.get(number, self.proxy.always_write)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_read = self.command == "GET" and "?" not in self.path
        fault = self.server.next_fault() if is_read else None
        headers = dict(self.headers)
        if self.command not in ("GET", "HEAD"):
            fault = self.server.next_write_fault(f"{self.command} {self.path}")
            if not self._takes(headers):
                return
        upstream = http.client.HTTPConnection(self.server.there, timeout=30)
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        if fault in ("500", "503", "403"):
            self._refuse(int(fault))
        elif fault == "cut" and self.command not in ("GET", "HEAD"):
            self._hang_up()
        else:
            self._pass_on(answer, data, fault)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_any  # noqa: N815 - as the base class calls them

    def _takes(self, headers: dict[str, str]) -> bool:
        """Whether a request that changes something is passed on; its headers are then as they should be."""
        names = {name.lower(): name for name in headers}
        if self.server.proxy.refused(f"{self.command} {self.path}"):
            self._refuse(403)
            return False
        if self.server.proxy.unknown in names:
            self._refuse(501)
            return False
        dropped, methods = self.server.proxy.dropped
        if dropped in names and self.command in methods:
            del headers[names[dropped]]
        return True

    def _refuse(self, status: int) -> None:
        codes = {403: b"AccessDenied", 501: b"NotImplemented"}
        body = b"<Error><Code>%s</Code></Error>" % codes[status] if status in codes else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pass_on(self, answer: http.client.HTTPResponse, body: bytes, fault: Fault | None) -> None:
        if fault == "late":
            time.sleep(0.2)
        elif fault == "altered":
            body = body[:-1] + bytes([body[-1] ^ 1])
        elif fault == "short":
            body = body[: len(body) // 2]
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                self.send_header(name, value)
        told = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", told or "0")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
        if fault == "cut":
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - as the base class names it
        pass


@contextmanager
def faulty_proxy(server: str) -> Iterator[Proxy]:
    """A proxy before a server, which passes everything on until it is told otherwise."""
    proxy = Proxy()
    serving = _Server(proxy, urlsplit(server).netloc)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    proxy.address = f"http://127.0.0.1:{serving.server_address[1]}"
    try:
        yield proxy
    finally:
        serving.shutdown()
        serving.server_close()
