"""The edge to the CEL library: compiled once, and nothing but ``true`` is true.

The library gives errors back as values that Python takes for true; they are told apart by their type here
and nowhere else. It stops after 10,000 rounds of loops and refuses what nests deeper than 32, by count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gitregistry.errors import CannotTell
from gitregistry.rules.expression_text import ExpressionFault, extent_of

VARIABLES = ("release", "evidence", "incumbent")
_PLACE = re.compile(r"<input>:([0-9]+):([0-9]+): ([^\n]*)")


def compile_expression(text: str) -> None:
    """See that an expression can be judged.

    Raises:
        ExpressionFault: it cannot, and why.
        CannotTell: the library is not installed here.
    """
    extent_of(text)
    _compiled(text)


def is_true(text: str, values: Mapping[str, Any]) -> bool:
    """What an expression says of plain values, one for each of ``VARIABLES``.

    Raises:
        ExpressionFault: it ends in an error, or in neither true nor false.
        CannotTell: the library is not installed here.
    """
    cel = _library()
    try:
        result = _compiled(text).eval(data=dict(values))
    except RuntimeError as error:
        raise _read_fault(error) from None
    if result.type() == cel.Type.ERROR:
        raise ExpressionFault(str(result.value()))
    value = result.value()
    if result.type() != cel.Type.BOOL or not isinstance(value, bool):
        raise ExpressionFault(f"it gives a value of the type {result.type().name()}, neither true nor false")
    return value


@lru_cache(maxsize=256)
def _compiled(text: str) -> Any:
    cel = _library()
    types = {"release": cel.Type.Map(cel.Type.STRING, cel.Type.DYN), "incumbent": cel.Type.DYN}
    types["evidence"] = types["release"]
    try:
        compiled = cel.NewEnv(variables=types).compile(text)
    except RuntimeError as error:
        raise _read_fault(error) from None
    if compiled.return_type() != cel.Type.BOOL:
        kind = compiled.return_type().name()
        raise ExpressionFault(f"it gives {kind.lower()}, not true or false; compare it, as in … == true")
    return compiled


def _read_fault(error: RuntimeError) -> ExpressionFault:
    found = _PLACE.search(str(error))
    if found is None:
        return ExpressionFault(str(error).split("\n", maxsplit=1)[0])
    line, column, message = found.groups()
    return ExpressionFault(message.replace("(in container '')", "").strip(), f"{line}:{column}")


def _library() -> Any:
    try:
        from cel_expr_python import cel  # noqa: PLC0415 - optional, and only policies with expressions need it
    except ImportError:
        raise CannotTell(
            "the policy has an expression in CEL, and cel-expr-python is not installed here",
            hint="pip install 'gitregistry[cel]'",
        ) from None
    return cel
