"""The command that would meet a requirement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitregistry.records.policy import Check
from gitregistry.rules.built_in_checks import check_command

if TYPE_CHECKING:
    from gitregistry.rules.requirements import Promotion  # whose requirements give these hints


def attest_command(name: str, check: Check, reference: str, slices: Sequence[str | None] = ()) -> str:
    """What files evidence for a check: what makes it here, else what says how it ended elsewhere.

    Args:
        reference: ``MODEL:VERSION``.
        slices: which to give a value for, None for the whole; else those that the check asks for.
    """
    made_here = check_command(name, check, reference)
    if made_here is not None:
        return made_here
    if check.prometheus is not None:
        return f"registry attest {reference} {name} --prometheus URL"
    metrics = "".join(f" --metric {_metric(check, given)}" for given in slices or _asked_slices(check))
    where = f" --environment {check.environment}" if check.environment else ""
    return f"registry attest {reference} {name} --passed{metrics}{where}"


def promote_command(promotion: Promotion) -> str:
    """The same promotion once more: an emergency one stays what it is."""
    release = promotion.release.record
    command = f"registry promote {release.model_name}:{release.version} --to {promotion.environment}"
    if promotion.incident is None:
        return command
    return f"{command} --emergency --incident {promotion.incident} --reason '…'"


def _asked_slices(check: Check) -> Sequence[str | None]:
    if check.type != "measurement":
        return ()
    if check.every_slice_of is None:
        return (None,)
    return [f"{check.every_slice_of}={name}" for name in check.slices or ("SLICE",)]


def _metric(check: Check, given: str | None) -> str:
    # Quoted for the shells that take brackets for a pattern.
    return f"{check.measurement}=VALUE" if given is None else f"'{check.measurement}[{given}]=VALUE'"
