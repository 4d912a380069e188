"""``verify --format``: what forges' runners and code scanners are told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitregistry.rules.catalogue import CATALOGUE
from gitregistry.rules.findings import Finding
from gitregistry.views.sarif import sarif_document
from gitregistry.views.workflow_commands import workflow_lines
from tests.doors.sarif_shape import SHAPE
from tests.doors.steps import edit_alias
from tests.support.nobody import stream_to_nobody
from tests.support.registry import Registry, Result

FORMATS = ("text", "json", "github", "sarif")
# As the runner does: a command, its properties, and its message; the only escapes there are.
_COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:\r\n]*)::(?P<message>[^\r\n]*)")


def verify(registry: Registry, form: str, *options: str, expect: int = 0) -> Result:
    return registry.run("verify", "--pin", registry.pin, "--format", form, *options, key=None, expect=expect)


@pytest.fixture
def bad(two: Registry) -> Registry:
    """One finding, and one that was mended."""
    two.git("revert", "--no-edit", "HEAD")
    two.rollback()
    path = two.manifest("v1")
    two.write(path, two.read(path) + b"# edited\n")
    two.commit_all()
    return two


@pytest.mark.parametrize("form", FORMATS)
def test_the_exit_code_is_the_same_in_every_format(form: str, live: Registry) -> None:
    verify(live, form)
    edit_alias(live)
    verify(live, form, expect=1)
    verify(live, form, "--merge", "HEAD~1", "HEAD", expect=1)
    live.run("verify", "--format", form, "--quarantine", str(live.folder), expect=1)
    (live.folder / ".git/shallow").write_text(live.git("rev-parse", "HEAD~1") + "\n", "ascii")
    verify(live, form, expect=5)


@pytest.mark.parametrize("form", FORMATS)
def test_a_reader_who_stops_does_not_make_it_a_pass(form: str, live: Registry) -> None:
    edit_alias(live)
    command = [sys.executable, "-m", "gitregistry", "-C", str(live.folder), "verify", "--pin", live.pin]
    with stream_to_nobody("gone") as nobody:
        done = subprocess.run(
            [*command, "--format", form], stdout=nobody, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"")


def test_json_is_one_of_the_formats(bad: Registry) -> None:
    said = verify(bad, "json", expect=1).json
    assert said == bad.json("verify", "--pin", bad.pin, key=None, expect=1)
    assert said == verify(bad, "json", "--json", expect=1).json
    verify(bad, "sarif", "--json", expect=2)
    verify(bad, "xml", expect=2)


# --- GitHub's runners ---


def unescaped(text: str) -> str:
    """As the runner reads it."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of every line, each of which must be a command."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        command = _COMMAND.fullmatch(line)
        assert command is not None, line
        properties = dict(pair.split("=", 1) for pair in command["properties"].split(","))
        found.append((command["level"], properties, command["message"]))
    return found


def test_a_runner_shows_findings_beside_their_file(bad: Registry) -> None:
    said = commands(verify(bad, "github", expect=1).out)
    document = bad.verify()
    finding = next(item for item in document["findings"] if item["rule"] == "immutable")
    assert (
        "error",
        {"file": finding["path"], "title": "immutable"},
        f"{bad.head[:12]}: {finding['message']}%0Amend: {finding['hint']}",
    ) in [(level, properties, message.replace("%25", "%")) for level, properties, message in said]
    assert [level for level, _, message in said if message.startswith("mended by")] == ["notice"]
    assert said[-1] == ("error", {"title": "registry verify"}, "fail")


def test_a_pass_and_a_doubt_are_commands_too(live: Registry) -> None:
    assert commands(verify(live, "github").out) == [("notice", {"title": "registry verify"}, "pass")]
    (live.folder / ".git/shallow").write_text(live.git("rev-parse", "HEAD~1") + "\n", "ascii")
    ((level, _, message),) = commands(verify(live, "github", expect=5).out)
    assert level == "error"
    assert message.startswith("cannot tell: this clone is shallow")


HOSTILE = (
    "a%b\r\n::set-env name=PATH::x\n##[error]y ::stop-commands::z, title=ok:\x1b[2J\u202e\u2028::add-mask::q"
)


