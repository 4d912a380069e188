"""Attack 40: a pull request's title, branch name or finding is run or obeyed by the forge's runner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.registry import Registry

ROOT = Path(__file__).parents[2]
OWN = (".github/workflows/ci.yml",)

# What whoever opens a pull request, or an issue, has written.
_FOREIGN = re.compile(
    r"github\.(head_ref|event\.(pull_request|issue|comment|review|head_commit|commits|pages|discussion))"
)


def faults(text: str) -> Iterator[str]:
    """Why a workflow would give a stranger's words, or a stranger's code, more than they may have."""
    workflow: dict[Any, Any] = yaml.safe_load(text)
    events: Any = workflow.get("on", workflow.get(True))  # YAML 1.1 reads the key as a boolean
    names = [events] if isinstance(events, str) else list(events)
    if "pull_request_target" in names or "workflow_run" in names:
        yield "runs with the repository's rights for a stranger's change"
    if workflow.get("permissions") not in ({}, {"contents": "read"}):
        yield "has more rights than to read"
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            yield from _faults_in_step(step)


def _faults_in_step(step: dict[str, Any]) -> Iterator[str]:
    run = step.get("run", "")
    if "${{" in run:
        yield f"an expression becomes part of a script: {run}"
    if re.search(r"GITHUB_(OUTPUT|ENV|PATH|STATE)", run):
        yield f"a line end in what is printed sets another variable: {run}"
    if "uses" in step and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]):
        yield f"an action that its owner can change: {step['uses']}"
    if (
        step.get("uses", "").startswith("actions/checkout@")
        and step["with"]["persist-credentials"] is not False
    ):
        yield "the token stays where a stranger's code can read it"
    for value in map(str, step.get("env", {}).values()):
        if _FOREIGN.search(value) and "eval" in run:
            yield f"a stranger's words are evaluated: {run}"


@pytest.mark.parametrize("path", OWN)
def test_the_projects_own_workflows_obey_no_stranger(path: str) -> None:
    assert list(faults((ROOT / path).read_text("utf-8"))) == []


def test_the_workflow_that_init_writes_obeys_no_stranger(empty_registry: Registry) -> None:
    written = empty_registry.find(".github/workflows/*")
    assert written
    for path in written:
        assert list(faults(empty_registry.read(path).decode())) == []


SOUND = """\
on: [pull_request]
permissions:
  contents: read
jobs:
  verify:
    steps:
      - run: registry verify
"""


@pytest.mark.parametrize(
    ("sound", "bad"),
    [
        ("registry verify", "echo ${{ github.event.pull_request.title }}"),
        ("registry verify", 'echo "tip=$(git log -1 --format=%s)" >> $GITHUB_OUTPUT'),
        ("on: [pull_request]", "on: [pull_request_target]"),
        ("contents: read", "contents: write"),
        ("run: registry verify", "uses: actions/checkout@v4\n        with: {persist-credentials: false}"),
        (
            "run: registry verify",
            f"uses: actions/checkout@{'a' * 40}\n        with: {{persist-credentials: true}}",
        ),
    ],
)
def test_each_of_these_ways_in_is_seen(sound: str, bad: str) -> None:
    assert list(faults(SOUND)) == []
    assert len(list(faults(SOUND.replace(sound, bad)))) == 1


def test_a_name_with_a_line_end_begins_no_command_of_the_runner(live: Registry) -> None:
    blob = live.blob(b"x\n")
    live.commit_entries(("100644", blob, "registry/a\n::set-output name=verdict::pass"))
    printed = live.run("verify", "--pin", live.pin, "--format", "github", key=None, expect=1).out
    lines = printed.splitlines()
    assert lines
    assert not any(line.startswith("::set-output") for line in lines)
