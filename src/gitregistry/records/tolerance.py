"""How far a value may differ from another: ``0.02`` in its own unit, or ``2%`` of the other."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import NamedTuple

from gitregistry.records.shapes import Text

# The sum, difference or product of any two numbers that records can hold, to the last digit; were it ever
# not so, that is an error and no verdict.
_EXACT = Context(prec=5000, traps=[Inexact])


class ToleranceText(Text):
    """``0.02`` or ``2%``, as written; never negative."""

    def __init__(self) -> None:
        super().__init__(r"[0-9]{1,20}(?:\.[0-9]{1,20})?%?", "a number like 0.02 or a share like 2%")
        self.schema = {"type": ["number", "string"], "minimum": 0, "pattern": self.schema["pattern"]}


class Tolerance(NamedTuple):
    """An amount, or a percentage when ``relative``."""

    amount: Decimal
    relative: bool

    def is_exceeded(self, difference: Decimal, baseline: Decimal) -> bool:
        """Whether a difference from ``baseline``, which is above zero when this is relative, is too much."""
        if not self.relative:
            return difference > self.amount
        return _EXACT.multiply(Decimal(100), difference) > _EXACT.multiply(self.amount, baseline)


def tolerance_of(text: str) -> Tolerance:
    """What a tolerance's text says."""
    return Tolerance(Decimal(text.rstrip("%")), text.endswith("%"))


def difference(one: Decimal, other: Decimal) -> Decimal:
    """One less the other, exactly."""
    return _EXACT.subtract(one, other)
