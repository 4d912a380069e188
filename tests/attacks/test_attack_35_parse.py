"""Attack 35: YAML that is a bomb, that two readers would read differently, or that is not text at all."""

from __future__ import annotations

import resource
import time

import pytest

from gitregistry.records import paths
from tests.support.registry import Registry

HOSTILE: dict[str, tuple[bytes, bytes]] = {
    "a key twice": (b"version: v1\n", b"version: v1\nversion: v2\n"),
    "an alias bomb": (
        b"version: v1\n",
        b"version: v1\nlabels: &a [x, x]\nrelease_notes: [*a, *a, *a, *a]\n",
    ),
    "a tag that runs code": (b"version: v1\n", b"version: !!python/object/apply:os.system [id]\n"),
    "a tag": (b"version: v1\n", b"version: !!str v1\n"),
    "a merge key": (b"version: v1\n", b"version: v1\n<<: {version: v2}\n"),
    "a second document": (b"version: v1\n", b"version: v1\n---\nversion: v2\n"),
    "a directive": (b"kind: release", b"%YAML 1.1\n---\nkind: release"),
    "a number that is none": (b"auc: 0.873", b"auc: .nan"),
    "infinity": (b"auc: 0.873", b"auc: -.inf"),
    "30 KB of [": (b"version: v1\n", b"version: " + b"[" * 30_000 + b"\n"),
    "30 KB of {": (b"version: v1\n", b"version: " + b"{" * 30_000 + b"\n"),
    "deep block lists": (b"version: v1\n", b"version: v1\nlabels:\n" + b"- " * 5_000 + b"\n"),
    "bad UTF-8": (b"version: v1\n", b"version: v1\nlicense: \xff\xfe\n"),
    "overlong UTF-8": (b"version: v1\n", b"version: v1\nlicense: \xc0\xaf\n"),
    "UTF-16": (b"kind: release", "kind: release".encode("utf-16")),
    "a byte order mark": (b"kind: release", b"\xef\xbb\xbfkind: release"),
    "CR LF": (b"version: v1\n", b"version: v1\r\n"),
    "a NUL": (b"version: v1\n", b"version: v1\x00\n"),
    "an escape": (b"version: v1\n", b'version: v1\nlicense: "\\e[31m"\n'),
    "text shown backwards": (b"version: v1\n", "version: v1\nlicense: \u202egpl\n".encode()),
    "a zero-width character": (b"version: v1\n", "version: v\u200b1\n".encode()),
    "a date where a version is": (b"version: v1\n", b"version: [2026-04-27]\n"),
    "an unknown field": (b"version: v1\n", b"version: v1\napproved: true\n"),
    "a field missing": (b"artifact_digest:", b"artifact_digests:"),
    "an unknown schema": (b"schema_version: 1", b"schema_version: 2"),
    "another kind": (b"kind: release", b"kind: alias"),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_found_and_stops_only_itself(registered: Registry, name: str) -> None:
    old, new = HOSTILE[name]
    data = registered.read(registered.manifest("v1"))
    assert old in data
    path = registered.manifest("v9")
    registered.forge_bytes(path, data.replace(old, new, 1) if old else b"", "alice")
    registered.commit_all()
    registered.finds("parse", path)
    registered.run("show", "churn:v9", expect=1)
    registered.to_staging("v1")
    assert registered.json("resolve", "churn@staging")["version"] == "v1"


def test_a_file_of_50_megabytes_is_found_in_bounded_time_and_memory(registered: Registry) -> None:
    path = registered.manifest("v9")
    registered.forge_bytes(path, b"# " + b"x" * (50 << 20) + b"\n", "alice")
    registered.commit_all()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    registered.finds("parse", path, message="longer than")
    assert time.process_time() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_a_record_as_large_as_one_may_be_is_judged_in_bounded_time(registered: Registry) -> None:
    data = registered.read(registered.manifest("v1"))
    filler = b"labels:\n" + b"".join(b"  key%06d: value\n" % number for number in range(55_000))
    path = registered.manifest("v9")
    registered.forge_bytes(path, data + filler, "alice")
    registered.commit_all()
    start = time.process_time()
    assert registered.verify()["verdict"] == "fail"
    assert time.process_time() - start < 10


@pytest.mark.parametrize("path", [paths.TRUST, paths.POLICY])
def test_law_that_cannot_be_read_is_found_with_its_line(live: Registry, path: str) -> None:
    live.next_text(path, "kind:", "kind: &anchor", "alice")
    live.commit_all()
    line = live.read(path).decode().splitlines().index(f"kind: &anchor {path[9:-5]}") + 1
    assert live.finds("parse", path, message="anchor")["line"] == line


@pytest.mark.parametrize("size", [65 << 10, 2 << 20])
def test_a_signature_file_of_any_size_is_found(live: Registry, size: int) -> None:
    path = live.alias()
    live.write(f"{path}.sig", live.read(f"{path}.sig") * (size // 300))
    live.commit_all()
    live.finds("signature-format", path)
