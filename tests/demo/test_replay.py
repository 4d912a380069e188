"""What the demo prints can be typed: a shell that is given its commands comes to the same decisions."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitregistry.demo.scene import set_scene
from tests.demo.conftest import Played


def decisions(folder: Path) -> Any:
    """Every release's state and aliases, and every move in production, without times and digests."""

    def ask(*words: str) -> Any:
        command = [sys.executable, "-m", "gitregistry", *words, "--json"]
        return json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)

    releases = ask("list")["releases"]
    moves = ask("log", "tumour-screening@production")["moves"]
    return (
        [(one["version"], one["state"], one["aliases"], one["archived"]) for one in releases],
        [(one["action"], one["from"], one["to"], one["by"]) for one in moves],
        ask("verify", "--pin", ask("trust", "pin")["claimed"])["verdict"],
    )


def expected_codes(text: str) -> list[int]:
    codes = []
    for chunk in text.split("\n$ ")[1:]:
        found = re.search(r"^\(exit code (\d+), as it should be\)$", chunk, re.MULTILINE)
        codes.append(int(found[1]) if found else 0)
    return codes


def test_typed_into_a_shell_the_commands_come_to_the_same_decisions(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_scene(tmp_path / "demo-registry")  # what the demo itself does before its first command
    script = "\n".join(f'{command}\necho "ended $?"' for command in played.typed)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        ["bash", "-u"], input=script, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    codes = [int(code) for code in re.findall(r"^ended (\d+)$", done.stdout, re.MULTILINE)]
    assert codes == expected_codes(played.text), done.stderr[-2000:]
    assert decisions(tmp_path / "demo-registry") == decisions(played.registry)
