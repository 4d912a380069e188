"""Modules with one of their checks switched off: each ``raise``, and each half of what leads to one.

A mutant is made from the module's source and loaded beside it; nothing that is imported changes.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

_REFUSING = {"refuse", "refuse_key", "refuse_syntax", "_require_ed25519", "check_node", "check_escapes"}


class Mutant(NamedTuple):
    """What was switched off, as the source has it, and the module without it."""

    off: str
    module: ModuleType


def mutants(original: ModuleType) -> Iterator[Mutant]:
    """Every one of a module."""
    assert original.__file__ is not None
    tree = ast.parse(Path(original.__file__).read_text("utf-8"))
    number = len(list(_places(tree)))
    for index in range(number):
        changed = copy.deepcopy(tree)
        off = _switch_off(changed, index)
        module = ModuleType(original.__name__)
        module.__file__ = original.__file__
        exec(compile(ast.fix_missing_locations(changed), f"<without {off}>", "exec"), vars(module))
        yield Mutant(off, module)


def _places(tree: ast.AST) -> Iterator[tuple[Any, str, int]]:
    """Where something can be switched off: a node, the list in it, and the place in that list."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "handlers", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):  # in an expression of these names lies one value
                yield from ((node, name, at) for at, statement in enumerate(block) if _refuses(statement))
        if isinstance(node, ast.If) and isinstance(node.test, ast.BoolOp) and _gives_up(node.body[0]):
            yield from ((node.test, "values", place) for place in range(len(node.test.values)))
        if isinstance(node, ast.Return) and node.value is not None:
            parts = [part for part in ast.walk(node.value) if isinstance(part, ast.BoolOp)]
            yield from ((part, "values", place) for part in parts for place in range(len(part.values)))


def _refuses(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in _REFUSING


def _gives_up(statement: ast.stmt) -> bool:
    return _refuses(statement) or isinstance(statement, ast.Break)


def _switch_off(tree: ast.AST, index: int) -> str:
    node, name, place = list(_places(tree))[index]
    parts = getattr(node, name)
    off = ast.unparse(parts[place]).splitlines()[0]
    if isinstance(node, ast.BoolOp):  # what is False for `or` is True for `and`: the others decide
        parts[place] = ast.copy_location(ast.Constant(isinstance(node.op, ast.And)), parts[place])
        return f"{off}  (of {ast.unparse(node)[:100]})"
    parts[place] = ast.copy_location(ast.Pass(), parts[place])
    return off
