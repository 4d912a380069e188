"""Attack 39: escapes, markup and reordered text: refused on write, inert wherever it is shown."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from gitregistry.cli.main import main
from tests.support.forging import made_approval
from tests.support.registry import Registry

ESCAPES = ("\x1b[31mred", "\x1b]0;title\x07", "\x9b31m", "\u202egnp", "\u2066x\u2069", "v\u200b1", "\x08\x08",
           "\x00", "\r", "\u2028", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\")  # fmt: skip
MARKUP = "[bold red]APPROVED[/bold red] [link=http://evil]x[/link] :warning: \\[x] {x} %s <b>x</b> | x"
READING = (("show", "churn:v1"), ("log",), ("log", "churn@production"), ("list",), ("status",), ("verify",),
           ("diff", "churn:v1", "churn@production"),
           ("why", "churn@production"), ("trust", "show"), ("policy", "show"))  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(registry: Registry, *arguments: str) -> str:
    with redirect_stdout(Terminal()) as stream:
        main(["-C", str(registry.folder), *arguments])
    return stream.getvalue()


def shows_nothing_of(registry: Registry, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reading verb prints the text as it stands, to a file or to a terminal."""
    for arguments in READING:
        result = registry.run(*arguments, key=None, expect=None)
        assert "fault of registry itself" not in result.err, (arguments, result.err)
        assert text not in result.out + result.err, arguments
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm-256color")
    for arguments in READING:
        assert text not in on_a_terminal(registry, *arguments), arguments


@pytest.mark.parametrize("text", ESCAPES)
def test_what_a_terminal_would_obey_is_refused_on_write(live: Registry, text: str) -> None:
    release = "churn:v1"
    for arguments, key in (
        (("approve", release, "--to", "production", f"--note={text}"), "bob"),
        (("rollback", "churn", "--in", "canary", f"--reason={text}"), "alice"),
        (("retire", release, f"--reason={text}"), "alice"),
        (("attest", release, "security_scan_passed", "--passed", f"--metric={text}=1"), "ci"),
    ):
        before = live.state()
        result = live.run(*arguments, key=key, expect=None)
        assert result.code in (1, 2, 3), arguments
        assert live.state() == before
        assert text not in result.out + result.err


@pytest.mark.parametrize("text", ESCAPES)
def test_what_was_forced_into_a_record_is_found_and_shown_inert(
    live: Registry, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, record = made_approval(live, "v1", "bob", "model-owner", note="NOTE")
    live.forge(path, record, "bob")
    raw = live.read(path).replace(b"NOTE", text.encode())
    live.forge_bytes(path, raw, "bob")
    live.commit_all(f"subject {text}".replace("\0", "").replace("\r", ""))
    live.finds("parse", path)
    shows_nothing_of(live, text, monkeypatch)


@pytest.mark.parametrize("text", ["\\e[31mred", "\\x9b31m", "\\u202e", "\\0"])
def test_what_was_forced_in_as_an_escape_of_yaml_is_found(live: Registry, text: str) -> None:
    path, record = made_approval(live, "v1", "bob", "model-owner", note="NOTE")
    live.forge(path, record, "bob")
    raw = live.read(path).replace(b"note: NOTE", f'note: "{text}"'.encode())
    live.forge_bytes(path, raw, "bob")
    live.commit_all()
    live.finds("parse", path)


def test_markup_in_a_note_is_text_on_a_terminal_and_off_it(
    live: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.approve("v1", "bob", f"--note={MARKUP}")
    live.passes()
    assert "[bold red]APPROVED[/bold red]" in live.run("show", "churn:v1").out
    looking = live.run("approve", "churn:v1", "--to", "production", "--dry-run", key="carol")
    assert "[bold red]APPROVED[/bold red]" in looking.err
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "400")
    shown = on_a_terminal(live, "show", "churn:v1")
    assert "[bold red]APPROVED[/bold red]" in shown
    assert "\x1b]8" not in shown
    assert ":warning:" in shown


@pytest.mark.parametrize("text", ["\x1b[31mred", "\u202egnp", "\x1b]0;title\x07"])
def test_names_authors_and_cards_committed_by_force_are_shown_inert(
    live: Registry, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.write("registry/models/churn/releases/v1/card.md", f"# {text}\n".encode())
    live.git("add", "--all")
    live.git("-c", f"user.name=x{text}", "commit", "--quiet", "-m", f"{text}\n\nRegistry-Action: {text}")
    live.commit_entries(("100644", live.blob(b"x"), f"registry/models/{text}/aliases/production.yaml"))
    live.commit_entries(("100644", live.blob(b"x"), f"registry/models/churn/releases/{text}/manifest.yaml"))
    shows_nothing_of(live, text, monkeypatch)


def test_what_a_server_says_when_it_refuses_is_shown_inert(two: Registry, tmp_path: Path) -> None:
    server = tmp_path / "server.git"
    two.git("clone", "--quiet", "--bare", str(two.folder), str(server))
    two.git("remote", "add", "origin", str(server))
    hook = server / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf 'no \\033]0;title\\007 \\342\\200\\256 no\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    result = two.run("rollback", "churn", "--in", "production", "--reason=x", "--push", expect=1)
    assert "the push was refused" in result.err
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