def test_nothing_in_a_finding_begins_a_command() -> None:
    finding = Finding("tree", f"registry/{HOSTILE}", HOSTILE, HOSTILE, 3, "c" * 40)
    facts = {"verdict": "fail", "outside": 2}
    for line in workflow_lines(facts, [finding], [(finding, HOSTILE)], HOSTILE):
        assert "\n" not in line
        assert "\r" not in line
        assert line.startswith(("::error ", "::notice "))
    level, properties, message = commands(workflow_lines(facts, [finding])[0])[0]
    assert (level, properties["line"], properties["title"]) == ("error", "3", "tree")
    assert unescaped(message) == f"{'c' * 12}: {HOSTILE}\nmend: {HOSTILE}"
    (line,) = workflow_lines({"verdict": "unknown"}, [], (), HOSTILE)
    assert _COMMAND.fullmatch(line)


def test_a_hostile_name_in_a_real_tree(live: Registry) -> None:
    name = "registry/models/x\n::add-mask::y\x1b[2J,title=z:.yaml"
    live.commit_entries(("100644", live.blob(b"x"), name))
    out = verify(live, "github", expect=1).out
    assert {level for level, _, _ in commands(out)} == {"error"}
    assert "\x1b" not in out


# --- SARIF ---


def sarif(registry: Registry, *options: str, expect: int = 0) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(verify(registry, "sarif", *options, expect=expect).out)
    is_valid(document)
    return document


def is_valid(document: dict[str, Any]) -> None:
    """Hold a document to what the standard says of the parts that are used here; and to its own schema.

    The schema is OASIS's and is not kept here: $SARIF_SCHEMA names a copy of sarif-schema-2.1.0.json.
    """
    jsonschema.Draft202012Validator(SHAPE).validate(document)
    official = os.environ.get("SARIF_SCHEMA")
    if official:
        schema = json.loads(Path(official).read_text("utf-8"))
        validator = jsonschema.validators.validator_for(schema)
        validator(schema, format_checker=validator.FORMAT_CHECKER).validate(document)


def test_sarif_holds_rules_and_results(bad: Registry) -> None:
    (run,) = sarif(bad, expect=1)["runs"]
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == list(CATALOGUE)
    assert driver["rules"][0]["shortDescription"]["text"] == CATALOGUE["tree"].law
    assert CATALOGUE["tree"].mend in driver["rules"][0]["help"]["text"]
    result = next(result for result in run["results"] if result["ruleId"] == "immutable")
    assert driver["rules"][result["ruleIndex"]]["id"] == "immutable"
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert (place, result["level"]) == (bad.manifest("v1"), "error")
    assert result["properties"]["commit"] == bad.head
    assert "\nmend: git rebase --onto" in result["message"]["text"]
    mended = [result for result in run["results"] if result["level"] == "note"]
    assert [result["ruleId"] for result in mended] == ["replay"]
    assert run["properties"]["verdict"] == "fail"
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_a_pass_has_no_results_and_a_doubt_is_a_failed_run(live: Registry) -> None:
    (run,) = sarif(live)["runs"]
    assert run["results"] == []
    (live.folder / ".git/shallow").write_text(live.git("rev-parse", "HEAD~1") + "\n", "ascii")
    (run,) = sarif(live, expect=5)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "shallow" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_merge_as_sarif(live: Registry) -> None:
    edit_alias(live)
    (run,) = sarif(live, "--merge", "HEAD~1", "HEAD", expect=1)["runs"]
    assert run["properties"]["proposal"] == live.head
    assert {result["ruleId"] for result in run["results"]} == {"signature"}


def test_fingerprints_know_a_finding_again(bad: Registry) -> None:
    def marks(document: dict[str, Any]) -> list[str]:
        return [result["partialFingerprints"]["finding/v1"] for result in document["runs"][0]["results"]]

    first = marks(sarif(bad, expect=1))
    bad.register("v3")
    assert marks(sarif(bad, expect=1)) == first
    assert len(set(first)) == len(first)


@pytest.mark.parametrize(
    "path", ["registry/models/a b%#?é.yaml", "//host/x", "https://host/x", "registry/\udcff", HOSTILE]
)
def test_every_path_is_a_relative_address(path: str) -> None:
    finding = Finding("tree", path, "message", line=2)
    document = json.loads(json.dumps(sarif_document({"verdict": "fail"}, [finding])))
    is_valid(document)
    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 2}
    uri = place["artifactLocation"]["uri"]
    assert not uri.startswith("/")
    assert ":" not in uri
    assert re.fullmatch(r"[A-Za-z0-9/%._~-]+", uri)
