"""Whatever becomes of the output, the exit code says what became of the registry."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.errors.failing import Process
from tests.support.registry import Registry

PROMOTE = ("promote", "churn:v1", "--to", "production")


def shell(
    process: Process, line: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which ``"$@"`` is the command."""
    variables = os.environ | {"REGISTRY_KEY": str(process.key)} | environment
    return subprocess.run(
        ["bash", "-c", line, "bash", *process.command(*arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=variables,
        text=True,
        errors="replace",
        timeout=60,
    )


@pytest.fixture
def process(healthy: Registry) -> Process:
    return Process(healthy.folder, healthy.keys["alice"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("resolve", "churn@production"),
        ("list",),
        ("log", "--json"),
        ("show", "churn:v2", "--json"),
        ("--help",),
    ],
    ids=" ".join,
)
def test_a_reader_who_stops_reading_is_no_fault(arguments: tuple[str, ...], process: Process) -> None:
    done = shell(process, '"$@" | exec 0<&-; echo "${PIPESTATUS[0]}"', *arguments)
    closed = shell(process, 'exec 3> >(exec 0<&-); sleep 0.1; "$@" >&3; echo $?', *arguments)
    assert (done.stdout.strip(), done.stderr) == ("0", "")
    assert (closed.stdout.strip(), closed.stderr) == ("0", "")


def test_a_promotion_whose_reader_is_gone_is_a_promotion(approved: Registry) -> None:
    process = Process(approved.folder, approved.keys["alice"])
    done = shell(process, 'exec 3> >(exec 0<&-); sleep 0.1; "$@" >&3; echo $?', *PROMOTE)
    assert (done.stdout.strip(), done.stderr) == ("0", "")
    assert approved.json("resolve", "churn@production")["version"] == "v1"


@pytest.mark.parametrize("arguments", [("resolve", "churn@production"), ("log", "--json")], ids=" ".join)
def test_a_full_disk_behind_the_output_is_told(arguments: tuple[str, ...], process: Process) -> None:
    done = shell(process, '"$@" > /dev/full', *arguments)
    assert done.returncode == 2
    assert done.stderr == "error: No space left on device\n"


@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_swallow_what_is_printed(closing: str, process: Process) -> None:
    before = (process.folder / ".git" / "HEAD").read_bytes()
    assert shell(process, f'"$@" {closing}', "list").returncode == 0
    assert shell(process, f'"$@" {closing}', "resolve", "nobody@production").returncode == 3
    assert (process.folder / ".git" / "HEAD").read_bytes() == before


def test_a_promotion_with_all_streams_closed_writes_into_no_file_of_git(approved: Registry) -> None:
    process = Process(approved.folder, approved.keys["alice"])
    assert shell(process, '"$@" <&- >&- 2>&-', *PROMOTE).returncode == 0
    approved.git("fsck", "--strict", "--no-dangling")
    assert approved.git("status", "--porcelain") == ""
    assert approved.passes()


def test_a_narrow_encoding_spells_out_what_it_lacks(process: Process) -> None:
    done = shell(process, '"$@"', "why", "churn@production", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u2713" in done.stdout
    assert done.stderr == ""


def test_debug_shows_the_traceback(process: Process) -> None:
    plain = process.run("resolve", "nobody@production")
    debugged = process.run("resolve", "nobody@production", "--debug")
    assert plain.err.startswith("error: there is no model 'nobody'")
    assert "Traceback (most recent call last)" in debugged.err
    assert "NotFound: there is no model 'nobody'" in debugged.err


def test_a_terminal_gets_colours_and_a_pipe_plain_text(process: Process, tmp_path: Path) -> None:
    plain = shell(process, '"$@"', "list")
    assert "\x1b" not in plain.stdout
    line = " ".join(f"'{word}'" for word in process.command("list"))
    coloured = shell(process, f'unset NO_COLOR; TERM=xterm script -qec "{line}" /dev/null')
    bare = shell(process, f'NO_COLOR=1 TERM=xterm script -qec "{line}" /dev/null')
    assert "\x1b[" in coloured.stdout
    assert "\x1b[" not in bare.stdout
