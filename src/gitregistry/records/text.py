"""Which characters a record may hold, and how a place inside a record is spelled.

Refused is whatever a person reviewing a record cannot see or is misled by: control characters (a terminal
obeys them), bidirectional controls (text shown in another order than it is read: CVE-2021-42574), zero-width
and other default-ignorable characters (two names that look the same), other line breaks than LF (YAML 1.1
and 1.2 disagree on them), non-characters and lone surrogates. Tab and LF are kept, and so are the two
variation selectors U+FE0E and U+FE0F that every emoji keyboard writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from gitregistry.records.names import shown

_CONTROL: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_LINE_BREAK: Final = "\u2028\u2029"
_BIDIRECTIONAL: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Default_Ignorable_Code_Point of Unicode 15.1 without the above and without U+FE0E and U+FE0F, and the
# interlinear annotation marks U+FFF9 to U+FFFB.
_INVISIBLE: Final = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SURROGATE: Final = "\ud800-\udfff"
_NON_CHARACTER: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)

_KINDS: Final = (
    (_LINE_BREAK + "\x85", "a line break other than LF"),
    (_BIDIRECTIONAL, "a bidirectional control"),
    (_INVISIBLE, "a zero-width character"),
    (_SURROGATE, "a lone surrogate"),
    (_NON_CHARACTER, "a non-character"),
)
_PLAIN_KEY: Final = r"[A-Za-z_][A-Za-z0-9_-]{0,99}"


class Refused(NamedTuple):
    """A character that a record may not hold: its index in the text, and its name for people."""

    position: int
    name: str


@cache
def _refused() -> re.Pattern[str]:
    # Compiled on first need: most records are ASCII and never come here, and start-up time is a feature.
    return re.compile(f"[{_CONTROL}{_LINE_BREAK}{_BIDIRECTIONAL}{_INVISIBLE}{_SURROGATE}{_NON_CHARACTER}]")


def first_refused(text: str) -> Refused | None:
    """The first character of the text that no record may hold, or None."""
    if text.isascii() and text.isprintable():
        return None
    found = _refused().search(text)
    return Refused(found.start(), _name(found[0])) if found else None


def _name(character: str) -> str:
    kinds = (kind for members, kind in _KINDS if re.match(f"[{members}]", character))
    return f"U+{ord(character):04X} ({next(kinds, 'a control character')})"


def dotted(path: Sequence[str | int]) -> str:
    """A place inside a record, for people: ``runtime.python``, ``files[2].path``, ``labels['a b']``."""
    return "".join(_step(step) for step in path).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(_PLAIN_KEY, step) else f"[{shown(step)}]"
