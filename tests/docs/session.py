"""The ``console`` blocks of a page: typed into one shell as they stand, and compared with what comes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import ROOT

# Where the pages say that they are; the folder that a session really runs in stands in for it.
HOME = "/home/alice"

_BLOCK = re.compile(r"```console\n(?P<body>.*?)```", re.DOTALL)
_MARK = "@@@"
_VARIABLE = (
    (re.compile(r"sha256:[0-9a-f]{64}"), "<digest>"),
    (re.compile(r"SHA256:[A-Za-z0-9+/]{43}"), "<fingerprint>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"\b[0-9a-f]{32}\.json"), "<clone>.json"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "<short>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
)


@dataclass(frozen=True)
class Command:
    """One command as typed and what it printed, both streams as they came."""

    typed: str
    output: str

    @property
    def text(self) -> str:
        lines = self.typed.split("\n")
        return "\n".join([f"$ {lines[0]}", *(f"> {line}" for line in lines[1:])]) + "\n" + self.output


def commands(page: str) -> list[Command]:
    """The commands of a page's console blocks in order, each with the output that the page shows."""
    found: list[Command] = []
    for block in _BLOCK.finditer(page):
        for line in block["body"].splitlines(keepends=True):
            if line.startswith("$ "):
                found.append(Command(line[2:].rstrip("\n"), ""))
            elif line.startswith("> ") and not found[-1].output:
                found[-1] = Command(f"{found[-1].typed}\n{line[2:].rstrip()}", "")
            else:
                found[-1] = Command(found[-1].typed, found[-1].output + line)
    return found


def run(typed: list[str], folder: Path) -> list[Command]:
    """Type commands into one bash in an empty home that holds a copy of ``examples/``.

    A command that fails goes on to the next, as at a terminal.
    """
    if not (folder / "examples").exists():
        shutil.copytree(ROOT / "examples", folder / "examples")
        identity = "[user]\n\tname = Alice\n\temail = alice@example.com\n"
        (folder / ".gitconfig").write_text(identity, "utf-8")
    script = "".join(f"{command}\necho {_MARK}\n" for command in typed)
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env={"HOME": str(folder), "PATH": path, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    printed = done.stdout.decode().replace(str(folder.resolve()), HOME).replace(str(folder), HOME)
    assert "fault of registry itself" not in printed, printed
    outputs = printed.split(f"{_MARK}\n")[:-1]
    return [Command(command, output) for command, output in zip(typed, outputs, strict=True)]


def normalised(output: str) -> str:
    """Output with everything that differs from one run to the next named by what it is."""
    for pattern, name in _VARIABLE:
        output = pattern.sub(name, output)
    return output


def says(page: str, played: list[Command]) -> bool:
    """Whether a page shows what was printed, but for what differs from one run to the next."""
    shown = [(command.typed, normalised(command.output)) for command in commands(page)]
    return shown == [(command.typed, normalised(command.output)) for command in played]


def renewed(page: str, played: list[Command]) -> str:
    """The page with the output of each command as it came."""
    waiting = iter(played)

    def fill(block: re.Match[str]) -> str:
        return "```console\n" + "".join(next(waiting).text for _ in commands(block[0])) + "```"

    return _BLOCK.sub(fill, page)
