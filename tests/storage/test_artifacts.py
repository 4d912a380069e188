"""Hashing artifacts, on this machine and in a real S3 server: what changes, lies or is missing."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
import s3fs

from gitregistry.errors import BadInput
from gitregistry.storage import artifacts
from gitregistry.storage.artifacts import ArtifactFile, folder_digest, hash_artifact
from tests.support.object_store import renew_clients, use_endpoint

MODEL = random.Random(1).randbytes(3 << 20)


def _sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "model"
    (top / "b" / "deep").mkdir(parents=True)
    (top / "a b.txt").write_bytes(b"spaces")
    (top / "b" / "deep" / "weights.bin").write_bytes(MODEL)
    (top / "b.json").write_bytes(b"{}")
    (top / "ü.txt").write_bytes(b"")
    return top


def test_a_file_with_its_progress(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(MODEL)
    seen: list[tuple[int, int]] = []
    facts = hash_artifact(str(path), lambda done, total: seen.append((done, total)))
    assert facts == (path.as_uri(), _sha256(MODEL), len(MODEL), (), ())
    assert seen == [(1 << 20, 3 << 20), (2 << 20, 3 << 20), (3 << 20, 3 << 20)]


def test_a_file_address_and_a_relative_path_mean_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mein modell%20.bin"
    path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert hash_artifact(path.as_uri()) == hash_artifact(path.name) == hash_artifact(str(path))


def test_a_folders_digest_is_that_of_what_sha256sum_prints(folder: Path) -> None:
    facts = hash_artifact(str(folder))
    script = r"LC_ALL=C find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum"
    printed = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, check=True).stdout
    assert facts.digest == _sha256(printed)
    assert [file.path for file in facts.files] == ["a b.txt", "b.json", "b/deep/weights.bin", "ü.txt"]
    assert facts.files[2] == ArtifactFile("b/deep/weights.bin", _sha256(MODEL), len(MODEL))
    assert facts.size == len(MODEL) + 8
    assert folder_digest(reversed(facts.files)) == facts.digest


def test_local_hashing_loads_no_fsspec(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    script = (
        "import sys; from gitregistry.storage.artifacts import hash_artifact\n"
        f"hash_artifact({str(tmp_path)!r}); print('fsspec' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"False\n"


@pytest.mark.parametrize(
    "address", ["nowhere", "file:///nowhere/x", "file://", "bad\0name", "memory://nothing-here"]
)
def test_what_is_missing_is_said_to_be_missing(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if address == "file://":
        address = "file://elsewhere/x"
    with pytest.raises(BadInput, match=r"no such file|nothing at this address|another machine"):
        hash_artifact(address)


def test_an_empty_folder_is_no_artifact(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(BadInput, match="empty"):
        hash_artifact(str(tmp_path))


def test_links_in_a_folder_are_refused(folder: Path) -> None:
    (folder / "b" / "link").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="symbolic links"):
        hash_artifact(str(folder))


def test_a_link_to_the_artifact_itself_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(folder)
    assert hash_artifact(str(tmp_path / "latest")) == hash_artifact(str(folder))


def test_a_pipe_is_no_artifact_and_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(BadInput, match="not a plain file"):
        hash_artifact(str(folder))
    with pytest.raises(BadInput, match="not a plain file"):
        hash_artifact(str(folder / "pipe"))


@pytest.mark.parametrize("name", [".git/config", "a\\b", "line\nend", "\u202egpj.exe", ".GIT/x", b"\xff"])
def test_names_that_would_be_dangerous_to_deliver_are_refused(folder: Path, name: str | bytes) -> None:
    path = folder / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    with pytest.raises(BadInput, match="cannot be a file of an artifact"):
        hash_artifact(str(folder))


@pytest.mark.parametrize("change", ["grow", "touch", "shrink"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(MODEL)

    def meddle(done: int, total: int) -> None:
        if done == 1 << 20:
            with path.open("r+b") as file:
                if change == "grow":
                    file.seek(0, 2)
                    file.write(b"more")
                elif change == "shrink":
                    file.truncate(2 << 20)
            os.utime(path, ns=(1, 1))

    with pytest.raises(BadInput, match="changed while it was read"):
        hash_artifact(str(path), meddle)


def test_a_file_replaced_by_a_link_after_it_was_listed_is_refused(folder: Path) -> None:
    def meddle(done: int, total: int) -> None:
        target = folder / "ü.txt"
        if not target.is_symlink():
            target.unlink()
            target.symlink_to("/etc/passwd")

    with pytest.raises(BadInput, match="cannot be read"):
        hash_artifact(str(folder), meddle)


def test_an_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    source = artifacts.open_source(str(path))
    members = source.members()
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read: No such file"), source.open(members[0]):
        pass


def test_an_unknown_kind_of_address_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be an address") as caught:
        hash_artifact("teleport://bucket/x")
    assert "s3" in str(caught.value.hint)


def test_a_kind_of_address_whose_package_is_missing_names_it() -> None:
    with pytest.raises(BadInput, match="gcsfs"):
        hash_artifact("gs://bucket/x")


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()


def _upload(files: fsspec.AbstractFileSystem, folder: Path, to: str) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files.pipe_file(f"{to}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def test_a_folder_has_one_digest_wherever_it_lies(folder: Path, memory: fsspec.AbstractFileSystem) -> None:
    _upload(memory, folder, "/models/churn")
    here, there = hash_artifact(str(folder)), hash_artifact("memory://models/churn/")
    assert there.uri == "memory://models/churn"
    assert (here.digest, here.size, here.files) == (there.digest, there.size, there.files)
    assert hash_artifact("memory://models/churn/b.json").digest == _sha256(b"{}")


def test_a_remote_file_that_changes_while_it_is_read_is_refused(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe_file("/m.bin", MODEL)

    def meddle(done: int, total: int) -> None:
        if done == 1 << 20:
            memory.pipe_file("/m.bin", MODEL[::-1])

    with pytest.raises(BadInput, match="changed while it was read"):
        hash_artifact("memory://m.bin", meddle)


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> s3fs.S3FileSystem:
    use_endpoint(monkeypatch, s3_server)
    files = s3fs.S3FileSystem()
    files.mkdir("models")
    return files


def test_an_object_in_s3(s3: s3fs.S3FileSystem) -> None:
    s3.pipe_file("models/churn.onnx", MODEL)
    seen: list[int] = []
    facts = hash_artifact("s3://models/churn.onnx", lambda done, _total: seen.append(done))
    assert facts == ("s3://models/churn.onnx", _sha256(MODEL), len(MODEL), (), ())
    assert seen[-1] == len(MODEL)


def test_a_prefix_in_s3_is_a_folder(s3: s3fs.S3FileSystem, folder: Path) -> None:
    _upload(s3, folder, "models/folder-of-churn")
    s3.call_s3("put_object", Bucket="models", Key="folder-of-churn/b/", Body=b"")  # as consoles draw folders
    facts = hash_artifact("s3://models/folder-of-churn")
    assert facts.digest == hash_artifact(str(folder)).digest
    assert facts.files == hash_artifact(str(folder)).files


def test_a_key_that_leads_out_of_the_folder_is_refused(s3: s3fs.S3FileSystem) -> None:
    s3.call_s3("put_object", Bucket="models", Key="slip/../../etc/x", Body=b"x")
    s3.call_s3("put_object", Bucket="models", Key="slip/a", Body=b"x")
    with pytest.raises(BadInput, match="cannot be a file of an artifact"):
        hash_artifact("s3://models/slip")


@pytest.mark.parametrize("address", ["s3://models/nothing", "s3://no-such-bucket-here/x"])
def test_what_s3_does_not_have_is_said_to_be_missing(s3: s3fs.S3FileSystem, address: str) -> None:
    with pytest.raises(BadInput, match="nothing at this address") as caught:
        hash_artifact(address)
    assert caught.value.path == address


def test_an_object_overwritten_in_s3_while_it_is_read_is_refused(s3: s3fs.S3FileSystem) -> None:
    s3.pipe_file("models/moving.bin", MODEL)

    def meddle(done: int, total: int) -> None:
        if done == 1 << 20:
            s3.pipe_file("models/moving.bin", MODEL[::-1])

    with pytest.raises(BadInput, match=r"changed while it was read|cannot be read"):
        hash_artifact("s3://models/moving.bin", meddle)


def test_without_credentials_the_error_says_where_to_look(
    s3: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    renew_clients()
    with pytest.raises(BadInput) as caught:
        hash_artifact("s3://models/churn.onnx")
    assert "credentials" in str(caught.value.hint)


def test_a_store_that_does_not_answer(s3: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    renew_clients()
    with pytest.raises(BadInput, match="cannot be read") as caught:
        hash_artifact("s3://models/churn.onnx")
    assert "endpoint" in str(caught.value.hint)
