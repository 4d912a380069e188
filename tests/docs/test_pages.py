"""The pages that people write by hand agree with the code and with one another."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gitregistry import errors
from gitregistry.cli.app import VERBS
from gitregistry.operations.case_file import read_cases
from gitregistry.operations.rehearsal import rehearse
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.records.strict_yaml import read as read_yaml
from gitregistry.records.yaml_writer import write
from gitregistry.rules.trust_rules import faults_in_policy
from tests.docs.blocks import ROOT
from tests.docs.command_help import content_of
from tests.docs.generate import read

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(path: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", read(path))):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = (ROOT / path).parent / file if file else ROOT / path
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    """The anchors that a forge gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES)
def test_commands_that_pages_name_exist_with_their_options(path: str) -> None:
    for command in re.findall(r"`(registry [a-z][^`]*)`", _FENCE.sub("", read(path))):
        words = command.split()
        assert words[1] in VERBS, command
        help_text = content_of(f"help {words[1]}")
        for option in (word for word in words if word.startswith("--") and len(word) > 2):
            assert option.partition("=")[0] in help_text, command


def test_the_exit_codes_are_those_of_the_errors() -> None:
    said = {int(code) for code in re.findall(r"^\| (\d) \|", read("docs/commands.md"), re.MULTILINE)}
    classes = [item for item in vars(errors).values() if isinstance(item, type)]
    assert said == {0, *(kind.exit_code for kind in classes if issubclass(kind, errors.RegistryError))}


@pytest.mark.parametrize("path", ["README.md", "docs/architecture.md"])
def test_the_layers_are_those_that_the_contracts_hold(path: str) -> None:
    project = tomllib.loads(read("pyproject.toml"))
    contract = next(item for item in project["tool"]["importlinter"]["contracts"] if item["id"] == "layers")
    held = [set(re.findall(r"gitregistry\.(\w+)", line)) for line in reversed(contract["layers"])]
    cells = re.findall(r"^\| (`[^|]+`) \|", read(path), re.MULTILINE)
    shown = [name for cell in cells for name in re.findall(r"`(\w+)(?:\.py|/)`", cell)]
    place = {name: index for index, names in enumerate(held) for name in names}
    assert set(shown) == set(place)
    assert [place[name] for name in shown] == sorted(place.values())


def test_every_dependency_has_its_reason() -> None:
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    reasons = re.findall(r"^\| `(\S+) (\S+)` \|", read("docs/adr/0002-dependencies.md"), re.MULTILINE)
    assert {f"{name}{bound}" for name, bound in reasons} == set(project["project"]["dependencies"])


def test_decisions_are_numbered_without_a_gap_and_say_what_lost() -> None:
    pages = sorted((ROOT / "docs/adr").iterdir())
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        for heading in ("Context", "Decision", "Consequences", "Options that lost"):
            assert f"\n## {heading}\n" in text, page.name


def test_what_the_policy_page_shows_can_be_applied() -> None:
    policy = shown_policy()
    assert list(faults_in_policy(policy)) == []
    kinds = {check.type for check in policy.checks.values()}
    assert kinds == {"evidence", "measurement", "approval", "expression"}


def test_the_cases_that_the_policy_page_shows_come_out_as_they_say(tmp_path: Path) -> None:
    (shown,) = (fragment for fragment in shown_fragments() if "\ncases:\n" in fragment)
    (tmp_path / "cases.yaml").write_text(shown, "utf-8")
    policy = replace(shown_policy(), artifact_formats=None)
    outcomes = rehearse(policy, read_cases(tmp_path / "cases.yaml"))
    assert [item.differences for item in outcomes] == [(), (), ()]


def shown_fragments() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", read("docs/policy.md"), re.DOTALL | re.MULTILINE)


def shown_policy() -> Policy:
    """All that the page shows of a policy, put together; what it leaves out is the example's."""
    base = read_yaml(read("examples/policy.yaml").encode(), "examples/policy.yaml")
    merged: dict[str, Any] = {**base, "checks": {}}
    for fragment in (text for text in shown_fragments() if "\ncases:\n" not in text):
        for field, value in read_yaml(fragment.encode(), "docs/policy.md").items():
            both = isinstance(value, dict) and field == "checks"
            merged[field] = {**merged["checks"], **value} if both and isinstance(value, dict) else value
    return read_record(Policy, write(_numbers(merged)), "docs/policy.md")


def _numbers(value: Any) -> Any:
    """The writer quotes text that looks like a number; here numbers are what is meant."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if type(value) is str and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return Decimal(value)
    return value
