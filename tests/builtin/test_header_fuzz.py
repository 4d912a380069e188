"""Readers of headers on any bytes: an answer or a fault that names the file, never anything else."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.operations.scanning import Entry, look_into
from gitregistry.storage.mlmodel import read_signature
from gitregistry.storage.npy_header import read_npy
from gitregistry.storage.onnx_header import read_onnx
from gitregistry.storage.safetensors_header import read_safetensors
from tests.builtin import hostile_files as hostile
from tests.builtin.onnx_models import OUTSIDE, PLAIN

SAFE = hostile.safetensors({"a": hostile.tensor(0, 8), "b": hostile.tensor(8, 12)}, bytes(12))
MLMODEL = b'signature:\n  inputs: \'[{"name": "a", "type": "double"}]\'\n'


def _on_file(read: Callable[[io.BytesIO, int, str], object]) -> Callable[[bytes], object]:
    return lambda data: read(io.BytesIO(data), len(data), "the file")


READERS = {
    "onnx": (_on_file(read_onnx), PLAIN),
    "onnx with tensors outside": (_on_file(read_onnx), OUTSIDE),
    "safetensors": (_on_file(read_safetensors), SAFE),
    "numpy": (_on_file(read_npy), hostile.NUMBERS),
    "MLmodel": (lambda data: read_signature(data, "the file"), MLMODEL),
}


def _spoiled(data: st.DataObject, good: bytes) -> bytes:
    """A good file with some of its bytes replaced, taken out or put in."""
    spoiled = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(spoiled)))
        taken = data.draw(st.integers(0, 8))
        spoiled[place : place + taken] = data.draw(st.binary(max_size=8))
    return bytes(spoiled)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_spoiled_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    read, good = READERS[name]
    read(good)
    assert (_fault(read, _spoiled(data, good)) or "the file").startswith("the file")


def _fault(read: Callable[[bytes], object], data: bytes) -> str | None:
    """The file that a reader's fault names; None when it reads the bytes."""
    try:
        read(data)
    except BadInput as fault:
        return fault.path or "nothing"
    return None


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), suffix=st.sampled_from(["", ".pkl", ".npy", ".onnx", ".safetensors", ".tar", ".joblib"])
)
def test_whatever_it_is_every_file_comes_to_something(data: st.DataObject, suffix: str) -> None:
    seeds = [PLAIN, SAFE, hostile.NUMBERS, hostile.HARMLESS, hostile.zipped({"a.pkl": hostile.HARMLESS})]
    seeds += [hostile.tarred({"a": b"x"}), b"", *(pack(b"text") for pack in hostile.COMPRESSED.values())]
    spoiled = _spoiled(data, data.draw(st.sampled_from(seeds)))
    found = list(look_into(Entry(f"file{suffix}", io.BytesIO(spoiled), len(spoiled))))
    assert found[-1].path == f"file{suffix}"
    assert all(one.words for one in found if one.verdict != "clean")


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, len(hostile.EVIL)), more=st.binary(max_size=6))
def test_an_attack_never_turns_clean_by_what_is_put_into_it(place: int, more: bytes) -> None:
    """Where the call is still spelled out, something is found or nothing can be told."""
    data = hostile.EVIL[:place] + more + hostile.EVIL[place:]
    with suppress(IndexError):
        (found,) = look_into(Entry("model.pkl", io.BytesIO(data), len(data)))
        assert found.verdict != "clean" or b"system" not in data
