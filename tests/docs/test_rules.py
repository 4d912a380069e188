"""Every code that a finding may carry has its page, and no page is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gitregistry.rules.catalogue import CATALOGUE, Page
from tests.docs.blocks import ROOT

# What makes findings, and which argument is the code.
MAKERS = {"Finding": 0, "finding": 0, "Broken": 0, "Doubt": 0, "SignatureFault": 0, "Requirement": 5}


def test_every_code_in_use_has_its_page_and_every_page_a_code_in_use() -> None:
    assert used() == set(CATALOGUE)


def test_pages_are_filled_in_with_sentences() -> None:
    for code, page in CATALOGUE.items():
        for part, text in zip(Page._fields[:4], page[:4], strict=True):
            assert text.strip() == text, f"{code}.{part}"
            assert text.endswith((".", ")")), f"{code}.{part}"


def used() -> set[str]:
    """All codes that the source gives to findings, or to what becomes one."""
    found: set[str] = set()
    for path in sorted((ROOT / "src/gitregistry").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.ClassDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call):
                        found.update(_codes(_code_argument(node), function))
    return found


def _code_argument(call: ast.Call) -> ast.expr | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = MAKERS.get(name)
    if place is None:
        return None
    named = next((keyword.value for keyword in call.keywords if keyword.arg in ("rule", "code")), None)
    if named is not None:
        return named
    if name == "Requirement":  # an unmet one without a rule is what the class says by default
        return ast.Constant("requirement")
    return call.args[place] if len(call.args) > place else None


def _codes(value: ast.expr | None, function: ast.AST) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=body, orelse=orelse):
            yield from _codes(body, function)
            yield from _codes(orelse, function)
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(ending))]):
            yield from (f"{kind}{ending}" for kind in ("trust", "policy"))
        case ast.Name(id=name):
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == name for to in node.targets):
                    yield from _codes(node.value, function)
