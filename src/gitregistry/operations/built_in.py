"""The checks that ``registry check`` makes by itself: by which name, and what each one's end amounts to.

Nothing that went wrong passes: what cannot be read, fetched or understood is an ``error`` that says why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from gitregistry.errors import RegistryError
from gitregistry.operations.attest import CheckResult
from gitregistry.operations.present import Present
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.subject import Maker, Subject
from gitregistry.operations.workspace import Workspace
from gitregistry.records.evidence import Measurement, Result, Tool, Window
from gitregistry.records.policy import Check
from gitregistry.records.text import first_refused
from gitregistry.registry.moments import moment_text
from gitregistry.rules.built_in_checks import ARTIFACT, REPRODUCIBLE, SCAN, SCHEMA

# A note has to fit into a record, and people have to read it.
_MOST_LINES: Final = 200
_LONGEST_LINE: Final = 300


class Ground(NamedTuple):
    """What a built-in check may look at besides the release itself; ``against`` is what the caller named."""

    workspace: Workspace
    present: Present
    against: ReleaseName | None


class Outcome(NamedTuple):
    """What a check found; its lines become the evidence's note: what decides first, a summary last."""

    result: Result
    lines: tuple[str, ...]
    measurements: tuple[Measurement, ...] = ()


BuiltIn = Callable[[Ground, Subject], Outcome]


def built_in_maker(name: str, check: Check, ground: Ground) -> Maker:
    """A maker of one of ``BUILT_IN``."""
    look = _load(name)

    def make(subject: Subject, _on_log: Callable[[bytes], None]) -> CheckResult:
        from importlib.metadata import version  # noqa: PLC0415 - costs more than what most commands do

        begun = moment_text(datetime.now(UTC))
        outcome = _with_what_is_bounded(_outcome(look, ground, subject), check)
        return CheckResult(
            check=name,
            result=outcome.result,
            measurements=outcome.measurements,
            environment=subject.environment,
            observed=Window(start=begun, end=moment_text(datetime.now(UTC))),
            tool=Tool(name="gitregistry", version=version("gitregistry")),
            note=note_of(outcome.lines),
        )

    return make


def counted(**counts: int) -> tuple[Measurement, ...]:
    """What was counted, as measurements."""
    return tuple(Measurement(name=name, value=Decimal(count)) for name, count in counts.items())


def note_of(lines: tuple[str, ...]) -> str:
    """Lines as a record can hold them, the last always: names from artifacts may be of any length."""
    shown = [_inert(line)[:_LONGEST_LINE] for line in lines]
    left = len(shown) - _MOST_LINES
    if left > 0:
        shown = [*shown[: _MOST_LINES - 1], f"and {left} more", shown[-1]]
    return "\n".join(shown)


def _inert(line: str) -> str:
    """A line without what no record may hold and no terminal should get."""
    return "".join(
        letter if letter.isprintable() and first_refused(letter) is None else ascii(letter)[1:-1]
        for letter in line
    )


def _load(name: str) -> BuiltIn:
    # Each brings along what it needs, such as hashing and fsspec; a command needs one or two of them.
    if name == ARTIFACT:
        from gitregistry.operations.check_artifact import check_artifact  # noqa: PLC0415

        return check_artifact
    if name == SCHEMA:
        from gitregistry.operations.check_schema import check_schema  # noqa: PLC0415

        return check_schema
    if name == SCAN:
        from gitregistry.operations.check_scan import check_scan  # noqa: PLC0415

        return check_scan
    if name == REPRODUCIBLE:
        from gitregistry.operations.check_reproducible import check_reproducible  # noqa: PLC0415

        return check_reproducible
    raise AssertionError(f"{name} is no built-in check")


def _outcome(look: BuiltIn, ground: Ground, subject: Subject) -> Outcome:
    try:
        return look(ground, subject)
    except RegistryError as error:
        hint = (f"what to do: {error.hint}",) if error.hint else ()
        return Outcome("error", (str(error), *hint))
    except OSError as error:
        way = "what to do: see to the temporary folder, which TMPDIR names"
        return Outcome("error", (f"this machine cannot make the check: {error.strerror}", way))


def _with_what_is_bounded(outcome: Outcome, check: Check) -> Outcome:
    """The outcome, or an error where the policy's check has a bound on what was not measured."""
    if outcome.result != "passed" or check.measurement is None:
        return outcome
    if any(item.name == check.measurement for item in outcome.measurements):
        return outcome
    return Outcome(
        "error",
        (f"no data: this check does not measure {check.measurement}", *outcome.lines),
        outcome.measurements,
    )
