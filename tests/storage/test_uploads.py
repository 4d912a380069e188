"""Uploading to real stores, each name once: what is there, what a network loses, what a store ignores."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import s3fs

from gitregistry.errors import BadInput, Refused
from gitregistry.storage import ranges, s3_requests, s3_store
from gitregistry.storage.artifacts import hash_artifact
from gitregistry.storage.delivery import WrongBytes, deliver
from gitregistry.storage.stores import open_store
from gitregistry.storage.uploads import Uploaded, upload
from tests.support.object_store import WITH_SECOND_STORE, Proxy, second_server

PART = 5 << 20  # the least that S3 takes for any part but the last
MODEL = random.Random(43).randbytes(2 * PART + 7)
FOLDER = {
    "config.json": b"{}",
    "weights/0.bin": b"\1" * 1000,
    "weights/1.bin": b"\2" * 1000,
    "empty": b"",
    "a/b": b"{}",
}


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_store, "_PART", PART)
    monkeypatch.setattr(s3_requests, "_PAUSES", (0.0, 0.01, 0.02, 0.02))
    monkeypatch.setattr(ranges, "_PAUSES", (0.0, 0.01, 0.02, 0.02))


@pytest.fixture
def direct(proxy: Proxy, s3_server: str) -> s3fs.S3FileSystem:
    """The store past the proxy: what is really there."""
    return s3fs.S3FileSystem(endpoint_url=s3_server, use_listings_cache=False)


@pytest.fixture
def bucket(direct: s3fs.S3FileSystem) -> str:
    name = f"models-{os.urandom(4).hex()}"
    direct.mkdir(name)
    return name


@pytest.fixture(params=["local", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A free place in each kind of store."""
    if request.param == "s3":
        yield f"s3://{request.getfixturevalue('bucket')}/churn/v1"
    elif request.param == "memory":
        yield f"memory://{os.urandom(4).hex()}/v1"
    else:
        yield (tmp_path / "store" / "churn" / "v 1").as_uri()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(MODEL)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, data in FOLDER.items():
        (tmp_path / "model" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / path).write_bytes(data)
    return tmp_path / "model"


def put(source: Path, place: str, *, lock: datetime | None = None, may_overwrite: bool = False) -> Uploaded:
    store = open_store(place, may_overwrite=may_overwrite)
    return upload(str(source), hash_artifact(str(source)), store, locked_until=lock, on_progress=None)


def nothing_half(files: s3fs.S3FileSystem, bucket: str) -> bool:
    """No upload in parts is open, and no probe is left."""
    uploads = files.call_s3("list_multipart_uploads", Bucket=bucket).get("Uploads", [])
    return not uploads and not any("probe" in name for name in files.find(bucket))


def test_a_file_lies_where_it_was_put(place: str, model: Path) -> None:
    assert put(model, place) == (len(MODEL), ())
    found = hash_artifact(place)
    assert (found.uri, found.digest) == (place, hash_artifact(str(model)).digest)


def test_a_folder_lies_where_it_was_put_with_its_empty_files(place: str, folder: Path) -> None:
    put(folder, place)
    assert hash_artifact(place).files == hash_artifact(str(folder)).files


def test_the_same_bytes_again_are_a_success_and_nothing_is_sent(place: str, folder: Path) -> None:
    put(folder, place)
    assert put(folder, place).sent_bytes == 0


def test_what_was_begun_is_gone_on_with(place: str, folder: Path) -> None:
    put(folder, place)
    (folder / "later").write_bytes(b"x" * 10)
    assert put(folder, place).sent_bytes == 10


