"""``registry resolve`` is read by two parsers; whatever the quick one takes, it reads as typer does."""

from __future__ import annotations

import pytest

from gitregistry.cli import app, direct
from gitregistry.cli.main import hoist
from tests.support.registry import Registry

REFERENCE = "churn@production"
PLAIN = [
    [REFERENCE],
    [REFERENCE, "--json"],
    ["--json", REFERENCE],
    ["churn:v1", "--json"],
    ["churn:v1", "--at", "HEAD~1"],
    ["churn:v1", "--at=HEAD~1", "--json"],
    [REFERENCE, "--branch", "main"],
    ["--branch=main", REFERENCE, "--json"],
]
LEFT_TO_TYPER = [
    [],
    ["--help"],
    [REFERENCE, "--jsn"],
    [REFERENCE, "churn@staging"],
    [REFERENCE, "--at"],
    ["--", REFERENCE],
]


@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_both_parsers_give_the_same_answer(
    live: Registry, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line, _ = hoist(["resolve", *arguments, "-C", str(live.folder)])
    assert direct.resolve_directly(line)
    quick = capsys.readouterr().out
    assert app.application(line) == 0
    assert capsys.readouterr().out == quick
    assert "churn" in quick


@pytest.mark.parametrize("arguments", LEFT_TO_TYPER, ids=" ".join)
def test_whatever_is_not_plain_is_left_to_typer(arguments: list[str]) -> None:
    assert not direct.resolve_directly(["resolve", *arguments])


def test_other_verbs_are_left_to_typer() -> None:
    assert not direct.resolve_directly(["show", REFERENCE])
    assert not direct.resolve_directly(["-C", "somewhere", "show", REFERENCE])
