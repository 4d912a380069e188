"""Ways to a bare repository here: ssh to a daemon of the test's own, HTTP to ``git http-backend``."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.keys import ssh_keygen

_SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Way:
    """How a client reaches repositories: what comes before their absolute path, and what it needs for it."""

    name: str
    prefix: str
    environment: Mapping[str, str]

    def url(self, bare: Path) -> str:
        return f"{self.prefix}{bare}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def ssh_daemon(folder: Path) -> Iterator[Way]:
    """An sshd of the present user on a port of its own, with its own host key, that takes one client key.

    Where there is none the test is skipped, unless ``$REGISTRY_TEST_SSHD`` is ``required``.
    """
    if _SSHD is None:
        reason = "sshd is not installed (apt install openssh-server)"
        if os.environ.get("REGISTRY_TEST_SSHD") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    for name in ("host", "client"):
        ssh_keygen("-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    port = free_port()
    host = (folder / "host.pub").read_text("utf-8")
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host}", "utf-8")
    shutil.copy(folder / "client.pub", folder / "authorized")
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nMaxStartups 100\n",
        "utf-8",
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd wants it and finds it empty
    daemon = subprocess.Popen(
        [_SSHD, "-D", "-e", "-f", str(folder / "sshd_config")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for(port, daemon)
        command = (
            f"ssh -F /dev/null -i {folder}/client -o IdentitiesOnly=yes -o UserKnownHostsFile={folder}/known "
            "-o StrictHostKeyChecking=yes -o BatchMode=yes"
        )
        yield Way("ssh", f"ssh://{getpass.getuser()}@127.0.0.1:{port}", {"GIT_SSH_COMMAND": command})
    finally:
        daemon.terminate()
        daemon.communicate()


def _wait_for(port: int, daemon: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if daemon.poll() is not None:
            assert daemon.stderr is not None
            pytest.fail(f"sshd ended: {daemon.stderr.read().decode()}")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("sshd does not listen")


@contextmanager
def http_server(root: Path) -> Iterator[Way]:
    """``git http-backend`` behind a small server, for every repository under ``root``.

    A repository takes pushes once it is configured with ``http.receivepack``.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.root = root
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Way("http", f"http://127.0.0.1:{server.server_address[1]}", {})
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    root: Path


class _Handler(BaseHTTPRequestHandler):
    """One request as CGI (RFC 3875). Paths are absolute below the server's root, as in the URL."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._run(b"")

    def do_POST(self) -> None:
        self._run(self._body())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: the output of tests is theirs."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _run(self, body: bytes) -> None:
        assert isinstance(self.server, _Server)
        path, _, query = self.path.partition("?")
        if not Path(path).resolve().is_relative_to(self.server.root.resolve()):
            self.send_error(404)
            return
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "PATH_TRANSLATED": path,
                "PATH_INFO": path,
                "GIT_PROJECT_ROOT": "/",
                "REQUEST_METHOD": self.command,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "REMOTE_ADDR": "127.0.0.1",
                "REMOTE_USER": "somebody",
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        self._answer(head, content)

    def _answer(self, head: bytes, content: bytes) -> None:
        fields = dict(line.split(": ", 1) for line in head.decode("ascii").split("\r\n") if line)
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
