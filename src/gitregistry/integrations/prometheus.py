"""Asking a Prometheus, or what speaks like one, for values: instant queries over its HTTP API (v1).

Doubt is never a value: no series, several where one is expected, NaN, an infinity or an answer cut short are
all errors. Its answer is somebody else's text: bounded, read strictly, and shown inertly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gitregistry.errors import BadInput
from gitregistry.integrations.http import Answer, NoAnswer, Server, post
from gitregistry.operations.measuring import Measured, NoData, Question
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Asked, Measurement
from gitregistry.registry.moments import moment_text

_QUERY = "/api/v1/query"
_SECONDS = 10
# What a record's number may have; a Prometheus writes 1e300 with all its zeros.
_MOST_DIGITS = 40
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_MOST_NAMED = 5
_LONGEST_SAID = 200


class Series(NamedTuple):
    """One element of an answer: its labels, and its value as text."""

    labels: Mapping[str, str]
    value: str


class Prometheus:
    """One server; calling it asks a question as of a moment."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __call__(self, question: Question, now: datetime) -> Measured:
        """Ask once.

        Raises:
            NoData: no usable value came, for whatever reason.
        """
        now = now.astimezone(UTC).replace(microsecond=0)
        asked = Asked(
            source="prometheus",
            url=self._server.url,
            expression=question.expression,
            window=question.window,
            evaluated_at=moment_text(now),
        )
        fields = {"query": question.expression, "time": int(now.timestamp()), "timeout": f"{_SECONDS}s"}
        try:
            answer = post(self._server, _QUERY, urlencode(fields).encode("ascii"), _SECONDS + 2)
        except NoAnswer as error:
            hint = error.hint or f"curl {self._server.url}/-/ready"
            raise NoData(f"no data: {_said(str(error))}", asked, hint=hint) from None
        asked = Asked(**{**vars(asked), "result_digest": digest_of(answer.body)})
        try:
            document = _document(answer)
            values = _values(question, _series(document.get("data")))
        except _Unusable as error:
            raise NoData(f"no data: {error}", asked, hint=error.hint) from None
        return Measured(values, asked, _remarks(document))


class _Unusable(Exception):
    """Why an answer gives no value."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def _document(answer: Answer) -> Mapping[str, Any]:
    """The answer's object, when it says of itself that the query succeeded."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("status") not in ("success", "error"):
        raise _Unusable(
            f"status {answer.status}, and the answer is not a Prometheus's",
            "is this the address that its web page opens at, with any path before /graph?",
        )
    if document["status"] == "error" or answer.status != 200:
        kind, why = (_said(document.get(key)) for key in ("errorType", "error"))
        hint = "mend the query" if answer.status in (400, 422) else None
        raise _Unusable(f"the server refused the query (status {answer.status}, {kind}): {why}", hint)
    return document


def _series(data: Any) -> list[Series]:
    kind, result = (data.get(key) if isinstance(data, dict) else None for key in ("resultType", "result"))
    if kind == "scalar":
        return [Series({}, _value_of(result))]
    if kind != "vector" or not isinstance(result, list):
        raise _Unusable(
            f"the answer is of the type {_said(kind)}, not one value",
            "write a query that gives an instant vector or a scalar",
        )
    return [_element(item) for item in result]


def _element(item: Any) -> Series:
    labels = item.get("metric") if isinstance(item, dict) else None
    if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        raise _Unusable("the answer holds a series without labels")
    if "value" not in item:
        raise _Unusable("the answer holds a native histogram", "ask for a quantile or for its sum")
    return Series(labels, _value_of(item["value"]))


def _value_of(pair: Any) -> str:
    if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str):
        return pair[1]
    raise _Unusable("the answer holds a value that is no pair of time and text")


def _values(question: Question, series: list[Series]) -> tuple[Measurement, ...]:
    if not series:
        raise _Unusable("the answer is empty: no such series, or nothing in the window")
    label = question.slice_label
    if label is None and len(series) > 1:
        raise _Unusable(
            f"{len(series)} series came where one is expected: {_named(series)}",
            "sum them in the query, or --slice-label LABEL to take each as a slice",
        )
    found: dict[str | None, Measurement] = {}
    for one in series:
        name = _slice(one, label)
        if name in found:
            raise _Unusable(f"two series came for the slice {_said(name)}", f"sum by ({label}) (…)")
        value = _number(one)
        found[name] = Measurement(name=question.measurement, value=value, unit=question.unit, slice=name)
    return tuple(found[name] for name in sorted(found, key=str))


def _slice(one: Series, label: str | None) -> str | None:
    if label is None:
        return None
    name = one.labels.get(label, "")
    if not re.fullmatch(r"[ -~]{1,100}", name) or set(name) & set("=[]"):
        raise _Unusable(f"a series has no usable label {label}: {_named([one])}", f"sum by ({label}) (…)")
    return f"{label}={name}"


def _number(one: Series) -> Decimal:
    where = f" for {_named([one])}" if one.labels else ""
    if not _NUMBER.fullmatch(one.value) or len(one.value) > 1000:
        raise _Unusable(
            f"the value{where} is {_said(one.value)}, not a number",
            "was there any traffic in the window? A share of nothing is NaN" if one.value == "NaN" else None,
        )
    number = Decimal(one.value)
    return number if len(one.value) <= _MOST_DIGITS else number.normalize()


def _named(series: list[Series]) -> str:
    more = f" and {len(series) - _MOST_NAMED} more" if len(series) > _MOST_NAMED else ""
    return ", ".join(_labels(one.labels) for one in series[:_MOST_NAMED]) + more


def _labels(labels: Mapping[str, str]) -> str:
    """``{job="model", version="v1"}``, cut short and inert."""
    pairs = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return "{" + _said(pairs) + "}"


def _remarks(document: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for key in ("warnings", "infos"):
        given = document.get(key)
        found += [_said(text) for text in given[:_MOST_NAMED]] if isinstance(given, list) else []
    return tuple(found)


def _said(text: object) -> str:
    """Somebody else's text without what a terminal or a record could not bear."""
    if not isinstance(text, str) or not text:
        return "nothing"
    cut = text if len(text) <= _LONGEST_SAID else text[: _LONGEST_SAID - 3] + "..."
    return "".join(character if " " <= character <= "~" else "?" for character in cut)


def server_for(url: str, environment: Mapping[str, str]) -> Prometheus:
    """The server at an address, with the credentials that the environment or a netrc file has for it.

    Raises:
        BadInput: it is no address of a server.
    """
    from gitregistry.integrations.credentials import credentials_for  # noqa: PLC0415 - after the address holds

    server = Server.at(url)
    if server is None:
        raise BadInput(
            "--prometheus takes the address of a server", hint="--prometheus https://prometheus.example:9090"
        )
    return Prometheus(server._replace(authorization=credentials_for(server, environment)))
