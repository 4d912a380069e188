"""References and measurements as people type them: read exactly, or refused, whatever they are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.operations.attest import parse_metrics
from gitregistry.operations.references import AliasName, ReleaseName, parse_reference, parse_release

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True).filter(
    lambda name: name not in {"con", "prn", "aux", "nul"} and name[:3] not in {"com", "lpt"}
)
VERSIONS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9+_-]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() not in {"con", "prn", "aux", "nul"} and name.lower()[:3] not in {"com", "lpt"}
)


@given(NAMES, VERSIONS)
def test_a_release_reads_back(model: str, version: str) -> None:
    assert parse_reference(f"{model}:{version}") == ReleaseName(model, version)
    assert str(parse_release(f"{model}:{version}")) == f"{model}:{version}"


@given(NAMES, NAMES)
def test_an_alias_reads_back(model: str, environment: str) -> None:
    assert parse_reference(f"{model}@{environment}") == AliasName(model, environment)


@given(st.text(max_size=50))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    try:
        found = parse_reference(text)
    except BadInput as error:
        message = error.message
        assert message.isprintable()
        return
    assert str(found) == text


@pytest.mark.parametrize(
    ("text", "name", "value", "unit", "part"),
    [
        ("auc=0.90", "auc", "0.90", None, None),
        ("auc=1e-3", "auc", "0.001", None, None),
        ("wait=43:ms", "wait", "43", "ms", None),
        ("auc[age<30]=0.5", "auc", "0.5", None, "age<30"),
        ("auc[age<30]=0.5:ratio", "auc", "0.5", "ratio", "age<30"),
        ("auc[age_band=18-25]=1.01:ratio", "auc", "1.01", "ratio", "age_band=18-25"),
        ("auc[a=b=c]=1", "auc", "1", None, "a=b=c"),
        ("rows[table=a:b]=5:1/s", "rows", "5", "1/s", "table=a:b"),
        ("loss=-0.0", "loss", "-0.0", None, None),
        (
            "n=12345678901234567890.12345678901234567890",
            "n",
            "12345678901234567890.12345678901234567890",
            None,
            None,
        ),
    ],
)
def test_measurements(text: str, name: str, value: str, unit: str | None, part: str | None) -> None:
    (found,) = parse_metrics([text])
    assert (found.name, found.value, found.unit, found.slice) == (name, Decimal(value), unit, part)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "auc",
        "auc=",
        "=1",
        "auc=high",
        "auc=nan",
        "auc=inf",
        "auc=-Infinity",
        "auc[x=1",
        "auc=1,5",
        "[a=b]=1",
        "auc[]=1",
        "a[b][c]=1",
        "auc[a=b]",
        "auc[a=b]c=1",
        "wait=43:",
        "a]b=1",
    ],
)
def test_what_is_no_measurement(text: str) -> None:
    with pytest.raises(BadInput, match="is not a measurement"):
        parse_metrics([text])


@given(st.text(max_size=40))
def test_any_text_is_a_measurement_or_refused(text: str) -> None:
    try:
        (found,) = parse_metrics([text])
    except BadInput:
        return
    assert found.value.is_finite()
    assert found.name
