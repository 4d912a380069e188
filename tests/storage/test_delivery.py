"""Delivering artifacts from real stores over networks that cut, alter and refuse: nothing wrong or half."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pytest
import s3fs

from gitregistry.errors import BadInput, Refused
from gitregistry.storage import ranges
from gitregistry.storage.artifact_cache import ArtifactCache
from gitregistry.storage.artifacts import ArtifactFacts, ArtifactFile, folder_digest, hash_artifact
from gitregistry.storage.delivery import WrongBytes, check_deliverable, deliver
from tests.support.object_store import Proxy

PIECE = 1 << 20
MODEL = random.Random(41).randbytes(5 * PIECE + 7)
FOLDER = {
    "config.json": b"{}",
    "weights/0.bin": MODEL,
    "weights/1.bin": MODEL[::-1],
    "empty": b"",
    "a/b/c": b"{}",
}


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that make five requests of a small model, and no long waits between them."""
    monkeypatch.setattr(ranges, "_PIECE", PIECE)
    monkeypatch.setattr(ranges, "_WINDOW_BYTES", 2 * PIECE)
    monkeypatch.setattr(ranges, "_PAUSES", (0.0, 0.01, 0.02, 0.02))


@pytest.fixture
def bucket(proxy: Proxy) -> str:
    name = f"models-{os.urandom(4).hex()}"
    s3fs.S3FileSystem().mkdir(name)
    return name


@pytest.fixture
def in_s3(bucket: str) -> ArtifactFacts:
    """One file in S3."""
    s3fs.S3FileSystem().pipe_file(f"{bucket}/model.bin", MODEL)
    return hash_artifact(f"s3://{bucket}/model.bin")


@pytest.fixture
def folder_in_s3(bucket: str) -> ArtifactFacts:
    for path, data in FOLDER.items():
        s3fs.S3FileSystem().pipe_file(f"{bucket}/model/{path}", data)
    return hash_artifact(f"s3://{bucket}/model")


