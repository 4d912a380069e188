"""A real Prometheus of the tests' own, what it scrapes, and a model server whose errors tests decide.

Where Prometheus is not installed the tests are skipped, unless ``$REGISTRY_TEST_PROMETHEUS`` is ``required``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.support.transports import free_port

SCRAPE_SECONDS = 0.2
_PATIENCE = 60.0
# Read before any fixture hides this machine's settings from the tests.
_REQUIRED = os.environ.get("REGISTRY_TEST_PROMETHEUS") == "required"


@dataclass
class Traffic:
    """What one version is asked between two scrapes, and how much of it fails, by age band."""

    requests: int = 100
    failing: float = 0.0
    asked: dict[str, int] = field(default_factory=lambda: {"18-25": 0, "26-40": 0})
    failed: dict[str, int] = field(default_factory=lambda: {"18-25": 0, "26-40": 0})

    def move_on(self) -> None:
        for band in self.asked:
            self.asked[band] += self.requests
            self.failed[band] += round(self.requests * self.failing)


class ModelServer:
    """Serves ``/metrics`` of every version that takes traffic. Each scrape finds a fixed share more."""

    def __init__(self) -> None:
        self.versions: dict[str, Traffic] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def takes(self, version: str, failing: float = 0.0) -> Traffic:
        """Let a version take traffic of which a share fails."""
        with self._lock:
            traffic = self.versions.setdefault(version, Traffic())
            traffic.failing = failing
            return traffic

    def stops(self, version: str) -> None:
        with self._lock:
            self.versions.pop(version, None)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def metrics(self) -> str:
        """The page, after a little more traffic."""
        lines = ["# TYPE requests_total counter", "# TYPE errors_total counter"]
        with self._lock:
            for version, traffic in self.versions.items():
                traffic.move_on()
                for band in traffic.asked:
                    labels = f'{{model="churn",version="{version}",age_band="{band}"}}'
                    lines.append(f"requests_total{labels} {traffic.asked[band]}")
                    lines.append(f"errors_total{labels} {traffic.failed[band]}")
        return "\n".join(lines) + "\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        metrics = self.metrics

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = metrics().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(BrokenPipeError):
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Say nothing: the output of tests is theirs."""

        return Handler


@dataclass(frozen=True)
class Observatory:
    """A Prometheus that scrapes a model server and, where there is one, a node exporter."""

    url: str
    model: ModelServer
    exporter: bool

    def value(self, expression: str) -> float | None:
        """What a query gives at the last whole second, as the tool asks; None when nothing."""
        form = urlencode({"query": expression, "time": int(time.time())})
        with urlopen(f"{self.url}/api/v1/query?{form}", timeout=10) as response:
            result: list[dict[str, Any]] = json.load(response)["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    def await_value(self, expression: str, wanted: Callable[[float | None], bool]) -> None:
        """Wait until a query gives what is wanted."""
        end = time.monotonic() + _PATIENCE
        while not wanted(found := self.value(expression)):
            assert time.monotonic() < end, f"{expression} is {found}"
            time.sleep(SCRAPE_SECONDS)

    def await_share(self, version: str, wanted: Callable[[float | None], bool], window: str = "2s") -> None:
        """Wait until the share of errors of a version, as the policy's query sees it, is what is wanted."""
        self.await_value(
            f'sum(rate(errors_total{{version="{version}"}}[{window}]))'
            f' / sum(rate(requests_total{{version="{version}"}}[{window}]))',
            wanted,
        )


def require(program: str, package: str) -> str:
    """Where a program is; without it the test is skipped, or fails where it is required."""
    found = shutil.which(program)
    if found is None:
        reason = f"{program} is not installed (apt install {package})"
        if _REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def observatory(folder: Path) -> Iterator[Observatory]:
    """All of it, on ports of its own, for as long as the context is open."""
    program = require("prometheus", "prometheus")
    model = ModelServer()
    model.start()
    exporter_port = free_port()
    exporter = _exporter(exporter_port)
    try:
        with _prometheus(program, folder, model.address, f"127.0.0.1:{exporter_port}") as url:
            yield Observatory(url, model, exporter is not None)
    finally:
        if exporter is not None:
            exporter.kill()
            exporter.wait()
        model.close()


def _exporter(port: int) -> subprocess.Popen[bytes] | None:
    program = shutil.which("prometheus-node-exporter")
    if program is None:
        assert not _REQUIRED, "prometheus-node-exporter is not installed"
        return None
    options = ["--collector.disable-defaults", "--collector.loadavg", "--collector.meminfo"]
    return _start([program, f"--web.listen-address=127.0.0.1:{port}", *options])


@contextmanager
def _prometheus(program: str, folder: Path, model: str, node: str) -> Iterator[str]:
    config = folder / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: {round(SCRAPE_SECONDS * 1000)}ms}}\n"
        "scrape_configs:\n"
        f"  - {{job_name: model, static_configs: [{{targets: ['{model}']}}]}}\n"
        f"  - {{job_name: node, static_configs: [{{targets: ['{node}']}}]}}\n",
        "utf-8",
    )
    address = f"127.0.0.1:{free_port()}"
    server = _start(
        [
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
            "--log.level=error",
        ]
    )
    try:
        url = f"http://{address}"
        _await_ready(server, url)
        yield url
    finally:
        server.kill()
        server.wait()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _await_ready(server: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, "prometheus ended"
        with suppress(OSError), urlopen(f"{url}/-/ready", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    pytest.fail("prometheus is not ready")
