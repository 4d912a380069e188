"""Printing a verdict for whoever reads it: a person, a program, a forge's runner, a code scanner."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import typer

from gitregistry.cli.json_output import print_json
from gitregistry.cli.output import inert, show
from gitregistry.cli.streams import silence_output
from gitregistry.errors import BadInput
from gitregistry.rules.findings import Finding
from gitregistry.views.blocks import View

EXIT_CODES = {"pass": 0, "fail": 1, "unknown": 5}


class Format(StrEnum):
    """How a verdict is printed."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="For a terminal, a program, GitHub's runners, code scanning."),
]


class Said(NamedTuple):
    """What every format tells: facts such as ``verdict``, and the findings."""

    facts: dict[str, Any]
    findings: Sequence[Finding]
    mended: Sequence[tuple[Finding, str]] = ()
    unknown: str | None = None


def chosen_format(form: Format | None, as_json: bool) -> Format:
    """``--format``, of which ``--json`` is one."""
    if as_json and form not in (None, Format.json):
        raise BadInput(f"--json and --format {form} ask for two answers")
    return Format.json if as_json else form or Format.text


def print_verdict(said: Said, view: View, form: Format) -> None:
    """Print it. The view holds the text and the JSON; the other formats are made of the findings.

    Whoever reads it may stop reading: the exit code still says what the verdict is.
    """
    try:
        _print(said, view, form)
        sys.stdout.flush()
    except BrokenPipeError:
        silence_output()


def _print(said: Said, view: View, form: Format) -> None:
    if form is Format.github:
        from gitregistry.views.workflow_commands import workflow_lines  # noqa: PLC0415 - for runners alone

        for line in workflow_lines(*said):
            print(inert(line))
    elif form is Format.sarif:
        from gitregistry.views.sarif import sarif_document  # noqa: PLC0415 - for code scanners alone

        print_json(sarif_document(*said))
    else:
        show(view, as_json=form is Format.json)
