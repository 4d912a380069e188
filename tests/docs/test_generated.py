"""Whatever is written twice is written by one hand: pages and schemas say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.records.kinds import KINDS, STATEMENTS
from gitregistry.rules.catalogue import CATALOGUE
from tests.docs import blocks, command_help, session
from tests.docs.generate import SESSIONS, documents, played, read

AGAIN = "write it anew: .venv/bin/python -m tests.docs.generate"


@pytest.mark.parametrize("path", ["docs/records.md", "docs/commands.md"])
def test_a_page_says_what_the_code_says(path: str) -> None:
    assert read(path) == documents()[path], AGAIN


def test_the_rule_pages_are_those_of_the_catalogue() -> None:
    kept = {
        f"docs/rules/{file.name}": file.read_text("utf-8") for file in (blocks.ROOT / "docs/rules").iterdir()
    }
    assert kept == {path: text for path, text in documents().items() if path in kept}, AGAIN
    assert set(kept) == {f"docs/rules/{code}.md" for code in ("README", *CATALOGUE)}, AGAIN


def test_the_schemas_are_those_of_the_records() -> None:
    made = {path: text for path, text in documents().items() if path.startswith("schemas/")}
    kept = {f"schemas/{file.name}": file.read_text("utf-8") for file in (blocks.ROOT / "schemas").iterdir()}
    assert kept == made, AGAIN


def test_every_verb_has_its_help_on_the_page() -> None:
    assert blocks.names(read("docs/commands.md")) == command_help.block_names()


def test_every_kind_of_record_has_its_fields_on_the_page() -> None:
    expected = ["common fields", *(f"kind {kind}" for kind in (*KINDS, *STATEMENTS))]
    assert blocks.names(read("docs/records.md")) == expected


def test_the_sessions_print_what_the_pages_show(tmp_path: Path) -> None:
    for path, came in played(tmp_path).items():
        shown = session.commands(read(path))
        assert [command.typed for command in shown] == [command.typed for command in came]
        for said, found in zip(shown, came, strict=True):
            assert session.normalised(said.output) == session.normalised(found.output), f"{path}; {AGAIN}"


def test_every_page_with_a_session_is_played() -> None:
    pages = [path.relative_to(blocks.ROOT).as_posix() for path in blocks.ROOT.glob("docs/**/*.md")]
    assert {path for path in [*pages, "README.md"] if session.commands(read(path))} == set(SESSIONS)


def test_a_drifted_output_is_seen_and_renewed() -> None:
    page = "```console\n$ echo a\na\n$ echo b\n> more\nold\n```\n"
    came = [session.Command("echo a", "a\n"), session.Command("echo b\nmore", "new\n")]
    assert session.commands(page)[1] == session.Command("echo b\nmore", "old\n")
    assert not session.says(page, came)
    assert session.renewed(page, came) == page.replace("old", "new")
    assert session.says(page.replace("old", "new"), came)


def test_only_what_differs_between_runs_may_differ() -> None:
    page = "```console\n$ git rev-parse HEAD\n" + "a" * 40 + "\n```\n"
    assert session.says(page, [session.Command("git rev-parse HEAD", "b" * 40 + "\n")])
    assert not session.says(page, [session.Command("git rev-parse HEAD", "b" * 39 + "\n")])
