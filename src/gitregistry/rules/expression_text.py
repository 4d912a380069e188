"""What an expression may say, so that judging it costs little and ends the same on every machine.

CEL always ends, but a short expression can still take hours or all memory by doubling a value again and
again. No clock may decide a verdict that others must reproduce, so the ways to grow a value in a loop are
not there: ``map``, ``+`` beside a loop, lists of anything but constants within one. ``map`` and ``filter``
would also bring the keys of a map in an order, which nobody promises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_CHARACTERS = 1000
MOST_NESTED = 2  # loops within one another
LOOPS = ("all", "exists", "exists_one")
FUNCTIONS = ("has", "size", "contains", "startsWith", "endsWith")

_CONSTANTS = ("true", "false", "null")
_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<number>[0-9][0-9A-Za-z]*)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[-+*/%!<>=&|?:.,()\[\]])""",
    re.ASCII,
)


class ExpressionFault(Exception):
    """An expression that cannot be judged, and why; ``place`` is ``LINE:COLUMN`` where one is known."""

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


class Extent(NamedTuple):
    """How much an expression can cost.

    Attributes:
        words: how many names, numbers, texts and marks it has.
        loops: how many loops there are.
        nested: how many of them stand within one another.
        longest: how many items its longest list has.
        names: every name in it.
    """

    words: int
    loops: int
    nested: int
    longest: int
    names: frozenset[str]


class _Bracket:
    """An open bracket: the loop it belongs to, or a list written out."""

    __slots__ = ("is_list", "is_loop", "items")

    def __init__(self, *, is_loop: bool, is_list: bool) -> None:
        self.is_loop = is_loop
        self.is_list = is_list
        self.items = 1


def extent_of(text: str) -> Extent:
    """Read an expression as far as its cost depends on it; whether it means anything is for CEL to say.

    Raises:
        ExpressionFault: it says what it may not.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionFault(f"it has {len(text)} characters; {MOST_CHARACTERS} is the most")
    tokens = list(_tokens(text))
    open_: list[_Bracket] = []
    loops = nested = longest = 0
    for index, token in enumerate(tokens):
        if token[0] in "([":
            open_.append(_opened(text, tokens, index))
            loops += open_[-1].is_loop
            nested = max(nested, sum(bracket.is_loop for bracket in open_))
        elif token[0] in ")]" and open_:
            longest = max(longest, open_.pop().items)
        elif token[0] == "," and open_:
            open_[-1].items += 1
        else:
            _check_word(text, token, tokens[index - 1] if index else None, open_)
    if nested > MOST_NESTED:
        raise ExpressionFault(f"{nested} loops stand within one another; {MOST_NESTED} is the most")
    names = frozenset(token[0] for token in tokens if token.lastgroup == "name")
    plus = next((token for token in tokens if token[0] == "+"), None)
    if loops and plus is not None:
        raise _fault(text, plus, "'+' has no place beside a loop; a + b <= c can be written a <= c - b")
    return Extent(len(tokens), loops, nested, longest, names)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ExpressionFault(f"{text[at]!r} has no place in an expression", _place(text, at))
        at = token.end()
        if token.lastgroup != "skip":
            yield token


def _opened(text: str, tokens: list[re.Match[str]], index: int) -> _Bracket:
    """What a bracket opens, by what stands before it."""
    before = tokens[index - 1] if index else None
    named = before is not None and before.lastgroup == "name" and before[0] not in (*_CONSTANTS, "in")
    if tokens[index][0] == "[":
        follows_value = named or (before is not None and (before[0] in ")]" or before.lastgroup == "text"))
        return _Bracket(is_loop=False, is_list=not follows_value)
    if not named or before is None:
        return _Bracket(is_loop=False, is_list=False)
    if before[0] not in LOOPS + FUNCTIONS:
        known = ", ".join((*FUNCTIONS, *LOOPS))
        raise _fault(text, before, f"{before[0]}() cannot be used; there are {known}")
    return _Bracket(is_loop=before[0] in LOOPS, is_list=False)


def _check_word(text: str, token: re.Match[str], before: re.Match[str] | None, open_: list[_Bracket]) -> None:
    if token.lastgroup == "text" and before is not None and before[0] != "in":
        if before.lastgroup in ("text", "name"):
            raise _fault(text, token, "a text is written in one piece, without a prefix")
    elif token.lastgroup == "name" and token[0] not in _CONSTANTS and _is_in_looped_list(open_):
        raise _fault(text, token, f"a list within a loop holds constants only, not {token[0]}")


def _is_in_looped_list(open_: list[_Bracket]) -> bool:
    """Whether a loop is open, and a list written out within it."""
    first = next((index for index, bracket in enumerate(open_) if bracket.is_loop), len(open_))
    return any(bracket.is_list for bracket in open_[first:])


def _fault(text: str, token: re.Match[str], message: str) -> ExpressionFault:
    return ExpressionFault(message, _place(text, token.start()))


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at)
    return f"{line + 1}:{at - text.rfind(chr(10), 0, at)}"
