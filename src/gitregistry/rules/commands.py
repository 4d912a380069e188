"""The command that would meet a requirement."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records.policy import Check


def attest_command(name: str, check: Check, reference: str, slices: Sequence[str | None] = ()) -> str:
    """What files evidence for a check.

    Args:
        reference: ``MODEL:VERSION``.
        slices: which to give a value for, None for the whole; else those that the check asks for.
    """
    if check.run:
        return f"registry check {reference} {name}"
    if check.prometheus is not None:
        return f"registry attest {reference} {name} --prometheus URL"
    metrics = "".join(f" --metric {_metric(check, given)}" for given in slices or _asked_slices(check))
    where = f" --environment {check.environment}" if check.environment else ""
    return f"registry attest {reference} {name} --passed{metrics}{where}"


def _asked_slices(check: Check) -> Sequence[str | None]:
    if check.type != "measurement":
        return ()
    if check.every_slice_of is None:
        return (None,)
    return [f"{check.every_slice_of}={name}" for name in check.slices or ("SLICE",)]


def _metric(check: Check, given: str | None) -> str:
    # Quoted for the shells that take brackets for a pattern.
    return f"{check.measurement}=VALUE" if given is None else f"'{check.measurement}[{given}]=VALUE'"
