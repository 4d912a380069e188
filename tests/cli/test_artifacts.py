"""``register --upload``, ``artifacts verify``, ``artifacts gc``, and what ``status`` says of artifacts."""

from __future__ import annotations

import _thread
import os
import time
from pathlib import Path

import pytest
import s3fs

from gitregistry.operations import artifact_care
from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.storage import s3_requests
from tests.support.object_store import faulty_proxy, renew_clients, use_endpoint
from tests.support.registry import Registry

MODEL = b"the bytes of churn v1\n" * 50  # as Registry.register writes them


@pytest.fixture
def store(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> s3fs.S3FileSystem:
    """The bucket that the releases of ready registries name, with the first one's artifact in it."""
    use_endpoint(monkeypatch, s3_server)
    monkeypatch.setattr(s3_requests, "_PAUSES", (0.0, 0.01))
    files = s3fs.S3FileSystem(endpoint_url=s3_server, use_listings_cache=False)
    files.mkdir("models")
    files.pipe_file("models/churn/v1/model.tar.gz", MODEL)
    return files


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"onnx" * 1000)
    return path


def manifest(folder: Path, text: str = "") -> str:
    path = folder / "manifest.yaml"
    path.write_text(f"model_name: m\nversion: v1\n{text}", "utf-8")
    return str(path)


def upload(artifact: Path, place: str, text: str = "") -> tuple[str, ...]:
    return ("register", manifest(artifact.parent, text), "--artifact", str(artifact), "--upload", place)


def test_a_release_names_the_place_of_its_upload(
    store: s3fs.S3FileSystem, empty_registry: Registry, artifact: Path
) -> None:
    empty_registry.run(*upload(artifact, "s3://models/m/v1/model.onnx"))
    release = empty_registry.record(Release, paths.manifest("m", "v1"))
    assert (release.artifact_uri, release.artifact_format) == ("s3://models/m/v1/model.onnx", "onnx")
    assert store.cat_file("models/m/v1/model.onnx") == artifact.read_bytes()
    assert store.find("models/m") == ["models/m/v1/model.onnx"]
    empty_registry.passes()
    empty_registry.run("pull", "m:v1", str(artifact.parent / "pulled"))
    assert (artifact.parent / "pulled").read_bytes() == artifact.read_bytes()


def test_other_bytes_at_the_place_mean_no_release(
    store: s3fs.S3FileSystem, empty_registry: Registry, artifact: Path
) -> None:
    done = empty_registry.refuses(*upload(artifact, "s3://models/churn/v1/model.tar.gz"))
    assert "something else lies there, and is left as it is" in done.err
    assert store.cat_file("models/churn/v1/model.tar.gz") == MODEL


def test_a_release_that_would_be_refused_sends_nothing(
    store: s3fs.S3FileSystem, registered: Registry, artifact: Path
) -> None:
    text = "artifact_uri: s3://models/elsewhere\n"
    said = registered.refuses(*upload(artifact, "s3://models/m", text), expect=2)
    assert "manifest.yaml:3: artifact_uri: the manifest says" in said.err
    (artifact.parent / "again.yaml").write_text("model_name: churn\nversion: v1\n", "utf-8")
    again = ("register", str(artifact.parent / "again.yaml"), "--artifact", str(artifact))
    assert "already registered" in registered.refuses(*again, "--upload", "s3://models/m").err
    assert store.find("models") == ["models/churn/v1/model.tar.gz"]


