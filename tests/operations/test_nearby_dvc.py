"""What DVC's files fill in: files as DVC 3.67 wrote them, older forms, and anything else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.operations.nearby_dvc import data_of_dvc, dvc_nearby
from gitregistry.storage.dvc_files import read_dvc, read_metrics

WRITTEN = Path(__file__).parent.parent / "sources" / "dvc"
LOCK = (WRITTEN / "dvc.lock").read_bytes()
FOLDER = """\
md5: 8a4f8561313ded8919bc854afae51aae
frozen: true
deps:
- path: data/raw
  repo:
    url: https://git.example.com/data
    rev_lock: fe6a23b3a90e0f353a44b6b7389cd8ece4ebd2c7
outs:
- md5: f79b8c06f932a7a2a72b8e54d69deee6.dir
  size: 18
  nfiles: 3
  hash: md5
  path: 'ünï code: raw'
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A pipeline that DVC ran: ``dvc.lock`` with ``dvc.yaml`` and the metrics."""
    for file in WRITTEN.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def test_a_stage_says_its_data_parameters_and_metrics(pipeline: Path) -> None:
    found = dvc_nearby(f"{pipeline}/dvc.lock:train")
    assert found.fields == {
        "dataset_snapshot": "dvc-md5:b6bafbf15242142921fa4416a1747462.dir prepared, 6 bytes, 1 file",
        "evaluation_datasets": ["dvc-md5:401b30e3b8b5d629635a5c613cdb7919 data/valid.csv, 2 bytes"],
        "hyperparameters": {
            "train.lr": "0.001",
            "train.layers": "[64, 32]",
            "train.name": "yes",
            "train.seed": "42",
            "train.eps": "1e-08",
        },
        "evaluation": {"auc": "0.91", "loss.train": "0.1", "loss.val": "0.2"},
    }
    assert "taken for evaluation data by name: data/valid.csv" in found.warnings[0]
    assert "named by MD5, which tells accidents, not attacks" in found.warnings[1]
    assert dvc_nearby(f"{pipeline}:train") == found


def test_which_stage_is_meant_must_be_said(pipeline: Path) -> None:
    with pytest.raises(BadInput, match=r"it has 4 stages.*prepare, train, many@a, many@b"):
        dvc_nearby(f"{pipeline}/dvc.lock")
    with pytest.raises(BadInput, match="it has no stage 'trian'"):
        dvc_nearby(f"{pipeline}/dvc.lock:trian")
    assert dvc_nearby(f"{pipeline}/dvc.lock:many@a").fields == {}


def test_a_file_of_dvc_says_its_data(tmp_path: Path) -> None:
    (tmp_path / "raw.dvc").write_text(FOLDER)
    found = dvc_nearby(f"{tmp_path}/raw.dvc")
    assert dict(found.fields) == {
        "dataset_snapshot": "dvc-md5:f79b8c06f932a7a2a72b8e54d69deee6.dir ünï code: raw, 18 bytes, 3 files"
    }
    with pytest.raises(BadInput, match=r"a \.dvc file has no stages"):
        dvc_nearby(f"{tmp_path}/raw.dvc:train")


def test_data_of_several_files_are_named_together(pipeline: Path) -> None:
    (pipeline / "raw.dvc").write_text(FOLDER)
    first, *rest = data_of_dvc([f"{pipeline}/raw.dvc", f"{pipeline}/dvc.lock:train"])
    assert first.name == f"{pipeline}/raw.dvc, {pipeline}/dvc.lock:train"
    assert first.fields == {
        "dataset_snapshot": "dvc-md5:f79b8c06f932a7a2a72b8e54d69deee6.dir ünï code: raw, 18 bytes, 3 files; "
        "dvc-md5:b6bafbf15242142921fa4416a1747462.dir prepared, 6 bytes, 1 file",
        "evaluation_datasets": ["dvc-md5:401b30e3b8b5d629635a5c613cdb7919 data/valid.csv, 2 bytes"],
    }
    assert [sorted(one.fields) for one in rest] == [[], ["evaluation", "hyperparameters"]]
    with pytest.raises(BadInput, match="too many for one field"):
        data_of_dvc([f"{pipeline}/raw.dvc"] * 60)


def test_a_digest_from_before_version_3_is_named_for_what_it_is(tmp_path: Path) -> None:
    old = "outs:\r\n- md5: f79b8c06f932a7a2a72b8e54d69deee6\r\n  path: test.csv\r\n- etag: x\r\n  path: s3://b/x\r\n"
    (tmp_path / "t.dvc").write_bytes(old.encode())
    found = dvc_nearby(f"{tmp_path}/t.dvc")
    assert found.fields == {
        "evaluation_datasets": ["dvc-md5-dos2unix:f79b8c06f932a7a2a72b8e54d69deee6 test.csv"]
    }
    assert "s3://b/x was left out: DVC has no MD5 of it" in found.warnings[0]


def test_metrics_of_another_run_are_left_out(pipeline: Path) -> None:
    (pipeline / "metrics.json").write_text('{"auc": 0.99}')
    found = dvc_nearby(f"{pipeline}/dvc.lock:train")
    assert "evaluation" not in found.fields
    assert "it is not the file that dvc.lock names: its metrics were not filled in" in found.warnings[0]
    (pipeline / "metrics.json").unlink()
    assert "No such file" in dvc_nearby(f"{pipeline}/dvc.lock:train").warnings[0]


def test_metrics_outside_of_the_pipeline_are_not_read(pipeline: Path) -> None:
    outside = pipeline / "inner"
    outside.mkdir()
    for name in ("dvc.lock", "dvc.yaml"):
        text = (pipeline / name).read_text().replace("metrics.json", "../metrics.json")
        (outside / name).write_text(text)
    found = dvc_nearby(f"{outside}/dvc.lock:train")
    assert "evaluation" not in found.fields
    assert "it lies outside of the pipeline's folder" in found.warnings[0]


def test_a_pipeline_that_cannot_be_read_costs_the_metrics_alone(pipeline: Path) -> None:
    (pipeline / "dvc.yaml").write_text("a: &x 1\nb: *x\n")
    found = dvc_nearby(f"{pipeline}/dvc.lock:train")
    assert "evaluation" not in found.fields
    assert "dataset_snapshot" in found.fields
    assert "evaluation was not filled in" in found.warnings[0]


def test_what_is_not_finite_is_recorded_as_text_and_what_says_nothing_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(
        "stages:\n  train:\n    cmd: x\n    params:\n      a.yaml: {x: .nan, y: , z: 1}\n"
        "      b.yaml: {z: 2}\n"
    )
    found = dvc_nearby(str(tmp_path))
    assert found.fields == {"hyperparameters": {"x": ".nan", "z": "1", "b.yaml:z": "2"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n", "neither outs nor stages"),
        ("stages: 1\n", "expected a map of stages"),
        ("stages: {a: 1}\n", "expected a map"),
        ("outs: 1\n", "expected a list"),
        ("outs: [1]\n", "expected a map with a path"),
        ("outs: [{path: x, md5: 12}]\n", "expected an MD5"),
        ("outs: [{path: x, md5: [1]}]\n", "expected an MD5"),
        ('outs: [{path: "x\\ty", md5: 12}]\n', "no path that can be recorded"),
        ("stages: {a: {params: 1}}\n", "expected a map by file"),
        ("stages: {a: {params: {b: 1}}}\n", "expected a map of parameters"),
        ("stages: {a: {params: {b: {c: &x [1], d: *x}}}}\n", "has an anchor"),
        ("[]\n", "is not a map"),
    ],
)
def test_what_dvc_does_not_write_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.dvc").write_text(text)
    with pytest.raises(BadInput, match=said) as refused:
        dvc_nearby(f"{tmp_path}/x.dvc")
    assert refused.value.path == f"{tmp_path}/x.dvc"


def test_what_is_no_small_plain_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"#" * ((1 << 20) + 1))
    for name, said in (
        ("pipe", "no plain file|not a plain file"),
        ("large", "more than"),
        ("none", "No such"),
        ("n" * 300, "too long"),
    ):
        with pytest.raises(BadInput, match=said):
            dvc_nearby(f"{tmp_path}/{name}")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    spoiled = bytearray(data.draw(st.sampled_from([LOCK, FOLDER.encode(), b""])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(spoiled)))
        spoiled[place : place + data.draw(st.integers(0, 8))] = data.draw(
            st.one_of(
                st.binary(max_size=8), st.sampled_from([b"[", b"{}", b"~", b"\n- ", b": ", b"&a ", b"0"])
            )
        )
    for read in (read_dvc, read_metrics):
        assert (fault_of(read, bytes(spoiled)) or "the file") == "the file"


def fault_of(read: Callable[[bytes, str], object], data: bytes) -> str | None:
    """The file that a fault names; None when the bytes are read."""
    try:
        read(data, "the file")
    except BadInput as fault:
        return fault.path
    return None
