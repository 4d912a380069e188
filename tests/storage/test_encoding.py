"""Ids, folders and packs, read back as git reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.storage import git as plumbing
from gitregistry.storage.encoding import (
    FILE,
    FOLDER,
    Entry,
    MalformedTree,
    format_tree,
    is_safe_path,
    object_id,
    parse_tree,
)
from gitregistry.storage.pack import pack_stream
from gitregistry.storage.repository import Repository
from tests.storage.helpers import git

OID = "12" * 20
NAMES = st.text(
    st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..", ".git"))
ENTRIES = st.dictionaries(
    NAMES,
    st.builds(
        Entry,
        st.sampled_from([FOLDER, FILE, "100755", "120000", "160000"]),
        st.binary(min_size=20, max_size=20).map(bytes.hex),
    ),
)


@given(ENTRIES)
def test_a_folder_reads_back_as_it_was_written(entries: dict[str, Entry]) -> None:
    assert parse_tree("sha1", OID, format_tree(entries)) == entries


@given(st.binary(max_size=200))
def test_any_bytes_are_a_folder_or_malformed(data: bytes) -> None:
    try:
        entries = parse_tree("sha1", OID, data)
    except MalformedTree:
        return
    assert set(format_tree(entries)) <= set(data) | set(b"0123456789")


def _row(mode: bytes, name: bytes) -> bytes:
    return mode + b" " + name + b"\0" + b"\x12" * 20


@pytest.mark.parametrize(
    "rows",
    [
        [(b"100644", b"a"), (b"100644", b"a")],
        [(b"100644", b"b"), (b"100644", b"a")],
        [(b"100644", b"a"), (b"100644", b"a.b"), (b"40000", b"a")],
        [(b"40000", b"..")],
        [(b"40000", b".")],
        [(b"40000", b".git")],
        [(b"100644", b"a/b")],
        [(b"100644", b"")],
    ],
    ids=["twice", "order", "file-and-folder", "up", "here", "dot-git", "slash", "nameless"],
)
def test_a_folder_no_honest_git_wrote_is_refused(rows: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(MalformedTree):
        parse_tree("sha1", OID, b"".join(_row(mode, name) for mode, name in rows))


def test_a_folder_cut_short_is_refused() -> None:
    with pytest.raises(MalformedTree):
        parse_tree("sha1", OID, _row(b"100644", b"a")[:-1])


@pytest.mark.parametrize(
    ("written", "meant"),
    [(b"100664", "100644"), (b"100775", "100755"), (b"040000", "40000"), (b"110000", "160000")],
)
def test_unusual_modes_mean_what_git_takes_them_for(written: bytes, meant: str) -> None:
    assert parse_tree("sha1", OID, _row(written, b"a"))["a"].mode == meant


def test_names_that_are_not_utf_8_survive() -> None:
    data = _row(b"100644", b"\xff\xfe")
    assert format_tree(parse_tree("sha1", OID, data)) == data


@pytest.mark.parametrize("size", [0, 1, 15, 16, 2047, 2048, 300_000])
def test_git_unpacks_what_we_pack(repository: Repository, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    stream = pack_stream(repository.object_format, [("blob", data[:size])])
    plumbing.write(repository.git_dir, "unpack-objects", "-q", "--strict", stdin=stream)
    oid = object_id(repository.object_format, "blob", data[:size])
    assert git(repository.git_dir, "cat-file", "-s", oid) == str(size)
    git(repository.git_dir, "fsck", "--strict")


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "../a", "a/./b", ".git/config", "a/.GIT/x", "a\0b"])
def test_paths_that_lead_elsewhere_are_not_safe(path: str) -> None:
    assert not is_safe_path(path)


def test_ordinary_paths_are_safe() -> None:
    assert is_safe_path("registry/models/churn/aliases/production.yaml.sig")
    assert is_safe_path(".gitattributes")
