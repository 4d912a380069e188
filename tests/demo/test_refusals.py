"""When the demo does not play, or stops."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gitregistry.cli.demo import carry_out
from gitregistry.cli.main import main
from gitregistry.demo.measured import attestations, require_as_told
from gitregistry.demo.scene import set_scene
from gitregistry.demo.steps import Command, python
from gitregistry.errors import BadInput, RegistryError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_scikit_learn_it_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert main(["demo"]) == 2
    assert "try: pip install 'gitregistry[demo]'" in capsys.readouterr().err
    assert not Path("demo-registry").exists()


@pytest.mark.parametrize("kind", ["file", "full folder", "link", "dangling link"])
def test_whatever_is_in_the_way_stays(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = Path("there")
    Path("elsewhere").mkdir()
    if kind == "file":
        place.write_text("mine")
    elif kind == "full folder":
        place.mkdir()
        (place / "mine").touch()
    else:
        place.symlink_to("elsewhere" if kind == "link" else "nowhere")
    assert main(["demo", "there"]) == 2
    assert "there: something is there already" in capsys.readouterr().err
    assert not list(Path("elsewhere").iterdir())
    assert not Path("nowhere").exists()


def test_an_empty_folder_is_not_in_the_way() -> None:
    Path("there").mkdir()
    set_scene(Path("there"))
    assert sorted(path.name for path in Path("there/work/code").iterdir()) == [
        "check.py", "data.py", "train.py",
    ]  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_made_is_one_clear_error() -> None:
    Path("closed").mkdir(mode=0o500)
    with pytest.raises(BadInput, match="closed/there: cannot be made: Permission denied"):
        set_scene(Path("closed/there"))


def test_a_folder_below_a_file_is_one_clear_error() -> None:
    Path("file").touch()
    with pytest.raises(BadInput, match="file/there: cannot be made: Not a directory"):
        set_scene(Path("file/there"))


def test_a_command_that_ends_otherwise_stops_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RegistryError, match="exit code 2, not 0: registry list") as stopped:
        carry_out(Command("registry", ("list",)))  # there is no registry here
    assert stopped.value.exit_code != 0
    assert capsys.readouterr().out == "\n$ registry list\n"


def test_a_refusal_that_does_not_come_stops_the_story() -> None:
    with pytest.raises(RegistryError, match="exit code 0, not 1: registry --version"):
        carry_out(Command("registry", ("--version",), ends=1))


def test_a_script_that_gives_up_stops_the_story() -> None:
    set_scene(Path("there"))
    os.chdir("there")
    arguments = list(sys.argv)
    with pytest.raises(RegistryError, match=r"exit code 1, not 0: python work/code/train\.py v9"):
        carry_out(python("train.py", "v9"))
    assert sys.argv == arguments


def test_measurements_that_tell_another_story_stop_it() -> None:
    require_as_told(True, "all well")
    with pytest.raises(RegistryError, match="v3 answered all"):
        require_as_told(False, "v3 answered all")


def test_a_failed_check_is_attested_as_failed(tmp_path: Path) -> None:
    (tmp_path / "work" / "v1").mkdir(parents=True)
    report = '{"latency_p95_under_60ms": {"passed": false, "metrics": {"latency_p95_ms": 61.5}}}'
    (tmp_path / "work" / "v1" / "staging.json").write_text(report)
    (command,) = attestations(tmp_path, "v1", "staging")
    assert command.arguments[:5] == (
        "attest", "tumour-screening:v1", "latency_p95_under_60ms", "--failed", "--metric",
    )  # fmt: skip
    assert command.arguments[5] == "latency_p95_ms=61.5"


def test_an_unexpected_end_is_the_exit_code_of_the_whole(tmp_path: Path) -> None:
    """Git that fails, as it does on a full disk, in the middle of the story."""
    broken = tmp_path / "bin" / "git"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'fatal: no space left' >&2\nexit 128\n")
    broken.chmod(0o755)
    environment = os.environ | {"PATH": f"{broken.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "gitregistry", "demo"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "error: the demo stopped: this ended with exit code 128, not 0: git init" in done.stderr
    assert "Traceback" not in done.stderr
