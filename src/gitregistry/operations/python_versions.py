"""Versions of Python, exact or as a specifier: which of them say the same."""

from __future__ import annotations

import re
from typing import Final

_EXACT: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}")
_CLAUSE: Final = re.compile(r"(~=|===|==|!=|<=|>=|<|>|\^|~)?([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(\.\*)?")


def exact_version(said: str) -> str | None:
    """``3.11.7`` of ``3.11.7``, ``==3.11.7`` or ``==3.11.*``; None where more than that is allowed."""
    plain = re.sub(r"^={2,3}", "", said).removesuffix(".*")
    return plain if _EXACT.fullmatch(plain) else None


def agrees(version: str, said: str) -> bool:
    """Whether a version is one that is said: the same, a part of it, or within a specifier.

    What cannot be compared agrees with itself alone.
    """
    exact = exact_version(said)
    if exact is not None:
        return version == exact or version.startswith(f"{exact}.") or exact.startswith(f"{version}.")
    if not _EXACT.fullmatch(version):
        return version == said
    clauses = [_CLAUSE.fullmatch(clause) for clause in said.split(",")]
    return all(clause is not None and _within(version, clause) for clause in clauses)


def _within(version: str, clause: re.Match[str]) -> bool:
    """Compared as far as both go: 3.11 may be a 3.11.4, and so is within ``>=3.11.4``."""
    sign, bound, star = clause[1] or "==", _numbers(clause[2]), clause[3]
    own = _numbers(version)
    length = min(len(own), len(bound))
    mine, other = own[:length], bound[:length]
    whole = len(own) >= len(bound)
    if sign in ("==", "==="):
        return mine == other
    if sign == "!=":
        return mine != other or not (whole and (star or len(own) == len(bound)))
    if sign == "<":
        return mine < other or (mine == other and not whole)
    if sign == ">":
        return mine >= other
    if sign == "<=":
        return mine <= other
    kept = bound[:1] if sign == "^" else bound[:-1] if sign == "~=" and len(bound) > 1 else bound[:2]
    return mine >= other and (sign == ">=" or own[: len(kept)] == kept[: len(own)])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
