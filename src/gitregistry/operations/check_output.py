"""What a check's command says on standard output: nothing, numbers by name, or result and measurements.

Annotations stay unquoted here: ``records/shapes.py`` reads them.
"""

from collections.abc import Mapping
from typing import Any

from gitregistry.errors import BadInput
from gitregistry.operations.measurements import require_distinct
from gitregistry.records.common import Line, Measure
from gitregistry.records.evidence import Measurement, Result
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import from_value
from gitregistry.records.strict_json import read_json

_NAME = "standard output"
_HINT = (
    'print {"NAME": NUMBER}, or {"measurements": [{"name": …, "value": …}]}, and all else to standard error'
)


@frozen
class CheckOutput(Frozen):
    """A command's own account. Without ``result``, its exit code says how it ended."""

    result: Result | None = None
    measurements: tuple[Measurement, ...] = ()


def read_output(data: bytes) -> CheckOutput:
    """Read it strictly; white space alone is nothing.

    Raises:
        BadInput: it is neither of the two forms.
    """
    if not data.strip():
        return CheckOutput()
    try:
        document = read_json(data, _NAME)
        if isinstance(document, dict) and not {"result", "measurements"} & set(document):
            numbers_of: Any = Mapping[Line, Measure]
            numbers = from_value(numbers_of, document, data, _NAME)
            output = CheckOutput(measurements=tuple(Measurement(name=n, value=v) for n, v in numbers.items()))
        else:
            output = from_value(CheckOutput, document, data, _NAME)
    except BadInput as fault:
        raise BadInput(
            fault.message, path=_NAME, line=fault.line, field=fault.field, hint=fault.hint or _HINT
        ) from None
    require_distinct(output.measurements, _NAME, "give each a name, or a slice, of its own")
    return output
