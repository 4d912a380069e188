"""What is installed: built as installers build it, looked at as they unpack it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.iterdir()
    return built


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _text(wheel: Path, ending: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(ending)]
        return archive.read(name).decode()


def test_it_is_for_every_platform_and_typed(wheel: Path) -> None:
    assert re.fullmatch(r"gitregistry-[0-9.]+-py3-none-any\.whl", wheel.name)
    assert "gitregistry/py.typed" in _names(wheel)


def test_it_holds_every_module_and_nothing_else(wheel: Path) -> None:
    source = ROOT / "src"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    packed = {name for name in _names(wheel) if ".dist-info/" not in name}
    assert packed == modules | {"gitregistry/py.typed"}


def test_it_names_its_command_and_its_extra(wheel: Path) -> None:
    assert "registry = gitregistry.cli.main:run" in _text(wheel, "entry_points.txt")
    metadata = _text(wheel, "METADATA")
    assert "Requires-Python: >=3.11" in metadata
    assert "Requires-Dist: scikit-learn>=1.6; extra == 'demo'" in metadata


def test_no_file_names_the_machine_it_was_built_on(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not [name for name, text in texts.items() if str(ROOT) in text or str(Path.home()) in text]


def test_the_demo_finds_its_scripts_in_what_was_installed(wheel: Path, tmp_path: Path) -> None:
    """Python imports straight from the wheel, where no file of the package lies on disk."""
    script = (
        "import gitregistry.demo.scene as scene, pathlib\n"
        "assert '.whl' in scene.__file__\n"
        "scene.set_scene(pathlib.Path('there'))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    for name in ("data.py", "train.py", "check.py"):
        source = ROOT / "src/gitregistry/demo/training_code" / name
        assert (tmp_path / "there/work/code" / name).read_bytes() == source.read_bytes()


def test_the_command_tells_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gitregistry", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"registry {version('gitregistry')}\n"
