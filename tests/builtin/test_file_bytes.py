"""Small files of an artifact, read whole and held against their release."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage.artifacts import hash_artifact
from gitregistry.storage.delivery import WrongBytes
from gitregistry.storage.file_bytes import file_bytes


def test_files_come_whole_and_one_at_a_time(tmp_path: Path) -> None:
    large = bytes(range(256)) * 9000  # above two chunks
    for name, data in (("a", large), ("b", b""), ("c", b"c")):
        (tmp_path / name).write_bytes(data)
    facts = hash_artifact(str(tmp_path))
    read = file_bytes(facts, facts.files)
    assert next(read) == ("a", large)
    assert next(read) == ("b", b"")
    (tmp_path / "c").write_bytes(b"d")  # not read before it is asked for
    with pytest.raises(WrongBytes, match=r"the store holds other bytes: expected sha256:2e7d2c03"):
        next(read)


@pytest.mark.parametrize("data", [b"other", b"righ", b""])
def test_bytes_that_were_swapped_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(b"right")
    facts = hash_artifact(str(tmp_path))
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(WrongBytes, match="the store holds other bytes") as caught:
        list(file_bytes(facts, facts.files))
    assert caught.value.path == f"{facts.uri}/file"
    assert caught.value.hint == "put back the bytes that were registered"


def test_a_file_that_grew_is_refused_before_all_of_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"right")
    facts = hash_artifact(str(tmp_path))
    with (tmp_path / "file").open("ab") as file:
        file.truncate(1 << 40)  # a terabyte that takes no room
    with pytest.raises(BadInput, match="the file changed while it was read"):
        list(file_bytes(facts, facts.files))


def test_a_file_that_is_gone_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"right")
    facts = hash_artifact(str(tmp_path))
    (tmp_path / "file").unlink()
    with pytest.raises(BadInput):
        list(file_bytes(facts, facts.files))
