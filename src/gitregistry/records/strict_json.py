"""JSON that other programs write, read as strictly as records are and into the same values.

Numbers stay the text that was written, so that none goes through a binary float; strings come back as
``Quoted``. Refused are duplicate keys, NaN and infinities, more than one document, bytes that are not UTF-8,
and nesting deeper than ``MAX_DEPTH``. Time and memory are linear in the size, which the caller bounds.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.strict_yaml import MAX_DEPTH, Quoted, Value

_WORDS: Final = {True: "true", False: "false", None: "null"}


class _Number(str):
    """A number's own text, which must not be taken for a string's."""

    __slots__ = ()


def read_json(data: bytes, name: str) -> Value:
    """The document as nested maps, lists and text: numbers, ``true``, ``false`` and ``null`` plain.

    Args:
        name: the file named in faults.

    Raises:
        BadInput: the bytes are not one document in strict JSON; with the line as far as it is known.
    """
    try:
        text = data.decode("utf-8-sig")
        found = json.loads(
            text,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
        return _value(found, 0)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise BadInput("is not UTF-8", path=name, line=line, hint="save it as UTF-8") from None
    except json.JSONDecodeError as fault:
        raise BadInput(f"is not JSON: {fault.msg}", path=name, line=fault.lineno) from None
    except _Unfit as fault:
        raise BadInput(fault.words, path=name, line=_line_of(text, fault.sought), hint=fault.hint) from None
    except RecursionError:
        raise _too_deep(name) from None


class _Unfit(Exception):
    """JSON, but none that can be relied on; ``sought`` is the word that it is about."""

    def __init__(self, words: str, hint: str, sought: str = "") -> None:
        super().__init__(words)
        self.words, self.hint, self.sought = words, hint, sought


def _refuse_constant(word: str) -> NoReturn:
    raise _Unfit(
        f"holds {word}, which is no number", "let the program leave out what it could not measure", word
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Unfit(f"the key {shown(key)} is given twice", "keep one of the two")
            seen.add(key)
    return made


def _value(found: Any, depth: int) -> Value:
    if isinstance(found, _Number):
        return str(found)
    if isinstance(found, str):
        return Quoted(found)
    if not isinstance(found, dict | list):
        return _WORDS[found]
    if depth >= MAX_DEPTH:
        raise RecursionError
    if isinstance(found, dict):
        return {key: _value(item, depth + 1) for key, item in found.items()}
    return [_value(item, depth + 1) for item in found]


def _too_deep(name: str) -> BadInput:
    return BadInput(f"is nested deeper than {MAX_DEPTH} levels", path=name, hint="write it flatter")


def _line_of(text: str, word: str) -> int | None:
    """The line on which a word first stands outside of strings; None when it is not asked for."""
    for found in re.finditer(rf'"(?:[^"\\]|\\.)*"|{re.escape(word)}', text) if word else ():
        if found[0] == word:
            return text.count("\n", 0, found.start()) + 1
    return None
