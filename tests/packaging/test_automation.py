"""The files that machines run: the Makefile, the workflow, the hooks."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def read_yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def steps() -> list[dict[str, Any]]:
    jobs = read_yaml(".github/workflows/ci.yml")["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_an_old_python_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)
    environment = tmp_path / "environment"
    done = subprocess.run(
        ["make", "demo", f"PYTHON={old}", f"VENV={environment}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"Python 3.11 or newer is needed, {old} is Python 3.9.2" in done.stderr
    assert not environment.exists()


def test_every_action_is_pinned_by_its_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used)


def test_the_workflow_may_only_read() -> None:
    workflow = read_yaml(".github/workflows/ci.yml")
    assert workflow["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in workflow["jobs"].values())
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_workflow_runs_what_a_contributor_runs() -> None:
    commands = " ".join(step["run"] for step in steps() if "run" in step)
    assert "make check" in commands
    assert "make demo" in commands
    assert "${{" not in commands  # nothing that others wrote gets into a shell


def test_the_workflow_runs_every_python_that_the_project_names() -> None:
    matrix = read_yaml(".github/workflows/ci.yml")["jobs"]["check"]["strategy"]["matrix"]["python"]
    declared = re.findall(
        r"Programming Language :: Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text()
    )
    assert matrix == declared


def test_the_hooks_are_the_environment_s_own_tools() -> None:
    repositories = read_yaml(".pre-commit-config.yaml")["repos"]
    assert [item["repo"] for item in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")


@pytest.mark.parametrize("path", [".ci/run"])
def test_scripts_can_be_run_and_read(path: str) -> None:
    assert os.access(ROOT / path, os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / path)], check=True)
