"""Attack 32: folders under ``registry/`` that no honest git writes, and entries that are no plain files."""

from __future__ import annotations

import pytest

from tests.support.hostile import content_of, write_object
from tests.support.registry import Registry

FOLDER = "registry/models/churn/aliases"


def row(mode: bytes, name: bytes, oid: str) -> bytes:
    return mode + b" " + name + b"\0" + bytes.fromhex(oid)


def graft(registry: Registry, path: str, tree: bytes) -> str:
    """Commit HEAD's files with other bytes for one folder, however malformed; the commit."""
    oid = write_object(registry, "tree", tree)
    *above, name = path.split("/")
    for depth in range(len(above), -1, -1):
        place = "/".join(above[:depth])
        rows = []
        for line in registry.git("ls-tree", "-z", f"HEAD:{place}").split("\0"):
            if line:
                meta, _, entry = line.partition("\t")
                mode, _, old = meta.split(" ")
                rows.append((mode.lstrip("0").encode(), entry, oid if entry == name else old))
        oid = write_object(
            registry, "tree", b"".join(row(mode, entry.encode(), old) for mode, entry, old in rows)
        )
        name = above[depth - 1] if depth else ""
    commit = registry.git("commit-tree", "-p", "HEAD", "-m", "an attack", oid)
    registry.git("update-ref", "refs/heads/main", commit)
    return commit


# Where the entry is put, its mode and name, and what it names.
ENTRIES: dict[str, tuple[str, bytes, bytes, str]] = {
    "one name twice": ("last", b"100644", b"staging.yaml", "a file"),
    "a file and a folder of one name": ("last", b"40000", b"staging.yaml", "a folder"),
    "names out of order": ("first", b"100644", b"zzz.yaml", "a file"),
    "a name ..": ("first", b"100644", b"..", "a file"),
    "a name .": ("first", b"100644", b".", "a file"),
    "a name .git": ("first", b"100644", b".git", "a file"),
    "a folder .git": ("first", b"40000", b".git", "a folder"),
    "a name .GIT": ("first", b"100644", b".GIT", "a file"),
    "a name git~1": ("last", b"100644", b"zgit~1", "a file"),
    "a name with a slash": ("last", b"100644", b"x/y.yaml", "a file"),
    "an empty name": ("first", b"100644", b"", "a file"),
    "a symbolic link": ("last", b"120000", b"x.yaml", "a file"),
    "a submodule": ("last", b"160000", b"x.yaml", "a commit"),
    "a program": ("last", b"100755", b"x.yaml", "a file"),
    "nested attributes": ("first", b"100644", b".gitattributes", "a file"),
    "nested modules": ("first", b"100644", b".gitmodules", "a file"),
    "a mode of its own": ("last", b"107777", b"x.yaml", "a file"),
    "a mode of no kind": ("last", b"70000", b"x.yaml", "a file"),
    "a file that is a folder": ("last", b"100644", b"x.yaml", "a folder"),
    "a folder that is a file": ("last", b"40000", b"x.yaml", "a file"),
    "an object that is nowhere": ("last", b"100644", b"x.yaml", "nothing"),
    "bytes that are no UTF-8": ("last", b"100644", b"x\xff.yaml", "a file"),
    "line ends and tabs": ("first", b"100644", b"a\n\tb.yaml", "a file"),
    "a terminal escape": ("first", b"100644", b"\x1b[31m.yaml", "a file"),
    "a pathspec": ("first", b"100644", b":(top)", "a file"),
}
BROKEN = ("cut short", "no tree at all")


def hostile_tree(registry: Registry, name: str) -> bytes:
    folder = registry.git("rev-parse", f"HEAD:{FOLDER}")
    here = content_of(registry, "tree", folder)
    if name in BROKEN:
        return here[:-3] if name == "cut short" else b"hello"
    place, mode, entry, what = ENTRIES[name]
    named = {
        "a file": registry.blob(b"kind: alias\n"),
        "a folder": folder,
        "a commit": registry.head,
        "nothing": "12" * 20,
    }
    more = row(mode, entry, named[what])
    return more + here if place == "first" else here + more


@pytest.mark.parametrize("name", [*ENTRIES, *BROKEN])
def test_a_folder_no_honest_git_wrote_is_found_or_cannot_be_told(live: Registry, name: str) -> None:
    commit = graft(live, FOLDER, hostile_tree(live, name))
    result = live.run("verify", "--pin", live.pin, "--json", key=None, expect=None)
    assert result.code in (1, 5), result
    assert "fault of registry itself" not in result.err
    assert "\x1b" not in result.out + result.err
    document = result.json
    if document["verdict"] == "fail":
        assert {finding["commit"] for finding in document["findings"]} == {commit}
    for arguments in (
        ("resolve", "churn@production"),
        ("list",),
        ("status",),
        ("log",),
        ("show", "churn:v1"),
    ):
        shown = live.run(*arguments, expect=None)
        assert shown.code in (0, 1, 2, 3, 5), arguments
        assert "fault of registry itself" not in shown.err, (arguments, shown.err)
        assert "\x1b" not in shown.out + shown.err
