"""Records as bytes: one spelling for each value, and none that two YAML readers read differently.

Block style, keys in the order given, two spaces a level. Text is plain only when it begins with a letter or a
slash, holds nothing but a few harmless characters and is no word of YAML 1.1 or 1.2; else it is a literal
block or in double quotes. What ``strict_yaml.read`` would refuse is refused here first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.strict_yaml import MAX_BYTES, MAX_DEPTH
from gitregistry.records.text import dotted, first_refused

_Path: TypeAlias = "tuple[str | int, ...]"

# A colon or a space needs a character after it, so neither ends the text and `: ` never occurs; ` #` cannot.
_PLAIN: Final = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./@+=,;()~%-]|:(?=[^ ])| (?=[^ ]))*")
# Every word of letters that YAML 1.1 or 1.2, or a widespread reader, takes for null, a bool or a number.
_WORDS: Final = frozenset(
    ["null", "none", "nil", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"]
)
# One or more lines, the first not empty, none ending in a blank, only the last ones empty; no tabs anywhere.
_LITERAL: Final = re.compile(r"[^ \t\n][^\t\n]*\n[^\t]*")
_TRAILING_BLANK: Final = re.compile(r" (?:\n|\Z)")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
# YAML readers look for the colon after a key on 1,024 characters and no further.
_MAX_KEY: Final = 1000
# As many digits after the point as a schema's number has; beyond, the exponent is written.
_MAX_PLACES: Final = 40


def write(value: Mapping[str, object], *, header: Sequence[str] = ()) -> bytes:
    """The map as YAML, UTF-8 and LF; ``header`` are lines of comment above it.

    Values are maps, lists or tuples, text, bools, ints, finite Decimals and None. A Decimal's text gives the
    same Decimal again, exponent included, with up to 40 digits after the point.

    Raises:
        TypeError: a value of any other type; floats and times are text or Decimals before they come here.
        BadInput: text, a key, a depth or a size that no record may have.
    """
    lines: list[str] = []
    for comment in header:
        _check_text(comment, ())
        lines += [f"# {line}".rstrip() for line in comment.split("\n")]
    if value:
        _write_map(lines, value, "", ())
    else:
        lines.append("{}")
    lines.append("")
    data = "\n".join(lines).encode()
    if len(data) > MAX_BYTES:
        raise BadInput(
            f"the record would have {len(data):,} bytes; a record has at most {MAX_BYTES:,}",
            hint="keep reports and artifacts outside and name their digests",
        )
    return data


def _write_map(lines: list[str], value: Mapping[str, object], lead: str, path: _Path) -> None:
    """A map that is not empty; ``lead`` stands before its first key: blanks, and dashes inside a list."""
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"a key is text, not {type(key).__name__}: {dotted(path)}")
        _write_item(lines, f"{lead}{_key(key, path)}:", item, (*path, str.__str__(key)))
        lead = _blank(path)


def _write_list(lines: list[str], value: Sequence[object], lead: str, path: _Path) -> None:
    for index, item in enumerate(value):
        _write_item(lines, f"{lead}-", item, (*path, index))
        lead = _blank(path)


def _write_item(lines: list[str], head: str, value: object, path: _Path) -> None:
    """What follows a key or a dash: on the same line if it is short, else one level further in."""
    if len(path) >= MAX_DEPTH and isinstance(value, Mapping | list | tuple):
        raise BadInput(
            f"is nested deeper than {MAX_DEPTH} levels", field=dotted(path), hint="write it flatter"
        )
    lead = f"{head} "
    if isinstance(path[-1], str) and isinstance(value, Mapping | list | tuple) and value:
        lines.append(head)
        lead = _blank(path)
    if isinstance(value, Mapping) and value:
        _write_map(lines, value, lead, path)
    elif isinstance(value, list | tuple) and value:
        _write_list(lines, value, lead, path)
    elif isinstance(value, str):
        _write_text(lines, lead, str.__str__(value), path)
    else:
        lines.append(f"{lead}{_scalar(value, path)}")


def _blank(path: _Path) -> str:
    return "  " * len(path)


def _scalar(value: object, path: _Path) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, Decimal):
        return _decimal(value, path)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    raise TypeError(f"no record holds a {type(value).__name__}: {dotted(path)}")


def _decimal(value: Decimal, path: _Path) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise BadInput(f"{value} is not a finite number", field=dotted(path), hint="leave the value out")
    # With `f` an exponent above zero would come back as zeros, so that one is written out.
    return format(value, "f") if -_MAX_PLACES <= exponent <= 0 else str(value)


def _key(key: str, path: _Path) -> str:
    text = str.__str__(key)
    _check_text(text, path)
    written = _inline(text)
    if text == "<<" or len(written) > _MAX_KEY:
        raise BadInput(f"{shown(text)} cannot be a key", field=dotted(path), hint="use a short word")
    return written


def _write_text(lines: list[str], lead: str, text: str, path: _Path) -> None:
    _check_text(text, path)
    if not _LITERAL.fullmatch(text) or _TRAILING_BLANK.search(text):
        lines.append(lead + _inline(text))
        return
    body = text.removesuffix("\n")
    chomping = "-" if body == text else "+" if body.endswith("\n") else ""
    lines.append(f"{lead}|{chomping}")
    lines += [_blank(path) + line if line else "" for line in body.split("\n")]


def _inline(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{text.translate(_ESCAPES)}"'


def _check_text(text: str, path: _Path) -> None:
    refused = first_refused(text)
    if refused is not None:
        raise BadInput(f"holds {refused.name}", field=dotted(path) or None, hint="remove the character")
