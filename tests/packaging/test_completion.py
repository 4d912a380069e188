"""Shell completion: right, and quick enough for a press of a key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gitregistry.cli.app import VERBS

MODULES_AFTERWARDS = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from gitregistry.cli.main import run
sys.argv = ["registry"]
run()
"""


def complete(line: str, word: int, shell: str = "bash") -> tuple[list[str], set[str]]:
    """The proposals for a command line, and the modules that were imported to find them."""
    variables = {"_REGISTRY_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    done = subprocess.run(
        [sys.executable, "-c", MODULES_AFTERWARDS],
        env=os.environ | variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split("\n"), set(done.stderr.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_are_given_a_script(shell: str) -> None:
    environment = os.environ | {"_REGISTRY_COMPLETE": f"source_{shell}"}
    command = [sys.executable, "-m", "gitregistry"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert f"_REGISTRY_COMPLETE=complete_{shell}" in done.stdout


def test_bash_completes_with_what_show_completion_prints() -> None:
    script = """
        eval "$(registry --show-completion bash)"
        COMP_WORDS=(registry re) COMP_CWORD=1
        _registry_completion registry
        echo "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-u"],
        input=script,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["register", "review", "resume", "retire", "resolve"]


def test_all_verbs_are_proposed_and_none_is_imported() -> None:
    proposed, modules = complete("registry ", 1)
    assert proposed == [*VERBS, ""]
    assert not {f"gitregistry.cli.{module}" for module, _ in VERBS.values()} & modules
    assert not {"pydantic", "git", "fsspec", "rich", "cryptography", "yaml"} & modules


def test_a_verb_that_was_begun_is_completed() -> None:
    proposed, _ = complete("registry ro", 1)
    assert proposed == ["rollback", ""]


def test_a_verb_proposes_its_own_options_only() -> None:
    proposed, _ = complete("registry promote --", 2)
    assert {"--to", "--dry-run", "--key"} <= set(proposed)
    assert "--install-completion" not in proposed


def test_a_group_proposes_its_verbs() -> None:
    proposed, _ = complete("registry trust ", 2)
    assert {"show", "add", "grant", "revoke", "pin"} <= set(proposed)