@pytest.fixture
def here(tmp_path: Path) -> ArtifactFacts:
    """A folder on this machine."""
    for path, data in FOLDER.items():
        (tmp_path / "store" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "store" / path).write_bytes(data)
    return hash_artifact(str(tmp_path / "store"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def nothing_left(target: Path) -> bool:
    return not os.path.lexists(target) and not staging(target).exists()


def staging(target: Path) -> Path:
    return target.with_name(f".{target.name}.registry-pull")


def test_a_file_from_s3_and_what_is_told_meanwhile(in_s3: ArtifactFacts, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    done = deliver(in_s3, tmp_path / "m", None, lambda *seen: told.append(seen))
    assert (tmp_path / "m").read_bytes() == MODEL
    assert done == (tmp_path / "m", len(MODEL))
    assert told[-1] == (len(MODEL), len(MODEL))
    assert sorted(told) == told
    assert not staging(tmp_path / "m").exists()


def test_a_folder_from_s3_has_exactly_its_files(
    folder_in_s3: ArtifactFacts, bucket: str, tmp_path: Path
) -> None:
    s3fs.S3FileSystem().pipe_file(f"{bucket}/model/not-registered", b"x")
    deliver(folder_in_s3, tmp_path / "m", None, None)
    assert contents(tmp_path / "m") == FOLDER
    assert not (tmp_path / "m/config.json").samefile(tmp_path / "m/a/b/c")


def test_a_folder_on_this_machine(here: ArtifactFacts, tmp_path: Path) -> None:
    deliver(here, tmp_path / "m", None, None)
    assert contents(tmp_path / "m") == FOLDER


def test_an_object_in_memory(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe_file("/delivery/m", MODEL)
    deliver(hash_artifact("memory://delivery/m"), tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL


@pytest.mark.parametrize("fault", ["cut", "short", "late", "500", "503"])
def test_what_a_network_loses_is_asked_for_again(
    fault: str, in_s3: ArtifactFacts, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.faults = [fault] * 3  # type: ignore[list-item] # a Fault
    deliver(in_s3, tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL
    assert proxy.faults == []


@pytest.mark.parametrize("fault", ["cut", "short", "500", "503"])
def test_a_store_that_never_delivers_leaves_nothing_and_the_next_attempt_goes_on(
    fault: str, in_s3: ArtifactFacts, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.faults = ["late"] * 4
    proxy.always = fault  # type: ignore[assignment] # a Fault
    with pytest.raises(BadInput, match="does not deliver it, asked 5 times") as caught:
        deliver(in_s3, tmp_path / "m", None, None)
    assert "run the same command again" in str(caught.value.hint)
    assert not (tmp_path / "m").exists()
    proxy.always = None
    done = deliver(in_s3, tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL
    assert 0 < done.fetched_bytes < len(MODEL)
    assert not staging(tmp_path / "m").exists()


def test_who_may_not_read_is_told_where_to_look(in_s3: ArtifactFacts, proxy: Proxy, tmp_path: Path) -> None:
    proxy.always = "403"
    with pytest.raises(BadInput, match="access denied") as caught:
        deliver(in_s3, tmp_path / "m", None, None)
    assert "credentials" in str(caught.value.hint)
    assert not (tmp_path / "m").exists()


def test_an_object_that_is_gone_is_said_to_be_gone(in_s3: ArtifactFacts, bucket: str, tmp_path: Path) -> None:
    s3fs.S3FileSystem().rm(f"{bucket}/model.bin")
    with pytest.raises(BadInput, match="nothing at this address"):
        deliver(in_s3, tmp_path / "m", None, None)
    assert not (tmp_path / "m").exists()


def test_a_body_altered_on_the_way_is_never_delivered(
    in_s3: ArtifactFacts, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.faults = ["altered"]
    with pytest.raises(WrongBytes, match=in_s3.digest):
        deliver(in_s3, tmp_path / "m", None, None)
    assert nothing_left(tmp_path / "m")


def test_an_object_swapped_in_the_middle_is_never_delivered(
    in_s3: ArtifactFacts, proxy: Proxy, s3_server: str, tmp_path: Path
) -> None:
    def swap(number: int) -> None:
        if number == first + 3:
            direct = s3fs.S3FileSystem(endpoint_url=s3_server, skip_instance_cache=True)
            direct.pipe_file(in_s3.uri, MODEL[::-1])

    first = proxy.reads
    proxy.before = swap
    with pytest.raises(WrongBytes, match="found sha256:"):
        deliver(in_s3, tmp_path / "m", None, None)
    assert nothing_left(tmp_path / "m")


def test_a_beginning_of_other_bytes_is_not_gone_on_with(in_s3: ArtifactFacts, tmp_path: Path) -> None:
    part = staging(tmp_path / "m") / "parts" / in_s3.digest.removeprefix("sha256:")
    part.parent.mkdir(parents=True)
    part.write_bytes(MODEL[::-1][: 2 * PIECE])
    done = deliver(in_s3, tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL
    assert done.fetched_bytes == 2 * len(MODEL) - 2 * PIECE


@pytest.mark.parametrize("left", [MODEL[::-1], MODEL + b"more", MODEL])
def test_a_whole_file_of_an_earlier_attempt_is_hashed_before_it_counts(
    left: bytes, in_s3: ArtifactFacts, tmp_path: Path
) -> None:
    part = staging(tmp_path / "m") / "parts" / in_s3.digest.removeprefix("sha256:")
    part.parent.mkdir(parents=True)
    part.write_bytes(left)
    done = deliver(in_s3, tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL
    assert done.fetched_bytes == (0 if left == MODEL else len(MODEL))


def test_a_pull_that_was_killed_goes_on_where_it_was(
    in_s3: ArtifactFacts, proxy: Proxy, tmp_path: Path
) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gitregistry.storage import ranges\n"
        "from gitregistry.storage.artifacts import ArtifactFacts\n"
        "from gitregistry.storage.delivery import deliver\n"
        f"ranges._PIECE, ranges._WINDOW_BYTES = {PIECE}, {PIECE}\n"
        f"facts = ArtifactFacts({in_s3.uri!r}, {in_s3.digest!r}, {in_s3.size}, ())\n"
        "deliver(facts, Path(sys.argv[1]), None, None)"
    )
    first = proxy.reads
    stuck: list[int] = []

    def stall(number: int) -> None:
        if number == first + 4 and not stuck:
            stuck.append(number)
            time.sleep(30)

    proxy.before = stall
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "m")]) as pulling:
        part = staging(tmp_path / "m") / "parts" / in_s3.digest.removeprefix("sha256:")
        until = time.monotonic() + 60
        while not (stuck and part.exists() and part.stat().st_size >= 2 * PIECE):
            assert time.monotonic() < until
            assert pulling.poll() is None
            time.sleep(0.02)
        pulling.send_signal(signal.SIGKILL)
    assert not (tmp_path / "m").exists()
    done = deliver(in_s3, tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL
    assert done.fetched_bytes <= len(MODEL) - 2 * PIECE


def test_what_lies_there_already_is_not_fetched_and_anything_else_is_left_alone(
    here: ArtifactFacts, tmp_path: Path
) -> None:
    target = tmp_path / "m"
    target.mkdir()
    deliver(here, target, None, None)
    assert deliver(here, target, None, None).fetched_bytes == 0
    (target / "empty").write_bytes(b"edited")
    with pytest.raises(BadInput, match="something else lies there"):
        deliver(here, target, None, None)
    assert (target / "empty").read_bytes() == b"edited"


@pytest.mark.parametrize("taken", ["a file", "a link to a folder", "a link to nothing"])
def test_no_link_and_no_other_file_at_the_target_is_written_through(
    taken: str, here: ArtifactFacts, tmp_path: Path
) -> None:
    target, elsewhere = tmp_path / "m", tmp_path / "elsewhere"
    if taken == "a file":
        target.write_bytes(b"mine")
    else:
        target.symlink_to(elsewhere)
        if taken == "a link to a folder":
            elsewhere.mkdir()
    with pytest.raises(BadInput, match="something else lies there"):
        deliver(here, target, None, None)
    assert not elsewhere.exists() or not any(elsewhere.iterdir())


def test_two_pulls_to_one_place_do_not_meet(in_s3: ArtifactFacts, proxy: Proxy, tmp_path: Path) -> None:
    refused: list[str] = []

    def second(number: int) -> None:
        if number == first + 1:
            with pytest.raises(BadInput, match="another process") as caught:
                deliver(in_s3, tmp_path / "m", None, None)
            refused.append(caught.value.message)

    first = proxy.reads
    proxy.before = second
    deliver(in_s3, tmp_path / "m", None, None)
    assert (tmp_path / "m").read_bytes() == MODEL
    assert len(refused) == 1


def test_a_cache_gives_what_it_has_and_takes_what_comes(folder_in_s3: ArtifactFacts, tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache")
    first = deliver(folder_in_s3, tmp_path / "one", cache, None)
    second = deliver(folder_in_s3, tmp_path / "two", cache, None)
    assert contents(tmp_path / "two") == FOLDER
    assert first.fetched_bytes == sum(len(data) for data in set(FOLDER.values()))
    assert second.fetched_bytes == 0
    (tmp_path / "two/config.json").write_bytes(b"edited")
    assert deliver(folder_in_s3, tmp_path / "three", cache, None).fetched_bytes == 0
    assert contents(tmp_path / "three") == FOLDER


@pytest.mark.parametrize("how", ["altered", "cut off", "a link", "a folder"])
def test_a_spoiled_cache_is_never_believed(how: str, in_s3: ArtifactFacts, tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache")
    deliver(in_s3, tmp_path / "one", cache, None)
    (kept,) = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    if how == "altered":
        kept.write_bytes(b"x" + MODEL[1:])
    elif how == "cut off":
        kept.write_bytes(MODEL[:-1])
    else:
        kept.unlink()
        if how == "a folder":
            kept.mkdir()
        else:
            (tmp_path / "secret").write_bytes(MODEL[::-1])
            kept.symlink_to(tmp_path / "secret")
    if how == "a folder":
        with pytest.raises(BadInput, match="cache cannot be written to"):
            deliver(in_s3, tmp_path / "two", cache, None)
        assert not (tmp_path / "two").exists()
        return
    assert deliver(in_s3, tmp_path / "two", cache, None).fetched_bytes == len(MODEL)
    assert (tmp_path / "two").read_bytes() == MODEL
    assert kept.read_bytes() == MODEL


def test_two_processes_may_use_a_cache_at_once(in_s3: ArtifactFacts, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gitregistry.storage.artifact_cache import ArtifactCache\n"
        "from gitregistry.storage.artifacts import ArtifactFacts\n"
        "from gitregistry.storage.delivery import deliver\n"
        f"facts = ArtifactFacts({in_s3.uri!r}, {in_s3.digest!r}, {in_s3.size}, ())\n"
        "deliver(facts, Path(sys.argv[1]), ArtifactCache(Path(sys.argv[2])), None)"
    )
    pulling = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / name), str(tmp_path / "cache")])
        for name in "abc"
    ]
    assert [one.wait() for one in pulling] == [0, 0, 0]
    assert {(tmp_path / name).read_bytes() for name in "abc"} == {MODEL}
    assert [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [MODEL]


def _facts(*files: tuple[str, bytes]) -> ArtifactFacts:
    listed = tuple(
        ArtifactFile(path, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)) for path, data in files
    )
    return ArtifactFacts(
        "memory://delivery", folder_digest(listed), sum(file.size for file in listed), listed
    )


@pytest.mark.parametrize(
    "names",
    [("../x",), ("/etc/x",), ("a/../../x",), (".git/config",), ("a//b",), ("a\\b",), ("a", "a/b"), ("A", "a"),
     ("a", "a")],
)  # fmt: skip
def test_a_list_of_files_that_would_land_elsewhere_is_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    artifact = _facts(*((name, b"x") for name in names))
    with pytest.raises((BadInput, Refused)):
        deliver(artifact, tmp_path / "m", None, None)
    assert nothing_left(tmp_path / "m")


def test_a_list_that_is_not_what_the_digest_says_is_refused() -> None:
    honest = _facts(("a", b"1"), ("b", b"2"))
    check_deliverable(honest)
    for lie in (
        honest._replace(files=honest.files[:1]),
        honest._replace(size=3),
        honest._replace(digest="sha256:" + "0" * 64),
    ):
        with pytest.raises(Refused, match="list of files makes"):
            check_deliverable(lie)


def test_a_place_that_cannot_be_written_says_so(in_s3: ArtifactFacts, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match="cannot be written to"):
        deliver(in_s3, tmp_path / "file" / "m", None, None)
