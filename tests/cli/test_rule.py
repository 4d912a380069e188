"""``registry rule``: what a code means, anywhere, and the nearest code for one that is not there."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from gitregistry.cli.main import main
from gitregistry.rules.catalogue import CATALOGUE, HEADINGS
from gitregistry.views.rules import sections
from tests.support.registry import Registry


def typed(folder: Path, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["-C", str(folder), *arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_page_is_printed_outside_any_repository(code: str, tmp_path: Path) -> None:
    ended, text, _ = typed(tmp_path, "rule", code)
    page = CATALOGUE[code]
    assert ended == 0
    assert text.startswith(f"{code}: {page.law}\n")
    for part in (page.why, page.example, page.mend):
        assert part in text
    document = json.loads(typed(tmp_path, "rule", code, "--json")[1])
    assert document == {
        "code": code,
        "law": page.law,
        "why": page.why,
        "example": page.example,
        "mend": page.mend,
    }


def test_all_are_listed_with_their_laws(tmp_path: Path) -> None:
    ended, text, _ = typed(tmp_path, "rule")
    assert ended == 0
    assert all(code in text for code in CATALOGUE)
    listed = json.loads(typed(tmp_path, "rule", "--json")[1])["rules"]
    assert [item["code"] for item in listed] == list(CATALOGUE)
    assert listed[0]["law"] == CATALOGUE["tree"].law


def test_every_rule_stands_under_one_heading() -> None:
    assert [code for pages in sections().values() for code in pages] == list(CATALOGUE)
    assert set(HEADINGS) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("given", "nearest"), [("reply", "replay"), ("polcy", "policy"), ("Signature", "signature")]
)
def test_an_unknown_code_names_the_nearest(given: str, nearest: str, tmp_path: Path) -> None:
    ended, _, text = typed(tmp_path, "rule", given)
    assert ended == 3
    assert f"the nearest is {nearest}" in text
    assert f"registry rule {nearest}" in text


def test_a_code_like_no_other_is_not_there(tmp_path: Path) -> None:
    ended, _, text = typed(tmp_path, "rule", "zzzzzzzz")
    assert ended == 3
    assert "there is no rule" in text


def test_findings_say_where_to_read_on(live: Registry) -> None:
    live.remove(live.alias())
    live.commit_all()
    assert "registry rule CODE explains each" in live.run("verify", "--pin", live.pin, expect=1).out
    assert "explains each" not in live.run("verify", "--pin", live.pin, "--json", expect=1).out
