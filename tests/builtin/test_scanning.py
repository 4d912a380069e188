"""Files looked into: what is clean, what is not, and what nobody can tell."""

from __future__ import annotations

import io
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

from gitregistry.operations.scanning import Entry, Found, Verdict, look_into
from gitregistry.storage import archive_members
from tests.builtin import hostile_files as hostile
from tests.builtin.hostile_files import EVIL, HARMLESS
from tests.builtin.onnx_models import OUTSIDE, PLAIN, model_with_tensor_at, nested_model


def looked(data: bytes, path: str) -> list[Found]:
    return list(look_into(Entry(path, io.BytesIO(data), len(data))))


def verdict(data: bytes, path: str) -> Verdict:
    """The worst of what a file and all in it came to."""
    found = {one.verdict for one in looked(data, path)}
    return next(worst for worst in ("unsafe", "unknown", "clean") if worst in found)


CLEAN = [
    ("model.pkl", HARMLESS),
    ("model.pkl", pickle.dumps([1], 0)),
    ("model.pkl", pickle.dumps(OrderedDict(a=1))),
    ("two.pkl", HARMLESS + HARMLESS),
    ("model.pt", hostile.torch_saved(pickle.dumps(OrderedDict()))),
    ("model.npy", hostile.NUMBERS),
    ("model.npz", hostile.zipped({"a.npy": hostile.NUMBERS, "b.npy": hostile.NUMBERS})),
    ("model.npy", hostile.array(hostile.OBJECTS, HARMLESS)),
    ("model.onnx", PLAIN),
    ("model.safetensors", hostile.safetensors({})),
    (
        "model.safetensors",
        hostile.safetensors(
            {"__metadata__": {"format": "pt"}, "b": hostile.tensor(8, 16), "a": hostile.tensor(0, 8)},
            bytes(16),
        ),
    ),
    ("config.json", b'{"a": 1}'),
    ("vocab.txt", "käse\n".encode()),
    ("requirements.txt", b"category==1\nnames\nRegion\n"),
    ("deep.tar", hostile.tarred({"a/config.json": b"{}", "a/model.onnx": PLAIN})),
    *((name, pack(HARMLESS)) for name, pack in hostile.COMPRESSED.items()),
]


@pytest.mark.parametrize(("path", "data"), CLEAN)
def test_what_runs_nothing_is_clean(path: str, data: bytes) -> None:
    assert [one for one in looked(data, path) if one.verdict != "clean"] == []


IN_ZIP = hostile.zipped({"inner.pkl": EVIL})
UNSAFE = [
    ("model.pkl", EVIL, "posix.system"),
    ("model.bin", EVIL, "posix.system"),
    ("weights", EVIL, "posix.system"),
    ("model.onnx", EVIL, "posix.system"),
    ("model.safetensors", EVIL, "posix.system"),
    ("readme.txt", EVIL, "posix.system"),
    ("readme.txt", hostile.SPELLED, "os.system"),
    ("model.pkl", hostile.SPELLED, "os.system"),
    ("model.pkl", HARMLESS + EVIL, "posix.system"),
    ("model.pkl", EVIL[:-1], "posix.system"),
    ("model.pkl", EVIL + b"\xff\xff", "posix.system"),
    ("unlisted.pkl", pickle.dumps(Path("x")), "pathlib"),
    ("nested.pkl", pickle.dumps(hostile.Runs(pickle.loads, EVIL)), "_pickle.loads"),
    ("eval.pkl", pickle.dumps(hostile.Runs(eval, "1")), "builtins.eval"),
    ("model.pt", hostile.torch_saved(EVIL), "posix.system"),
    ("model.npy", hostile.array(hostile.OBJECTS, EVIL), "posix.system"),
    ("model.npy", EVIL, "posix.system"),
    ("model.npz", hostile.zipped({"a.npy": hostile.array(hostile.OBJECTS, EVIL)}), "posix.system"),
    ("a.zip", hostile.zipped({"deep/b.zip": IN_ZIP}), "posix.system"),
    ("a.tar", hostile.tarred({"b.zip": IN_ZIP}), "posix.system"),
    ("a.json", IN_ZIP, "posix.system"),
    ("run.py", b"print(1)", "it is code"),
    ("library.so", b"\x7fELF", "it is code"),
    ("start", b"#!/bin/sh\n", "it is code"),
    ("a.zip", hostile.zipped({"__init__.py": b""}), "it is code"),
    ("conf.yaml", b"a: !!python/object/apply:os.system ['x']\n", "makes Python objects"),
    ("MLmodel", b"a: !!%70ython/object/apply:os.system ['x']\n", "makes Python objects"),
    (
        "conf.yaml",
        b"%TAG !e! tag%3Ayaml.org,2002:py\n---\n!e!thon/name:os.system ''\n",
        "makes Python objects",
    ),
    ("conf.yml", b"a: !<tag:yaml.org,2002:python/name:os.system> ''\n", "makes Python objects"),
    ("conf.yml", b" " * ((1 << 20) - 4) + b"a: !!python/name:os.system ''\n", "makes Python objects"),
    ("a.zip", hostile.zip_with("../../evil.txt"), "outside the folder"),
    ("a.zip", hostile.zip_with("/etc/evil.txt"), "outside the folder"),
    ("a.zip", hostile.zip_with("..\\evil.txt"), "outside the folder"),
    ("a.zip", hostile.zip_with("link", b"/etc/passwd", 0o120777), "is a link"),
    ("a.tar", hostile.tarred({"../evil.txt": b"x"}), "outside the folder"),
    ("a.tar", hostile.tarred({}, ("link", "/etc/passwd")), "is a link"),
    ("a.tar", hostile.tarred({"a": b"1"})[:1024] + hostile.tarred({"a": b"2"}), "same name"),
    ("model.onnx", OUTSIDE, "../../etc/passwd"),
    ("model.onnx", model_with_tensor_at(location="/etc/passwd"), "/etc/passwd"),
    ("model.onnx", model_with_tensor_at(location="..\\x"), "outside"),
    ("model.onnx", model_with_tensor_at(location="C:x"), "outside"),
    *((name, pack(EVIL), "posix.system") for name, pack in hostile.COMPRESSED.items()),
]


