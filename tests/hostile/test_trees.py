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


def evil(registry: Registry) -> str:
    return registry.blob(b"kind: alias\n")


def here(registry: Registry) -> bytes:
    return content_of(registry, "tree", registry.git("rev-parse", f"HEAD:{FOLDER}"))


TREES = {
    "one name twice": lambda registry: here(registry) + row(b"100644", b"staging.yaml", evil(registry)),
    "a file and a folder of one name": lambda registry: here(registry)
    + row(b"40000", b"staging.yaml", registry.git("rev-parse", f"HEAD:{FOLDER}")),
    "names out of order": lambda registry: row(b"100644", b"zzz.yaml", evil(registry)) + here(registry),
    "a name ..": lambda registry: row(b"100644", b"..", evil(registry)) + here(registry),
    "a name .": lambda registry: row(b"100644", b".", evil(registry)) + here(registry),
    "a name .git": lambda registry: row(b"100644", b".git", evil(registry)) + here(registry),
    "a folder .git": lambda registry: row(b"40000", b".git", registry.git("rev-parse", f"HEAD:{FOLDER}"))
    + here(registry),
    "a name .GIT": lambda registry: row(b"100644", b".GIT", evil(registry)) + here(registry),
    "a name git~1": lambda registry: here(registry) + row(b"100644", b"zgit~1", evil(registry)),
    "a name with a slash": lambda registry: here(registry) + row(b"100644", b"x/y.yaml", evil(registry)),
    "an empty name": lambda registry: row(b"100644", b"", evil(registry)) + here(registry),
    "a symbolic link": lambda registry: here(registry) + row(b"120000", b"x.yaml", evil(registry)),
    "a submodule": lambda registry: here(registry) + row(b"160000", b"x.yaml", registry.head),
    "a program": lambda registry: here(registry) + row(b"100755", b"x.yaml", evil(registry)),
    "nested attributes": lambda registry: row(b"100644", b".gitattributes", evil(registry)) + here(registry),
    "nested modules": lambda registry: row(b"100644", b".gitmodules", evil(registry)) + here(registry),
    "a mode of its own": lambda registry: here(registry) + row(b"107777", b"x.yaml", evil(registry)),
    "a mode of no kind": lambda registry: here(registry) + row(b"70000", b"x.yaml", evil(registry)),
    "a file that is a folder": lambda registry: here(registry)
    + row(b"100644", b"x.yaml", registry.git("rev-parse", f"HEAD:{FOLDER}")),
    "a folder that is a file": lambda registry: here(registry) + row(b"40000", b"x.yaml", evil(registry)),
    "an object that is nowhere": lambda registry: here(registry) + row(b"100644", b"x.yaml", "12" * 20),
    "cut short": lambda registry: here(registry)[:-3],
    "no tree at all": lambda registry: b"hello",
    "bytes that are no UTF-8": lambda registry: here(registry) + row(b"100644", b"x\xff.yaml", evil(registry)),
    "line ends and tabs": lambda registry: row(b"100644", b"a\n\tb.yaml", evil(registry)) + here(registry),
    "a terminal escape": lambda registry: row(b"100644", b"\x1b[31m.yaml", evil(registry)) + here(registry),
    "a pathspec": lambda registry: row(b"100644", b":(top)", evil(registry)) + here(registry),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_folder_no_honest_git_wrote_is_found_or_cannot_be_told(live: Registry, name: str) -> None:
    commit = graft(live, FOLDER, TREES[name](live))
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
