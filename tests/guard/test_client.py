"""The client against servers that answer oddly, too much, too late, elsewhere, or not at all."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from gitregistry.errors import BadInput
from gitregistry.integrations import http
from gitregistry.integrations.prometheus import server_for
from gitregistry.operations.measuring import Measured, NoData, Question

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
QUESTION = Question("rate(errors_total[5m])", "5m", "error_rate", "ratio")


class Answering(ThreadingHTTPServer):
    """Gives one answer to everybody, and keeps what it was sent."""

    status = 200
    body = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - set, never written to
    seen: list[tuple[str, dict[str, str], dict[str, list[str]]]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Answering)
        form = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        server.seen.append((self.path, dict(self.headers), parse_qs(form)))
        self.send_response(server.status)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(server.body)))
        self.end_headers()
        self.wfile.write(server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: the output of tests is theirs."""


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[Answering]:
    with Answering(("127.0.0.1", 0), Handler) as server:
        server.status, server.body, server.headers, server.seen = status, body, headers, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def vector(*values: Any, **more: Any) -> bytes:
    result = [{"metric": {"job": str(n)}, "value": [1777627800, value]} for n, value in enumerate(values)]
    data = {"resultType": "vector", "result": result}
    return json.dumps({"status": "success", "data": data, **more}).encode()


HISTOGRAM = vector("1").replace(b'"value"', b'"histogram"')


def ask(status: int, body: bytes, question: Question = QUESTION, **headers: str) -> Measured:
    with answering(status, body, **headers) as server:
        return server_for(server.url, {})(question, NOW)


def test_what_is_sent() -> None:
    with answering(200, vector("0.5")) as server:
        measured = server_for(server.url + "/prom/", {})(QUESTION, NOW)
        ((path, headers, form),) = server.seen
    assert path == "/prom/api/v1/query"
    assert form == {"query": [QUESTION.expression], "time": ["1777627800"], "timeout": ["10s"]}
    assert "Authorization" not in headers
    (value,) = measured.values
    assert (value.name, value.value, value.unit) == ("error_rate", Decimal("0.5"), "ratio")
    assert measured.asked.url == server.url + "/prom"
    assert (measured.asked.evaluated_at, measured.asked.window) == ("2026-05-01T09:30:00Z", "5m")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, vector(), "the answer is empty"),
        (200, vector("1", "2"), '2 series came where one is expected: {job="0"}, {job="1"}'),
        (200, vector(*["1"] * 9), "and 4 more"),
        (200, vector("NaN"), 'the value for {job="0"} is NaN, not a number'),
        (200, vector("+Inf"), "is +Inf, not a number"),
        (200, vector("-Inf"), "is -Inf, not a number"),
        (200, vector(""), "is nothing, not a number"),
        (200, vector("1_000"), "is 1_000, not a number"),
        (200, vector("\u0661"), "is ?, not a number"),
        (200, vector(0.5), "no pair of time and text"),
        (200, vector(None), "no pair of time and text"),
        (200, vector(["0.5"]), "no pair of time and text"),
        (200, b"", "the answer is not a Prometheus's"),
        (200, b"<html>Log in</html>", "the answer is not a Prometheus's"),
        (200, b"[" * 100_000, "the answer is not a Prometheus's"),
        (200, b"{}", "the answer is not a Prometheus's"),
        (200, b"[]", "the answer is not a Prometheus's"),
        (200, b'{"status": "success"}', "of the type nothing"),
        (200, b'{"status": "success", "data": 5}', "of the type nothing"),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": {}}}', "of the type vector"),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": [5]}}', "without labels"),
        (200, HISTOGRAM, "a native histogram"),
        (
            200,
            b'{"status": "success", "data": {"resultType": "string", "result": [1, "1"]}}',
            "of the type string",
        ),
        (200, b'{"status": "success", "data": {"resultType": "matrix", "result": []}}', "of the type matrix"),
        (200, b'{"status": "error", "errorType": "bad_data", "error": "no"}', "(status 200, bad_data): no"),
        (
            400,
            b'{"status": "error", "errorType": "bad_data", "error": "parse"}',
            "(status 400, bad_data): parse",
        ),
        (
            422,
            b'{"status": "error", "errorType": "execution", "error": "too many"}',
            "(status 422, execution)",
        ),
        (503, b'{"status": "error", "errorType": "timeout", "error": "slow"}', "(status 503, timeout): slow"),
        (503, b"busy", "status 503, and the answer is not a Prometheus's"),
        (503, vector("0.5"), "the server refused the query (status 503"),
        (401, vector("0.5"), "the server does not know us"),
        (302, vector("0.5"), "the server sends us elsewhere (status 302)"),
    ],
)
def test_what_is_no_value_is_no_data(status: int, body: bytes, words: str) -> None:
    with pytest.raises(NoData) as found:
        ask(status, body, Location="http://127.0.0.1:1/")
    assert words in found.value.message
    assert found.value.message.isprintable()
    assert found.value.message.isascii()