@pytest.mark.parametrize(("path", "data", "words"), UNSAFE)
def test_what_would_run_or_land_elsewhere_is_unsafe(path: str, data: bytes, words: str) -> None:
    found = [one for one in looked(data, path) if one.verdict == "unsafe"]
    assert found, looked(data, path)
    assert words in found[0].words
    assert not Path("/tmp/pwned").exists()


def encrypted() -> bytes:
    """An archive whose member says that it needs a password."""
    data = bytearray(hostile.zipped({"a.txt": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def renamed() -> bytes:
    """An archive that calls its member otherwise in its directory than before the bytes."""
    data = hostile.zipped({"a.pkl": EVIL})
    place = data.rindex(b"a.pkl")
    return data[:place] + b"b.txt" + data[place + 5 :]


UNKNOWN = [
    ("model.gguf", b"GGUF\x03\0\0\0", "GGUF"),
    ("model.h5", b"\x89HDF\r\n\x1a\n", "HDF5"),
    ("model.keras", hostile.zipped({"config.json": b"{}", "model.weights.h5": b"\x89HDF\r\n\x1a\n"}), "HDF5"),
    ("model.xyz", bytes(range(256)), "nobody knows"),
    ("model.pkl", b"", "it is empty"),
    ("model.pkl", b"\x80\x04", "damaged"),
    ("model.pkl", HARMLESS + b"\xff\xff\xff", "damaged"),
    ("model.pkl", HARMLESS + IN_ZIP, "damaged"),
    ("a.zip", b"PK\x03\x04" + bytes(40), "cannot be unpacked"),
    ("a.zip", encrypted(), "password"),
    ("a.zip", renamed(), "differ"),
    ("a.gz", b"\x1f\x8b" + bytes(40), "cannot be unpacked"),
    ("a.tar", b"no archive", "cannot be unpacked"),
    *((name, pack(HARMLESS)[:-3], "cut short") for name, pack in hostile.COMPRESSED.items()),
    *((name, pack(HARMLESS) + EVIL, "follows its end") for name, pack in hostile.COMPRESSED.items()),
    ("a.zip", hostile.zipped({"a.txt": b"x"}) + EVIL, "follows its end"),
    ("a.tar", hostile.tarred({"a.txt": b"x"}) + EVIL, "follows its end"),
    (
        "a.tar",
        hostile.tarred({"a.txt": b"x"})[:1024] + b"x" * 512 + hostile.tarred({"b": EVIL}),
        "follows its end",
    ),
    ("model.npy", hostile.NUMBERS[:-1], "promises 32 bytes, 31 follow"),
    ("model.npy", hostile.NUMBERS + HARMLESS, "promises 32 bytes"),
    ("model.npy", b"\x93NUMPY\x01\x00\xff\xff", "header says"),
    ("model.npy", b"\x93NUMPY\x09\x00\xff\xff", "unknown version"),
    ("model.npy", hostile.array("{'descr': [('a', '|O')], 'shape': (1,)}", EVIL), "records"),
    ("model.onnx", b"", "no ONNX model"),
    ("model.onnx", b"hello, world", "damaged"),
    ("model.onnx", PLAIN[:-7], "damaged"),
    ("model.onnx", nested_model(40), "nested deeper"),
    ("model.onnx", model_with_tensor_at(offset="1"), "does not say where"),
    ("model.onnx", model_with_tensor_at(location="a", offset="-1"), "impossible place"),
    ("model.safetensors", b"", "damaged"),
    ("model.safetensors", hostile.safetensors({}, length=1 << 60), "header says"),
    ("model.safetensors", hostile.safetensors([]), "no JSON map"),
    ("model.safetensors", hostile.safetensors(b'{"a": 1, "a": 2}'), "a"),
    ("model.safetensors", hostile.safetensors(b'{"a":' * 1000), ""),
    ("model.safetensors", hostile.safetensors({"a": hostile.tensor(0, 8)}, bytes(4)), "8 bytes, and 4"),
    (
        "model.safetensors",
        hostile.safetensors({"a": hostile.tensor(0, 8)}, bytes(8) + EVIL),
        "follow the header",
    ),
    ("model.safetensors", hostile.safetensors({"a": hostile.tensor(4, 8)}, bytes(8)), "gap"),
    (
        "model.safetensors",
        hostile.safetensors({"a": hostile.tensor(0, 8), "b": hostile.tensor(4, 12)}, bytes(12)),
        "overlap",
    ),
    (
        "model.safetensors",
        hostile.safetensors({"a": hostile.tensor(0, 8, "F64")}, bytes(8)),
        "8 bytes for 16",
    ),
    ("model.safetensors", hostile.safetensors({"a": hostile.tensor(0, 8, "X")}, bytes(8)), "impossible"),
    ("model.safetensors", hostile.safetensors({"a": hostile.tensor(0, -8)}), "impossible"),
    ("model.safetensors", hostile.safetensors({"a": 1}), "not described"),
    ("model.safetensors", hostile.safetensors({"__metadata__": {"a": {}}}), "metadata"),
]


@pytest.mark.parametrize(("path", "data", "words"), UNKNOWN)
def test_what_cannot_be_looked_into_is_never_taken_for_clean(path: str, data: bytes, words: str) -> None:
    found = [one for one in looked(data, path) if one.verdict != "clean"]
    assert [one.verdict for one in found] == ["unknown"]
    assert words in found[0].words


def test_a_bomb_is_stopped_long_before_it_went_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_members, "SLACK_BYTES", 1 << 20)
    data = hostile.bomb(64 << 20)
    (found,) = looked(data, "a.zip")
    assert "it is a bomb" in found.words
    lying = bytearray(data)
    place = lying.index(b"PK\x01\x02")
    lying[place + 24 : place + 28] = (10).to_bytes(4, "little")  # what is in it, as it says
    assert verdict(bytes(lying), "a.zip") != "clean"


@pytest.mark.parametrize("path", hostile.COMPRESSED)
def test_a_compressed_bomb_is_stopped_and_large_text_is_read_to_its_end(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_members, "SLACK_BYTES", 1 << 20)
    pack = hostile.COMPRESSED[path]
    assert verdict(pack(b" " * (32 << 20)), path) == "unsafe"
    monkeypatch.setattr(archive_members, "SLACK_BYTES", 4 << 20)
    assert verdict(pack(pickle.dumps(b" " * (3 << 20))), path) == "clean"


def test_archives_within_archives_and_too_many_members_are_unsafe(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"{}"
    for _ in range(4):
        data = hostile.zipped({"a": data})
    assert [one.words for one in looked(data, "a.zip") if one.verdict == "unsafe"] == [
        "it is an archive within 3 others"
    ]
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", 5)
    many = hostile.zipped({f"{number}.txt": b"" for number in range(6)})
    assert "more than 5 members" in looked(many, "a.zip")[-1].words


def test_something_before_an_archive_is_unsafe() -> None:
    plain = hostile.zipped({"a.txt": b"x"})
    inner = io.BytesIO(plain + hostile.zipped({"b.txt": b"y"}))
    assert zipfile.is_zipfile(inner)
    assert verdict(inner.getvalue(), "a.zip") == "unsafe"


def test_two_members_of_one_name_are_unsafe() -> None:
    data = hostile.zipped({"a.pkl": EVIL, "b.pkl": HARMLESS}).replace(b"b.pkl", b"a.pkl")
    assert verdict(data, "a.zip") == "unsafe"


def test_what_torch_keeps_beside_its_pickle_is_taken_for_tensors_there_alone() -> None:
    assert verdict(hostile.zipped({"archive/data/0": bytes(range(256))}), "a.zip") == "unknown"
    assert (
        verdict(hostile.zipped({"a/data.pkl": HARMLESS, "b/data/0": bytes(range(256))}), "a.zip") == "unknown"
    )
    assert verdict(hostile.zipped({"a/data.pkl": HARMLESS, "a/data/0": EVIL}), "a.zip") == "unsafe"


def test_without_picklescan_no_pickle_passes(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(HARMLESS)
    code = (
        "import sys; sys.modules['picklescan'] = None\n"
        "from gitregistry.operations.scanning import Entry, look_into\n"
        "file = open(sys.argv[1], 'rb')\n"
        "print(*[(one.verdict, one.words) for one in look_into(Entry('model.pkl', file, 60))])\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model.pkl")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "unknown" in done.stdout
    assert "gitregistry[scan]" in done.stdout
    assert shutil.which("touch") is None or not Path("/tmp/pwned").exists()
