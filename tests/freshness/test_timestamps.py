"""RFC 3161: a timestamp counts when a believed authority signed it, as such, over exactly these bytes."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.signing.timestamps import TimestampFault, existed_before, timestamp_query
from tests.freshness.authority import Authority

MESSAGE = b"a signature\n"


@pytest.fixture
def answer(authority: Authority, tmp_path: Path) -> Path:
    """A good answer over the message."""
    query = tmp_path / "head.tsq"
    query.write_bytes(timestamp_query(MESSAGE))
    return authority.answer(query)


def shows_nothing(response: bytes, authorities: Path, message: bytes = MESSAGE) -> str:
    with pytest.raises(TimestampFault) as caught:
        existed_before(response, message, authorities.read_bytes())
    return str(caught.value)


def test_a_good_one_says_before_when(authority: Authority, answer: Path) -> None:
    before = existed_before(answer.read_bytes(), MESSAGE, authority.ca.read_bytes())
    assert timedelta(0) < before - datetime.now(UTC) + timedelta(seconds=10) < timedelta(seconds=20)
    assert before.microsecond == 0


def test_one_by_an_authority_that_is_not_believed(other_authority: Authority, answer: Path) -> None:
    assert shows_nothing(answer.read_bytes(), other_authority.ca)


def test_one_of_several_believed_authorities_is_enough(
    authority: Authority, other_authority: Authority, answer: Path
) -> None:
    both = other_authority.ca.read_bytes() + authority.ca.read_bytes() + authority.ca.read_bytes()
    assert existed_before(answer.read_bytes(), MESSAGE, both)


def test_one_over_other_bytes(authority: Authority, answer: Path) -> None:
    assert "ismatch" in shows_nothing(answer.read_bytes(), authority.ca, MESSAGE + b"\n")


@pytest.mark.parametrize("name", ["plain", "server"])
def test_one_by_a_certificate_that_may_not_make_timestamps(
    authority: Authority, answer: Path, name: str
) -> None:
    assert "purpose" in shows_nothing(authority.answer_as(name, answer).read_bytes(), authority.ca)


def test_the_way_of_forging_is_not_what_is_refused(authority: Authority, answer: Path) -> None:
    again = authority.answer_as("tsa", answer)
    assert existed_before(again.read_bytes(), MESSAGE, authority.ca.read_bytes())


def test_an_altered_one(authority: Authority, answer: Path) -> None:
    good, roots = answer.read_bytes(), authority.ca.read_bytes()
    truth = existed_before(good, MESSAGE, roots)
    for place in range(0, len(good), 7):
        altered = bytearray(good)
        altered[place] ^= 0x01
        try:
            said = existed_before(bytes(altered), MESSAGE, roots)
        except TimestampFault:
            continue
        # Some bytes are signed by nobody; none of them changes the time.
        assert said == truth, place


@pytest.mark.parametrize(
    "damage", [b"", b"\x30", b"0" * 100, b"\x30\x03\x02\x01\x02", b"\x30\x84\xff\xff\xff\xff"], ids=repr
)
def test_one_that_is_none(authority: Authority, damage: bytes) -> None:
    assert shows_nothing(damage, authority.ca)


def test_a_long_one(authority: Authority) -> None:
    assert "longer" in shows_nothing(b"\x30" * (1 << 20), authority.ca)


def test_authorities_that_are_none(answer: Path) -> None:
    with pytest.raises(BadInput, match="no certificates"):
        existed_before(answer.read_bytes(), MESSAGE, b"not PEM")


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(BadInput) as caught:
        timestamp_query(MESSAGE)
    assert caught.value.hint == "pip install 'gitregistry[timestamp]'"