def test_what_a_server_says_is_shown_inertly() -> None:
    hostile = json.dumps({"status": "error", "errorType": "x", "error": "\x1b[2J\u202e\n" + "a" * 9999})
    with pytest.raises(NoData) as found:
        ask(400, hostile.encode())
    assert found.value.message.isprintable()
    assert len(found.value.message) < 400


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("-0.25", "-0.25"),
        ("1.5e-05", "0.000015"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1" + "0" * 300, "1E+300"),
    ],
)
def test_values_are_read_exactly(text: str, value: str) -> None:
    (measured,) = ask(200, vector(text)).values
    assert measured.value == Decimal(value)
    assert len(str(measured.value)) <= 40


def test_a_scalar_is_a_value() -> None:
    body = b'{"status": "success", "data": {"resultType": "scalar", "result": [1777627800, "7"]}}'
    assert [str(item.value) for item in ask(200, body).values] == ["7"]


def test_series_are_slices_where_a_label_says_which() -> None:
    by_job = QUESTION._replace(slice_label="job")
    values = {item.slice: str(item.value) for item in ask(200, vector("1", "2"), by_job).values}
    assert values == {"job=0": "1", "job=1": "2"}
    with pytest.raises(NoData, match="no usable label region"):
        ask(200, vector("1"), QUESTION._replace(slice_label="region"))


def test_one_bad_slice_spoils_them_all() -> None:
    with pytest.raises(NoData, match="is NaN"):
        ask(200, vector("1", "NaN"), QUESTION._replace(slice_label="job"))


def test_warnings_are_shown() -> None:
    body = vector("1", warnings=["a shard is away\x07", 5], infos=["looks like a gauge"])
    assert ask(200, body).remarks == ("a shard is away?", "nothing", "looks like a gauge")


def test_an_answer_has_an_end() -> None:
    with pytest.raises(NoData, match="longer than 4 MiB"):
        ask(200, b" " * (5 << 20))


class Dripping(Handler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(600):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)


def test_an_answer_that_drips_is_given_up() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        there = http.Server.at(f"http://127.0.0.1:{server.server_address[1]}")
        assert there is not None
        try:
            with pytest.raises(http.NoAnswer, match="took too long"):
                http.post(there, "/", b"", seconds=3)
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "prometheus:9090",
        "file:///etc/passwd",
        "ftp://host/",
        "http://",
        "http://h:x/",
        "http://a b/",
        "https://é/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="takes the address of a server"):
        server_for(url, {})


@pytest.mark.parametrize(
    ("environment", "user", "sent"),
    [
        ({}, "", None),
        ({}, "al:s%40cret@", "Basic al:s@cret"),
        ({"REGISTRY_PROMETHEUS_USER": "bob", "REGISTRY_PROMETHEUS_PASSWORD": "pw"}, "al:x@", "Basic bob:pw"),
        ({"REGISTRY_PROMETHEUS_TOKEN": "t0ken", "REGISTRY_PROMETHEUS_USER": "bob"}, "", "Bearer t0ken"),
        ({"NETRC": "netrc"}, "", "Basic carol:from netrc"),
    ],
)
def test_credentials(
    environment: dict[str, str], user: str, sent: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    netrc = tmp_path / "netrc"
    netrc.write_text('machine 127.0.0.1 login carol password "from netrc"\n', "utf-8")
    netrc.chmod(0o600)
    with answering(200, vector("1")) as server:
        asked = server_for(server.url.replace("//", f"//{user}"), environment)(QUESTION, NOW).asked
        headers = server.seen[0][1]
    if sent is not None and sent.startswith("Basic "):
        sent = "Basic " + b64encode(sent.removeprefix("Basic ").encode()).decode()
    assert headers.get("Authorization") == sent
    assert asked.url == server.url


def test_a_netrc_that_cannot_be_read_shows_no_password(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine h login a password s3cret s3cret\n", "utf-8")
    with pytest.raises(BadInput) as found:
        server_for("http://127.0.0.1:1", {"NETRC": str(netrc)})
    assert "s3cret" not in str(found.value)
    assert "netrc" in str(found.value)


def test_no_redirect_takes_the_credentials_along() -> None:
    with answering(200, vector("1")) as other, answering(307, b"", Location=f"{other.url}/x") as server:
        with pytest.raises(NoData, match="elsewhere"):
            server_for(server.url, {"REGISTRY_PROMETHEUS_TOKEN": "t0ken"})(QUESTION, NOW)
        assert not other.seen
