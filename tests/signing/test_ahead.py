"""Checks made by another process: what it says changes how long a check takes, and never what comes of it."""

from __future__ import annotations

import time

import pytest

from gitregistry.signing.ahead import Ahead
from gitregistry.signing.sshsig import Check, SignatureFault, check_of, read_signatures, signed_data
from tests.signing.forge import KEY, MESSAGE, SECRET, good_text
from tests.signing.openssh import NAMESPACE


def check(number: int) -> Check:
    data = signed_data(b"%d" % number, NAMESPACE)
    return Check(KEY.raw, SECRET.sign(data), data)


def wrong(number: int) -> Check:
    return check(number)._replace(data=signed_data(b"something else", NAMESPACE))


def wait_for_answers(ahead: Ahead, last: Check) -> None:
    """Until the other process has said of the check that it comes to last that it holds."""
    end = time.monotonic() + 60
    while not ahead.knows(last):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_holds_elsewhere_holds_here_and_what_does_not_is_refused() -> None:
    checks = [check(0), *(wrong(n) if n % 3 == 0 else check(n) for n in range(1, 100))]
    with Ahead(checks) as ahead:
        wait_for_answers(ahead, checks[0])
        for number, one in enumerate(checks):
            if number and number % 3 == 0:
                assert not ahead.knows(one)
                with pytest.raises(SignatureFault, match="not over these bytes"):
                    ahead.require(one)
            else:
                assert ahead.knows(one)
                ahead.require(one)


@pytest.mark.parametrize("field", Check._fields)
def test_a_yes_is_for_that_key_signature_and_data_alone(field: str) -> None:
    good, other = check(1), check(2)
    with Ahead([good]) as ahead:
        wait_for_answers(ahead, good)
        mixed = good._replace(**{field: bytes(32) if field == "key" else getattr(other, field)})
        assert not ahead.knows(mixed)
        with pytest.raises(SignatureFault):
            ahead.require(mixed)


def test_what_was_not_asked_ahead_or_not_answered_is_checked_here() -> None:
    checks = [check(number) for number in range(50)]
    ahead = Ahead(checks)
    with ahead:
        ahead.require(check(1000))
    for one in checks:  # its process is gone
        ahead.require(one)
    with pytest.raises(SignatureFault, match="not over these bytes"):
        ahead.require(wrong(1))


def test_a_key_of_small_order_is_refused_by_either_process() -> None:
    neutral = (1).to_bytes(32, "little")
    forged = Check(neutral, neutral + bytes(32), signed_data(b"anything", NAMESPACE))
    with Ahead([check(1), forged]) as ahead:
        wait_for_answers(ahead, check(1))
        assert not ahead.knows(forged)
        with pytest.raises(SignatureFault, match="small order"):
            ahead.require(forged)


def test_what_a_signature_says_of_itself_is_judged_before_anything_is_asked() -> None:
    (signature,) = read_signatures(good_text())
    assert check_of(signature, MESSAGE, NAMESPACE).key == KEY.raw
    with pytest.raises(SignatureFault) as caught:
        check_of(signature, MESSAGE, "gitregistry.alias.v1")
    assert caught.value.code == "namespace"
