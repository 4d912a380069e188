"""The file behind ``promote --batch``: a list of releases and where each goes.

Annotations stay unquoted here: ``records/shapes.py`` reads them.
"""

from pathlib import Path
from typing import Any, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.operations.references import ReleaseName, parse_release
from gitregistry.records.common import Environment, Line, Prose
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import from_value
from gitregistry.records.strict_yaml import line_of, read_list


@frozen
class BatchLine(Frozen):
    """One item of the file. ``release`` is ``MODEL:VERSION``, ``to`` an environment."""

    release: Line
    to: Environment
    reason: Prose | None = None


class Wish(NamedTuple):
    """One promotion that is asked for. ``item`` is its place in the file, from 0."""

    name: ReleaseName
    environment: str
    reason: str | None
    item: int


class Batch(NamedTuple):
    """A batch file: its name and bytes for messages, and its promotions in the order given."""

    file: str
    data: bytes
    wishes: tuple[Wish, ...]

    def line(self, wish: Wish) -> int | None:
        """The line on which a promotion begins; the file is read again, so only for messages."""
        return line_of(self.data, [wish.item])


def read_batch(path: Path) -> Batch:
    """Read a batch file strictly.

    Raises:
        BadInput: it cannot be read, holds nothing, or names one model twice; with line and field.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the batch: {error.strerror}", path=str(path)) from None
    lines_of: Any = tuple[BatchLine, ...]
    given: tuple[BatchLine, ...] = from_value(lines_of, read_list(data, str(path)), data, str(path))
    if not given:
        raise BadInput("it asks for no promotion", path=str(path), hint="- {release: MODEL:VERSION, to: ENV}")
    wishes = tuple(_wish(index, line, data, str(path)) for index, line in enumerate(given))
    _require_one_for_each_model(wishes, data, str(path))
    return Batch(str(path), data, wishes)


def _wish(index: int, line: BatchLine, data: bytes, file: str) -> Wish:
    try:
        return Wish(parse_release(line.release), line.to, line.reason, index)
    except BadInput as fault:
        raise _fault(fault.message, fault.hint, (index, "release"), data, file) from None


def _require_one_for_each_model(wishes: tuple[Wish, ...], data: bytes, file: str) -> None:
    """All are judged on the registry before the batch: no promotion can rest on one beside it."""
    seen: dict[str, Wish] = {}
    for wish in wishes:
        earlier = seen.setdefault(wish.name.model, wish)
        if earlier is not wish:
            raise _fault(
                f"{wish.name.model} is promoted twice, here and on line {line_of(data, [earlier.item])}; "
                "a batch moves one alias of a model",
                "put the later promotion into a batch of its own, which is judged on what this one did",
                (wish.item, "release"),
                data,
                file,
            )


def _fault(message: str, hint: str | None, way: tuple[int, str], data: bytes, file: str) -> BadInput:
    return BadInput(message, path=file, line=line_of(data, way), field=f"[{way[0]}].{way[1]}", hint=hint)
