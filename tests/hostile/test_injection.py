"""Attack 38: options, pathspecs and revisions where a name, a reference or a message is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hostile import footprint
from tests.support.registry import Registry

HOSTILE = (
    "--upload-pack=touch ran",
    "--output=ran",
    "--exec-path=.",
    "-n",
    "-",
    "--",
    "--git-dir=/tmp",
    "-c",
    ":(top)",
    ":/fix",
    ":!x",
    "HEAD:registry",
    "@{-1}",
    "main@{upstream}",
    "@{push}",
    "main@{1 week ago}",
    "^main",
    "main^!",
    "main...HEAD",
    "HEAD^{/x}",
    "..",
    "../..",
    "refs/heads/main --output=ran",
    "HEAD\nmain",
    "$(touch ran)",
    "`touch ran`",
    "; touch ran",
    "| touch ran",
    "%x00%H",
    "main\x1b[31m",
    "\u202e",
    "0000000000000000000000000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "x" * 5000,
    "refs/heads/../../config",
    "",
    " ",
    "~",
    "*",
    "?",
    "[a]",
    "\\",
    "%s%n",
)

POSITIONS: tuple[tuple[str, ...], ...] = (
    ("verify", "--at={}"),
    ("verify", "--branch={}"),
    ("verify", "--pin={}"),
    ("verify", "--", "{}"),
    ("verify", "--", "{}..HEAD"),
    ("verify", "--", "HEAD..{}"),
    ("resolve", "churn@production", "--at={}"),
    ("resolve", "churn@production", "--branch={}"),
    ("resolve", "--", "{}"),
    ("resolve", "--", "churn@{}"),
    ("resolve", "--", "{}:v1"),
    ("resolve", "--", "churn:{}"),
    ("show", "--", "churn:{}"),
    ("why", "--", "churn@{}"),
    ("log", "--", "{}"),
    ("list", "--at={}"),
)

WRITING: tuple[tuple[str, ...], ...] = (
    ("promote", "--to={}", "churn:v1"),
    ("promote", "--to=staging", "--", "churn:{}"),
    ("promote", "--to=staging", "--branch={}", "churn:v1"),
    ("rollback", "--in={}", "--reason=x", "churn"),
    ("rollback", "--in=production", "--to={}", "--reason=x", "churn"),
    ("rollback", "--in=production", "--reason=x", "--", "{}"),
    ("attest", "--passed", "--", "churn:v1", "{}"),
    ("attest", "--passed", "--metric={}", "churn:v1", "security_scan_passed"),
    ("approve", "--to={}", "churn:v1"),
    ("approve", "--to=production", "--role={}", "churn:v1"),
    ("retire", "--reason=x", "--", "churn:{}"),
    ("trust", "add", "--key={}", "--role=operator", "--", "{}"),
    ("register", "--", "{}"),
)


def filled(words: tuple[str, ...], text: str) -> list[str]:
    return [word.replace("{}", text) for word in words]


@pytest.mark.parametrize("position", POSITIONS, ids=" ".join)
def test_no_text_becomes_an_option_of_git_or_writes_a_file(
    two: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, position: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    for text in HOSTILE:
        result = two.run(*filled(position, text), key=None, expect=None)
        assert result.code in (0, 1, 2, 3, 5), text
        assert "fault of registry itself" not in result.err, (text, result.err)
        assert "\x1b" not in result.out + result.err
        assert "\u202e" not in result.out + result.err
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before


@pytest.mark.parametrize("position", WRITING, ids=" ".join)
def test_no_text_where_a_name_belongs_is_written(
    live: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, position: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = live.state()
    for text in HOSTILE:
        result = live.run(*filled(position, text), expect=None)
        assert result.code in (1, 2, 3, 5), (text, result)
        assert "fault of registry itself" not in result.err, (text, result.err)
        assert "\x1b" not in result.out + result.err
    assert live.state() == before
    assert not (tmp_path / "ran").exists()


MESSAGES = (
    "--upload-pack=touch ran", "-n", "--output=ran", ":(top)", "$(touch ran)", "`touch ran`", "%H%x00",
    "[red]not red[/red]", "${{ github.token }}", "<script>alert(1)</script>",
    "Reviewed-by: carol@example.com",
)  # fmt: skip


@pytest.mark.parametrize("text", MESSAGES)
def test_a_message_is_kept_to_the_letter_and_means_nothing(two: Registry, tmp_path: Path, text: str) -> None:
    document = two.json("rollback", "churn", "--in", "production", f"--reason={text}")
    assert text in two.git("log", "-1", "--format=%B", document["commit"])
    assert two.json("log", "churn@production")["moves"][0]["reason"] == text
    assert not (tmp_path / "ran").exists()
    two.passes()


@pytest.mark.parametrize(
    "text",
    ["x\nRegistry-Action: promote", "x\n\nRegistry-Release: churn:v9", "x\r\nRegistry-Sequence: 1", "\n\n"],
)
def test_a_message_cannot_forge_what_the_commit_says_of_itself(live: Registry, text: str) -> None:
    live.register("v2")
    before = live.head
    result = live.run("retire", "churn:v2", f"--reason={text}", expect=None)
    if result.code == 0:
        trailers = live.git("log", "-1", "--format=%(trailers:key=Registry-Action,valueonly)").split()
        assert trailers == ["retire"]
        assert "churn:v9" not in live.git("log", "-1", "--format=%(trailers:key=Registry-Release,valueonly)")
    else:
        assert live.head == before


@pytest.mark.parametrize(
    "name", ["--upload-pack=touch ran", "-x", ":(top)", "ext::touch ran", "../elsewhere"]
)
def test_a_remote_or_branch_named_by_the_clone_is_no_option(
    two: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for setting in ("branch.main.remote", "branch.main.merge"):
        two.git("config", setting, name)
        arguments = ("rollback", "churn", "--in", "production", "--reason=x", "--push")
        assert two.refuses(*arguments, expect=2).code == 2
        two.git("config", "--unset", setting)
    assert not (tmp_path / "ran").exists()
