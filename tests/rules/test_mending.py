"""No finding without the command that mends it: what is committed is taken out, what was refused made anew.

Besides, ``Registry.verify`` and ``Registry.refuses`` hold it for each finding of each attack.
"""

from __future__ import annotations

import ast
import re

import pytest

from gitregistry.records import paths
from gitregistry.registry.snapshot_chains import NoChains
from gitregistry.rules.catalogue import CATALOGUE
from gitregistry.rules.findings import Finding
from gitregistry.rules.judge import judge
from gitregistry.rules.mending import with_mend
from gitregistry.rules.step import PathChange, Step
from tests.docs.blocks import ROOT
from tests.rules.world import NOW, World

COMMIT = "c" * 40


def step(commit: str | None) -> Step:
    """A step that breaks the rule ``tree`` in a place where no rule names a hint."""
    world = World({}, [])
    world.tree.files["registry/notes.txt"] = b"x"
    after = world.snapshot
    change = PathChange("registry/notes.txt", None, after.tree.entry("registry/notes.txt"))
    return Step(None, after, [change], NOW, NOW, None, NoChains(), lambda _p: False, commit)


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_a_command_for_what_is_committed_and_for_what_is_not(code: str) -> None:
    bare = Finding(code, paths.POLICY, "something")
    assert with_mend(step(COMMIT), bare).hint == f"git rebase --onto {COMMIT}^ {COMMIT}"
    assert re.match(r"(registry|timedatectl) ", with_mend(step(None), bare).hint or "")


def test_the_closer_word_stays() -> None:
    said = Finding("replay", paths.POLICY, "something", "registry rollback churn --in production")
    assert with_mend(step(COMMIT), said) == said


def test_the_judge_lets_nothing_out_without_one() -> None:
    for commit in (COMMIT, None):
        findings = judge(step(commit)).findings
        assert findings
        assert all(finding.hint for finding in findings)


def test_whatever_makes_findings_past_the_judge_names_the_mend_itself() -> None:
    """Only the judge fills in what is missing; a finding that is made elsewhere has its hint written out."""
    bare = []
    for path in sorted((ROOT / "src/gitregistry").rglob("*.py")):
        if path.is_relative_to(ROOT / "src/gitregistry/rules"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                named = any(keyword.arg == "hint" for keyword in node.keywords)
                if len(node.args) < 4 and not named:
                    bare.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert bare == []


def test_commands_in_the_catalogue_stand_in_its_pages_or_are_explained() -> None:
    for code, page in CATALOGUE.items():
        if page.command is not None:
            assert page.command.startswith(("registry ", "timedatectl ")), code
