"""``register --edit`` at a terminal, with editors that are real programs."""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.release import Release
from tests.support.registry import Registry


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"the bytes of a model\n")
    return path


def editor(folder: Path, script: str) -> str:
    """A program that is called with options of its own and the file: ``$3`` in its script."""
    path = folder / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"{shlex.quote(str(path))} --wait 'two words'"


def at_a_terminal(
    registry: Registry, arguments: Sequence[str], variables: dict[str, str], interrupt: Path | None = None
) -> tuple[int, str]:
    """Type a command as alice at a terminal; the exit code and all that was shown.

    Args:
        interrupt: when this file appears, Ctrl-C is pressed.
    """
    master, slave = pty.openpty()
    bare = {name: value for name, value in os.environ.items() if name not in ("VISUAL", "EDITOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "gitregistry", "-C", str(registry.folder), "register", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=bare | {"REGISTRY_KEY": str(registry.keys["alice"]), "NO_COLOR": "1"} | variables,
        start_new_session=True,
    )
    os.close(slave)
    while interrupt is not None and not interrupt.exists():
        time.sleep(0.02)
    if interrupt is not None:
        os.killpg(process.pid, signal.SIGINT)
    shown = b""
    while part := _read(master):
        shown += part
    os.close(master)
    return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def kept(registry: Registry) -> list[Path]:
    return sorted((registry.folder / ".git" / "gitregistry").glob("manifest-*.yaml"))


def test_what_is_saved_is_registered(empty_registry: Registry, artifact: Path, tmp_path: Path) -> None:
    script = f"""test "$1 $2" = "--wait two words" || exit 9
cp "$3" {tmp_path}/opened; sed -i 's/^# license:.*/license: MIT/; s/1.4/1.5/' "$3" """
    arguments = ("--as", "m:v1", "--artifact", str(artifact), "--image", "ghcr.io/team/serving:1.4", "--edit")
    code, shown = at_a_terminal(empty_registry, arguments, {"EDITOR": editor(tmp_path, script)})
    assert code == 0, shown
    assert "registered" in shown
    assert "holds no digest" in (tmp_path / "opened").read_text()
    empty_registry.passes()
    release = empty_registry.record(Release, paths.manifest("m", "v1"))
    assert release.license == "MIT"
    assert release.runtime is not None
    assert release.runtime.base_image == "ghcr.io/team/serving:1.5"
    assert kept(empty_registry) == []


def test_with_nothing_but_an_editor(empty_registry: Registry, artifact: Path, tmp_path: Path) -> None:
    script = f"""sed -i 's/^model_name:.*/model_name: m/; s/^version:.*/version: v1/' "$3"
sed -i 's|^artifact_uri:.*|artifact_uri: {artifact}|' "$3" """
    code, shown = at_a_terminal(
        empty_registry, ("--edit",), {"VISUAL": editor(tmp_path, script), "EDITOR": "false"}
    )
    assert code == 0, shown
    release = empty_registry.record(Release, paths.manifest("m", "v1"))
    assert release.artifact_size_bytes == len(artifact.read_bytes())


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("true", "nothing was changed: nothing is registered"),
        (': > "$3"', "nothing was saved: nothing is registered"),
        ('echo "# only this" > "$3"', "nothing was saved: nothing is registered"),
        ("exit 3", "nothing was changed: nothing is registered"),
    ],
)
def test_an_unchanged_or_empty_text_does_nothing(
    empty_registry: Registry, artifact: Path, tmp_path: Path, script: str, said: str
) -> None:
    before = empty_registry.state()
    arguments = ("--as", "m:v1", "--artifact", str(artifact), "--edit")
    code, shown = at_a_terminal(empty_registry, arguments, {"EDITOR": editor(tmp_path, script)})
    assert code == 1
    assert said in shown
    assert empty_registry.state() == before
    assert kept(empty_registry) == []