@pytest.mark.parametrize("other", [MODEL[::-1], b"shorter", b""])
def test_other_bytes_are_refused_and_untouched(other: bytes, place: str, model: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(other)
    put(tmp_path / "other", place)
    with pytest.raises(Refused, match="something else lies there, and is left as it is"):
        put(model, place)
    assert hash_artifact(place).digest == "sha256:" + hashlib.sha256(other).hexdigest()


def test_a_folder_with_a_file_more_is_refused_before_anything_is_sent(place: str, folder: Path) -> None:
    (folder / "strange").write_bytes(b"x")
    put(folder, place)
    (folder / "strange").unlink()
    (folder / "new").write_bytes(b"x")
    with pytest.raises(Refused, match="strange: something else lies there"):
        put(folder, place)
    assert "new" not in {file.path for file in hash_artifact(place).files}


def test_a_file_does_not_take_a_folders_name_nor_a_folder_a_files(
    place: str, model: Path, folder: Path
) -> None:
    put(folder, place)
    with pytest.raises(Refused, match="something else lies there"):
        put(model, place)
    put(model, f"{place}-file")
    with pytest.raises(Refused, match="something else lies there"):
        put(folder, f"{place}-file")


def test_who_was_faster_keeps_the_name(
    proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path
) -> None:
    place = f"{bucket}/m"

    def faster(request: str) -> None:
        if request.startswith("POST") and "uploadId" in request and "probe" not in request:
            direct.pipe_file(place, b"theirs")

    proxy.before_write = faster
    with pytest.raises(Refused, match="not what was uploaded"):
        put(model, f"s3://{place}")
    assert direct.cat_file(place) == b"theirs"
    assert nothing_half(direct, bucket)


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("fault", ["cut", "500", "503", "late"])
def test_what_a_network_loses_is_sent_again(
    fault: str,
    what: str,
    proxy: Proxy,
    bucket: str,
    direct: s3fs.S3FileSystem,
    request: pytest.FixtureRequest,
) -> None:
    source = request.getfixturevalue("model" if what == "file" else "folder")
    before = proxy.writes
    put(source, f"s3://{bucket}/first")
    for broken in range(proxy.writes - before):
        proxy.write_faults = {proxy.writes + broken: fault}  # type: ignore[dict-item] # a Fault
        place = f"s3://{bucket}/{broken}/m"
        put(source, place)
        assert hash_artifact(place).digest == hash_artifact(str(source)).digest
    assert not any("probe" in name for name in direct.find(bucket))


@pytest.mark.parametrize("fault", ["cut", "500", "503", "403"])
def test_a_store_that_takes_nothing_is_left_as_it_was(
    fault: str, proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path
) -> None:
    proxy.always_write = fault  # type: ignore[assignment] # a Fault
    with pytest.raises(BadInput) as caught:
        put(model, f"s3://{bucket}/m")
    assert caught.value.hint
    assert direct.find(bucket) == []


def test_a_part_that_is_never_taken_leaves_nothing_half(
    proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path
) -> None:
    proxy.refused = lambda request: "partNumber=2" in request
    with pytest.raises(BadInput, match=r"access denied|cannot be"):
        put(model, f"s3://{bucket}/m")
    assert direct.find(bucket) == []
    assert nothing_half(direct, bucket)


def test_ctrl_c_leaves_nothing_half(
    proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path
) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    store = open_store(f"s3://{bucket}/m", may_overwrite=False)
    with pytest.raises(KeyboardInterrupt):
        upload(str(model), hash_artifact(str(model)), store, locked_until=None, on_progress=interrupt)
    assert direct.find(bucket) == []
    assert nothing_half(direct, bucket)


@pytest.mark.parametrize("swapped", [MODEL[::-1], MODEL + b"more", None])
def test_an_object_swapped_before_it_was_read_back_is_not_registered(
    swapped: bytes | None, proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path
) -> None:
    def swap(number: int) -> None:
        if number == first:
            if swapped is None:
                direct.rm(f"{bucket}/m")
            else:
                direct.pipe_file(f"{bucket}/m", swapped)

    first = proxy.reads
    proxy.before = swap
    with pytest.raises((Refused, BadInput), match=r"not what was uploaded|nothing at this address"):
        put(model, f"s3://{bucket}/m")


def test_bytes_altered_on_the_way_back_are_not_taken_for_right(
    proxy: Proxy, bucket: str, model: Path
) -> None:
    proxy.faults = ["altered"]
    with pytest.raises(Refused, match="not what was uploaded: expected sha256:"):
        put(model, f"s3://{bucket}/m")


def test_a_store_that_ignores_the_condition_is_found_out(
    proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path, folder: Path
) -> None:
    proxy.dropped = ("if-none-match", ("PUT", "POST"))
    for source in (model, folder):
        with pytest.raises(Refused, match="would overwrite") as caught:
            put(source, f"s3://{bucket}/m")
        assert "--even-if-this-store-may-overwrite" in str(caught.value.hint)
    assert direct.find(bucket) == []
    put(model, f"s3://{bucket}/m", may_overwrite=True)
    with pytest.raises(Refused, match="something else lies there"):
        put(folder, f"s3://{bucket}/m", may_overwrite=True)


def test_a_store_that_ignores_it_for_parts_alone_is_found_out(
    proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path, folder: Path
) -> None:
    proxy.dropped = ("if-none-match", ("POST",))
    with pytest.raises(Refused, match="would overwrite"):
        put(model, f"s3://{bucket}/m")
    assert nothing_half(direct, bucket)
    put(folder, f"s3://{bucket}/m")


def test_a_store_without_conditional_writes_is_refused(
    proxy: Proxy, bucket: str, direct: s3fs.S3FileSystem, model: Path
) -> None:
    proxy.unknown = "if-none-match"
    with pytest.raises(Refused, match=r"no conditional writes \(501\)"):
        put(model, f"s3://{bucket}/m")
    assert direct.find(bucket) == []
    put(model, f"s3://{bucket}/m", may_overwrite=True)


def test_locked_objects_are_held_for_as_long_as_was_said(
    proxy: Proxy, direct: s3fs.S3FileSystem, folder: Path
) -> None:
    bucket = f"locked-{os.urandom(4).hex()}"
    direct.call_s3("create_bucket", Bucket=bucket, ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    for days, expected in ((0, 0), (2, 2), (1, 2)):  # never shortened
        put(folder, f"s3://{bucket}/m", lock=until + timedelta(days=days))
        for path in FOLDER:
            said = direct.call_s3("head_object", Bucket=bucket, Key=f"m/{path}")
            assert said["ObjectLockMode"] == "GOVERNANCE"
            assert said["ObjectLockRetainUntilDate"] == until + timedelta(days=expected)
    version = direct.call_s3("list_object_versions", Bucket=bucket, Prefix="m/a/b")["Versions"][0][
        "VersionId"
    ]
    with pytest.raises(PermissionError):
        direct.call_s3("delete_object", Bucket=bucket, Key="m/a/b", VersionId=version)


def test_what_cannot_be_locked_is_not_uploaded(place: str, folder: Path) -> None:
    with pytest.raises(Refused, match="nothing can be locked here"):
        put(folder, place, lock=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(BadInput):
        hash_artifact(place)


@pytest.mark.parametrize(
    "place", ["s3://AKIA:secret@bucket/m", "s3://AKIA:sec/secret@bucket/m", "s3://bucket/m?X-Amz-Signature=secret",
              "s3://bucket", "s3://bucket/a/../m", "s3://[bucket/", "gs://bucket/m", "https://example.com/m",
              "simplecache::s3://bucket/m", "file://elsewhere/m", "/"],
)  # fmt: skip
def test_addresses_that_name_no_exact_place_are_refused(place: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_store(place, may_overwrite=False)
    assert "secret" not in f"{caught.value}{caught.value.hint}"
    assert caught.value.hint


def test_a_local_upload_that_is_broken_off_leaves_nothing(tmp_path: Path, model: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    place = tmp_path / "store" / "m"
    store = open_store(str(place), may_overwrite=False)
    with pytest.raises(KeyboardInterrupt):
        upload(str(model), hash_artifact(str(model)), store, locked_until=None, on_progress=interrupt)
    assert list(place.parent.iterdir()) == []


def test_no_link_is_written_through(tmp_path: Path, model: Path, folder: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "config.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="symbolic links"):
        put(folder, str(tmp_path / "store"))
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def second_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3fs.S3FileSystem]:
    """A store that is nothing like moto, with a bucket ``models``."""
    with second_server(tmp_path / "data", monkeypatch) as files:
        yield files


@WITH_SECOND_STORE
def test_a_real_store_that_ignores_the_condition_is_found_out(
    second_store: s3fs.S3FileSystem, model: Path, folder: Path
) -> None:
    for source in (model, folder):
        with pytest.raises(Refused, match="would overwrite"):
            put(source, "s3://models/m")
    assert second_store.find("models") == []
    put(model, "s3://models/m", may_overwrite=True)
    with pytest.raises(Refused, match="something else lies there"):
        put(folder, "s3://models/m", may_overwrite=True)


@WITH_SECOND_STORE
def test_a_second_store_gives_back_what_was_put_there_and_nothing_else(
    second_store: s3fs.S3FileSystem, model: Path, tmp_path: Path
) -> None:
    """A file alone: asked for a folder by its name, this one answers 500."""
    put(model, "s3://models/m", may_overwrite=True)
    facts = hash_artifact("s3://models/m")
    deliver(facts, tmp_path / "pulled", None, None)
    assert (tmp_path / "pulled").read_bytes() == MODEL
    second_store.pipe_file("models/m", MODEL[:-1] + b"!")
    with pytest.raises(WrongBytes, match="expected"):
        deliver(facts, tmp_path / "again", None, None)
    assert not (tmp_path / "again").exists()
