"""The bars for artifacts: hashing against sha256sum, pulling against bare s3fs, and memory in each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitregistry.storage.artifacts import hash_artifact
from tests.benchmarks.measure import compare, process, python, report
from tests.support.object_store import CREDENTIALS, WITH_SECOND_STORE, second_server

LARGE = 5 << 30
OBJECT = 512 << 20
FILES = 2_000
MEMORY = 200 << 20

HASH = "import sys; from gitregistry.storage.artifacts import hash_artifact; hash_artifact(sys.argv[1])"
DELIVER = """
import pickle, sys
from pathlib import Path
from gitregistry.storage.delivery import deliver
deliver(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]), None, None)
"""
READ = """
import s3fs, sys
with s3fs.S3FileSystem().open(sys.argv[1], 'rb') as file:
    while file.read(1 << 20):
        pass
"""
GET = "import s3fs, sys; s3fs.S3FileSystem().get(sys.argv[1], sys.argv[2], recursive=True)"
VERIFY = """
import pickle, sys
from pathlib import Path
from gitregistry.storage.artifact_check import check_files, files_of
facts = pickle.loads(Path(sys.argv[1]).read_bytes())
check_files(facts.uri, files_of(facts), id)
"""
UPLOAD = """
import sys
from gitregistry.storage.artifacts import hash_artifact
from gitregistry.storage.stores import open_store
from gitregistry.storage.uploads import upload
facts = hash_artifact(sys.argv[1])
upload(sys.argv[1], facts, open_store(sys.argv[2], may_overwrite=False), locked_until=None, on_progress=None)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An S3 server in its own process, with a bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
            patch.setenv(name, value)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as serving:
            import s3fs  # noqa: PLC0415 - slow to load

            until = time.monotonic() + 60
            while True:
                try:
                    s3fs.S3FileSystem(skip_instance_cache=True).mkdir("models")
                    break
                except Exception:  # noqa: BLE001 - until it listens
                    assert time.monotonic() < until
                    time.sleep(0.2)
            yield
            serving.terminate()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _random(tmp_path_factory.mktemp("large") / "model.bin", LARGE)


def test_hashing_is_as_quick_as_sha256sum(large: Path) -> None:
    ours = process(*python("-c", HASH, str(large)))
    report("hash of 5 GiB", compare(ours, process("sha256sum", large), 5), 1.1)
    _report_memory("hash of 5 GiB", _peak("-c", HASH, str(large)))


def test_pulling_a_large_file(server: None, tmp_path: Path) -> None:
    source = _random(tmp_path / "model.bin", OBJECT)
    _report_memory("upload of 512 MiB", _peak("-c", UPLOAD, str(source), "s3://models/model.bin"))
    facts = _facts(tmp_path, "s3://models/model.bin")
    target = tmp_path / "pulled"
    ours = process(*python("-c", DELIVER, str(facts), str(target)))
    bare = process(*python("-c", READ, "s3://models/model.bin"))
    found = compare(ours, bare, 3, lambda: target.unlink(missing_ok=True))
    target.unlink()
    _report_memory("pull of 512 MiB", _peak("-c", DELIVER, str(facts), str(target)))
    _report_memory("artifacts verify of 512 MiB", _peak("-c", VERIFY, str(facts)))
    report("pull of 512 MiB", found, 1.3)


@WITH_SECOND_STORE
def test_pulling_5_gib(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most that S3 takes at once; moto would hold it in memory."""
    import boto3  # noqa: PLC0415 - slow to load

    with second_server(tmp_path / "data", monkeypatch):
        client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        with large.open("rb") as body:
            client.put_object(Bucket="models", Key="large.bin", Body=body)
        facts = _facts(tmp_path, "s3://models/large.bin")
        target = tmp_path / "pulled"
        ours = process(*python("-c", DELIVER, str(facts), str(target)))
        bare = process(*python("-c", READ, "s3://models/large.bin"))
        found = compare(ours, bare, 1, lambda: target.unlink(missing_ok=True))
        target.unlink()
        _report_memory("pull of 5 GiB", _peak("-c", DELIVER, str(facts), str(target)))
        report("pull of 5 GiB", found, 1.3)


def test_pulling_a_folder_of_small_files(server: None, tmp_path: Path) -> None:
    source = tmp_path / "folder"
    for number in range(FILES):
        place = source / f"{number % 20}" / f"{number}.bin"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(4096))
    _report_memory("upload of 2,000 files", _peak("-c", UPLOAD, str(source), "s3://models/folder"))
    facts = _facts(tmp_path, "s3://models/folder")
    target = tmp_path / "pulled"

    def clear() -> None:
        for left in (target, tmp_path / "bare"):
            shutil.rmtree(left, ignore_errors=True)

    ours = process(*python("-c", DELIVER, str(facts), str(target)))
    bare = process(*python("-c", GET, "s3://models/folder", str(tmp_path / "bare")))
    found = compare(ours, bare, 3, clear)
    clear()
    _report_memory("pull of 2,000 files", _peak("-c", DELIVER, str(facts), str(target)))
    report("pull of 2,000 files", found, 1.3)


def _random(place: Path, size: int) -> Path:
    with place.open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    return place


def _facts(folder: Path, uri: str) -> Path:
    import pickle  # noqa: PLC0415

    place = folder / "facts"
    place.write_bytes(pickle.dumps(hash_artifact(uri)))
    return place


def _peak(*arguments: str) -> int:
    """The most memory that a Python process had, in bytes."""
    running = subprocess.Popen(python(*arguments))
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    return usage.ru_maxrss * 1024


def _report_memory(name: str, peak: int) -> None:
    sys.stdout.write(f"\n{name}: {peak / (1 << 20):.0f} MiB at the most, bar {MEMORY >> 20}\n")
    assert peak < MEMORY, f"{name}: {peak / (1 << 20):.0f} MiB"
