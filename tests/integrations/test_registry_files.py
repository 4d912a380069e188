"""``registry://`` addresses and ``gitregistry.open``: what is read was hashed before its first byte."""

from __future__ import annotations

from pathlib import Path

import fsspec
import joblib
import pytest

import gitregistry
from gitregistry.errors import NotFound, Refused
from gitregistry.integrations.registry_files import RegistryFileSystem
from tests.support.registry import Registry


@pytest.fixture
def stored(registered: Registry, tmp_path: Path) -> Path:
    """A folder artifact ``kept:v1`` and a single file ``single:v1``; where the folder lies."""
    folder = tmp_path / "stored"
    (folder / "weights").mkdir(parents=True)
    joblib.dump({"weights": [1, 2, 3]}, folder / "weights/0.joblib")
    (folder / "config.json").write_bytes(b'{"a": 1}')
    (tmp_path / "single.bin").write_bytes(b"one file")
    for model, place in (("kept", folder), ("single", tmp_path / "single.bin")):
        manifest = tmp_path / f"{model}.yaml"
        manifest.write_text(f"model_name: {model}\nversion: v1\n")
        registered.run("register", str(manifest), "--artifact", str(place))
    return folder


def test_fsspec_opens_an_address_and_joblib_loads_it(registered: Registry, stored: Path) -> None:
    address = "registry://kept:v1/weights/0.joblib"
    with fsspec.open(address, directory=str(registered.folder)) as file:
        assert joblib.load(file) == {"weights": [1, 2, 3]}


def test_a_folder_is_listed_as_it_was_registered(registered: Registry, stored: Path) -> None:
    (stored / "later.bin").write_bytes(b"x")
    files = RegistryFileSystem(registered.folder)
    assert files.ls("registry://kept:v1", detail=False) == ["kept:v1/config.json", "kept:v1/weights"]
    assert files.find("kept:v1") == ["kept:v1/config.json", "kept:v1/weights/0.joblib"]
    assert files.info("kept:v1/config.json")["size"] == 8
    assert files.info("kept:v1/weights")["type"] == "directory"
    assert files.cat("kept:v1/config.json") == b'{"a": 1}'
    with pytest.raises(FileNotFoundError, match=r"later\.bin"):
        files.cat("kept:v1/later.bin")
    with pytest.raises(FileNotFoundError):
        files.info("kept:v1/weights/none")


def test_a_single_file_is_its_reference(
    registered: Registry, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_DIR", str(registered.folder))
    with gitregistry.open("single:v1") as file:
        assert file.read() == b"one file"
    assert fsspec.filesystem("registry").info("single:v1")["type"] == "file"
    with pytest.raises(FileNotFoundError):
        gitregistry.open("single:v1", "inside")


def test_what_was_swapped_is_never_read(registered: Registry, stored: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with gitregistry.open("kept:v1", "config.json", directory=registered.folder, cache=cache) as file:
        assert file.read() == b'{"a": 1}'
    (stored / "config.json").write_bytes(b'{"a": 2}')
    with pytest.raises(Refused, match="other bytes"):
        gitregistry.open("kept:v1", "config.json", directory=registered.folder)
    with gitregistry.open("kept:v1", "config.json", directory=registered.folder, cache=cache) as file:
        assert file.read() == b'{"a": 1}'


def test_a_release_is_only_read(registered: Registry, stored: Path) -> None:
    with pytest.raises(PermissionError, match="never changes"):
        RegistryFileSystem(registered.folder).open("kept:v1/config.json", "wb")


def test_what_there_is_not_is_said_as_pull_says_it(registered: Registry) -> None:
    with pytest.raises(NotFound, match="there is no model"):
        gitregistry.open("nobody@production", directory=registered.folder)


def test_the_package_exports_open_alone() -> None:
    assert gitregistry.__all__ == ["open"]