@pytest.mark.parametrize(
    ("script", "said", "code"),
    [
        (
            "sed -i 's/^# license:.*/licence: MIT/' \"$3\"",
            ": licence: unknown field; did you mean license?",
            2,
        ),
        ("printf 'evaluation:\\n\\tauc: 1\\n' >> \"$3\"", "is not YAML", 2),
        ("printf 'status: approved\\n' >> \"$3\"", "status: a release's state is derived", 2),
        ("printf 'artifact_size_bytes: 3\\n' >> \"$3\"", "the manifest says 3, the bytes are 21", 1),
        ("printf 'license: MIT\\n' >> \"$3\"; exit 3", "the editor ended with 3: nothing is registered", 1),
        ("printf 'license: \\342\\200\\256\\n' >> \"$3\"", "a bidirectional control", 2),
    ],
)
def test_a_fault_names_its_line_and_loses_nothing(
    empty_registry: Registry, artifact: Path, tmp_path: Path, script: str, said: str, code: int
) -> None:
    before = empty_registry.state()
    arguments = ("--as", "m:v1", "--artifact", str(artifact), "--edit")
    ended, shown = at_a_terminal(empty_registry, arguments, {"EDITOR": editor(tmp_path, script)})
    assert (ended, said in shown) == (code, True), shown
    (file,) = kept(empty_registry)
    assert str(file) in shown
    again = re.search(r"what you saved is kept; to go on: registry (.+)", shown)
    assert again is not None
    typed = shlex.split(again[1])
    assert typed == ["-C", str(empty_registry.folder), "register", str(file), "--artifact", str(artifact)]
    if "editor ended" not in said:
        assert re.search(rf"{re.escape(str(file))}:\d+: ", shown), shown
    assert empty_registry.state() == before
    file.write_text("model_name: m\nversion: v1\n")
    empty_registry.run(*typed[2:])
    empty_registry.passes()


def test_a_refusal_after_the_edit_loses_nothing(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    empty_registry.run("register", "--as", "m:v1", "--artifact", str(artifact))
    script = "sed -i 's/^# license:.*/license: MIT/' \"$3\""
    arguments = ("--as", "m:v1", "--artifact", str(artifact), "--edit")
    code, shown = at_a_terminal(empty_registry, arguments, {"EDITOR": editor(tmp_path, script)})
    assert code == 1
    assert "m:v1 is already registered" in shown
    (file,) = kept(empty_registry)
    assert "license: MIT" in file.read_text()
    assert str(file) in shown


def test_control_c_belongs_to_the_editor(empty_registry: Registry, artifact: Path, tmp_path: Path) -> None:
    mark = tmp_path / "waiting"
    script = f'trap \'printf "license: MIT\\n" >> "$3"; exit 0\' INT; touch {mark}; sleep 20 >&- 2>&- & wait'
    arguments = ("--as", "m:v1", "--artifact", str(artifact), "--edit")
    code, shown = at_a_terminal(empty_registry, arguments, {"EDITOR": editor(tmp_path, script)}, mark)
    assert code == 0, shown
    assert empty_registry.record(Release, paths.manifest("m", "v1")).license == "MIT"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "neither $VISUAL nor $EDITOR is set"),
        ({"EDITOR": " "}, "neither $VISUAL nor $EDITOR is set"),
        ({"EDITOR": "vi 'x"}, "$EDITOR is no command"),
        ({"VISUAL": "/nowhere/vi"}, "the editor cannot be started: No such file"),
    ],
)
def test_without_an_editor_it_is_said(
    empty_registry: Registry, artifact: Path, variables: dict[str, str], said: str
) -> None:
    arguments = ("--as", "m:v1", "--artifact", str(artifact), "--edit")
    code, shown = at_a_terminal(empty_registry, arguments, variables)
    assert code == 2
    assert said in shown
    assert kept(empty_registry) == []


def test_without_a_terminal_nobody_is_asked_to_edit(
    empty_registry: Registry, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    refused = empty_registry.refuses(
        "register", "--as", "m:v1", "--artifact", str(artifact), "--edit", expect=2
    )
    assert "--edit needs a terminal" in refused.err