def test_a_swap_before_it_is_read_back_means_no_release(
    s3_server: str, store: s3fs.S3FileSystem, empty_registry: Registry, artifact: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with faulty_proxy(s3_server) as proxy:
        use_endpoint(monkeypatch, proxy.address)
        proxy.before = lambda _number: store.pipe_file("models/m", b"evil" * 1000)
        done = empty_registry.refuses(*upload(artifact, "s3://models/m"))
    assert "what lies there is not what was uploaded" in done.err


@pytest.mark.parametrize("options", [("--object-lock", "3"), ("--even-if-this-store-may-overwrite",)])
def test_what_is_said_of_an_upload_needs_one(
    options: tuple[str, ...], empty_registry: Registry, artifact: Path
) -> None:
    given = ("register", manifest(artifact.parent), "--artifact", str(artifact), *options)
    assert "--upload URI" in empty_registry.refuses(*given, expect=2).err


def test_no_secret_comes_into_a_record_or_a_message(
    store: s3fs.S3FileSystem, empty_registry: Registry, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = empty_registry.refuses(*upload(artifact, "s3://AKIAKEY:topsecret@models/m"), expect=2)
    assert "topsecret" not in done.out + done.err
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:topsecret@127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    renew_clients()
    done = empty_registry.refuses(*upload(artifact, "s3://models/m"), expect=2)
    assert "topsecret" not in done.out + done.err


def test_what_serves_is_read_again_and_status_says_when(store: s3fs.S3FileSystem, live: Registry) -> None:
    before = live.json("status")["environments"]
    assert {place["artifact_seen_whole"] for place in before} == {None}
    assert "never" in live.run("status").out
    (found,) = live.json("artifacts", "verify", "--live")["artifacts"]
    assert (found["verdict"], found["serving"][-1]) == ("whole", "churn@production")
    after = live.json("status")["environments"]
    assert {place["artifact_seen_whole"] for place in after} == {found["seen_whole"]}


@pytest.mark.parametrize("how", ["other", "longer", "missing"])
def test_what_is_not_whole_is_named_with_the_command_that_helps(
    how: str, store: s3fs.S3FileSystem, live: Registry
) -> None:
    whole = live.json("artifacts", "verify", "churn")["artifacts"][0]["seen_whole"]
    if how == "missing":
        store.rm("models/churn/v1/model.tar.gz")
    else:
        store.pipe_file("models/churn/v1/model.tar.gz", MODEL[::-1] if how == "other" else MODEL + b"x")
    done = live.run("artifacts", "verify", "--live", expect=1)
    assert "s3://models/churn/v1/model.tar.gz" in done.out
    assert "registry rollback churn --in production --reason" in done.out
    (found,) = live.json("artifacts", "verify", "--live", expect=1)["artifacts"]
    assert found["verdict"] == ("missing" if how == "missing" else "other")
    place = live.json("status")["environments"][0]
    assert place["artifact_seen_whole"] == whole
    assert place["artifact_fault"] == found["reason"]
    store.pipe_file("models/churn/v1/model.tar.gz", MODEL)
    live.run("artifacts", "verify", "--live")
    assert live.json("status")["environments"][0]["artifact_fault"] is None


def test_a_store_that_does_not_answer_is_no_proof_of_anything(
    s3_server: str, store: s3fs.S3FileSystem, live: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_proxy(s3_server) as proxy:
        use_endpoint(monkeypatch, proxy.address)
        proxy.always = "403"
        (found,) = live.json("artifacts", "verify", "--live", expect=5)["artifacts"]
    assert (found["verdict"], found["seen_whole"]) == ("unknown", None)
    assert "access denied" in found["reason"]


def test_a_run_that_was_broken_off_goes_on(
    s3_server: str, store: s3fs.S3FileSystem, two: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe_file("models/churn/v2/model.tar.gz", b"the bytes of churn v2\n" * 50)
    monkeypatch.setattr(artifact_care, "_AT_ONCE", 1)
    with faulty_proxy(s3_server) as proxy:
        use_endpoint(monkeypatch, proxy.address)

        def ctrl_c(number: int) -> None:
            if number == 1:
                time.sleep(0.3)  # the first one is noted meanwhile
                _thread.interrupt_main()

        proxy.before = ctrl_c
        two.run("artifacts", "verify", expect=130)
        broken_off = proxy.reads
        document = two.json("artifacts", "verify")
        assert {item["verdict"] for item in document["artifacts"]} == {"whole"}
        assert document["resumed"]
        assert proxy.reads == broken_off + 1
        assert two.json("artifacts", "verify")["resumed"] is None  # one that came to its end is begun anew
        assert proxy.reads == broken_off + 3


def test_who_forges_the_note_of_what_was_seen_is_not_believed(
    store: s3fs.S3FileSystem, live: Registry
) -> None:
    live.run("artifacts", "verify")
    note = live.folder / ".git/gitregistry/artifacts.json"
    note.write_bytes(note.read_bytes().replace(b"20", b"21"))
    assert live.json("status")["environments"][0]["artifact_seen_whole"] is None


def test_what_no_release_names_is_listed_when_it_is_old(store: s3fs.S3FileSystem, live: Registry) -> None:
    store.pipe_file("models/churn/v0/model.tar.gz", b"12345")
    young = live.json("artifacts", "gc", "s3://models", "--dry-run")
    assert (young["files"], young["left_out"], young["named"]) == ([], 1, 1)
    time.sleep(1.1)
    old = live.json("artifacts", "gc", "s3://models", "--dry-run", "--older-than", "1s")
    assert [file["uri"] for file in old["files"]] == ["s3://models/churn/v0/model.tar.gz"]
    assert old["size_bytes"] == 5
    assert "churn/v0" in live.run("artifacts", "gc", "s3://models/", "--dry-run", "--older-than", "1s").out


def test_files_of_folders_on_this_machine_are_known_by_their_names(
    empty_registry: Registry, tmp_path: Path
) -> None:
    folder = tmp_path / "mein modell"
    (folder / "a b").mkdir(parents=True)
    (folder / "a b" / "ü#1.bin").write_bytes(b"1")
    empty_registry.run(*upload(folder, str(tmp_path / "store" / "v 1")))
    (tmp_path / "store" / "v 1" / "strange").write_bytes(b"123")
    for path in (tmp_path / "store").rglob("*"):
        os.utime(path, (0, 0))
    found = empty_registry.json("artifacts", "gc", str(tmp_path / "store"), "--dry-run")
    assert [Path(file["uri"]).name for file in found["files"]] == ["strange"]
    assert found["named"] == 1


def test_nothing_is_ever_removed(empty_registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    done = empty_registry.refuses("artifacts", "gc", str(tmp_path / "x"), expect=2)
    assert "the store's own tools" in done.err
    assert "--dry-run" in done.err
