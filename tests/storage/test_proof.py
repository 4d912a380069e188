"""Steps are proven from the changes alone, whatever honest git wrote and in either object format."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gitregistry.storage.encoding import (
    FILE,
    FOLDER,
    LINK,
    DamagedObject,
    Entry,
    ObjectFormat,
    format_tree,
    object_id,
)
from gitregistry.storage.history import Step, first_parent_steps
from gitregistry.storage.objects import Objects
from gitregistry.storage.proof import _Folder, proven
from gitregistry.storage.repository import Repository
from tests.storage.helpers import MAIN, commit, git, raw_commit, raw_tree


def steps_of(repository: Repository, after: str | None = None) -> list[Step]:
    return list(first_parent_steps(repository, MAIN, after=after))


def prove(repository: Repository, steps: list[Step]) -> list[Step]:
    with Objects(repository) as objects:
        return list(proven(objects, steps, "registry"))


def scatter(repository: Repository, count: int, seed: int = 30) -> list[str]:
    """Commits that add, change and remove files and turn files to folders and back, in the folder and out."""
    choose = random.Random(seed)
    names = ["registry", "registry/a", "registry/a/b", "registry/a/b/c", "registry/a.b", "registry/a0/x",
             "registry/\u00e9", "other/a", "Registry/x", "registry-b"]  # fmt: skip
    present: set[str] = set()
    commits: list[str] = []
    for number in range(count):
        path = choose.choice(names[1:])
        files: dict[str, bytes | None] = {}
        for other in list(present):
            if other != path and (other.startswith(f"{path}/") or path.startswith(f"{other}/")):
                files[other] = None
        files[path] = None if path in present and choose.random() < 0.4 else b"%d" % number
        for name, data in files.items():
            (present.discard if data is None else present.add)(name)
        commits.append(commit_with_git(repository, files, commits[-1:]))
    git(repository.git_dir, "update-ref", MAIN, commits[-1])
    return commits


def commit_with_git(repository: Repository, files: dict[str, bytes | None], parents: list[str]) -> str:
    lines = []
    for path, data in sorted(files.items(), key=lambda item: item[1] is not None):
        oid = git(repository.git_dir, "hash-object", "-w", "--stdin", stdin=data) if data else None
        lines.append(f"{'100644' if oid else '0'} {oid or repository.no_object}\t{path}\n")
    git(repository.git_dir, "update-index", "--index-info", stdin="".join(lines).encode())
    return raw_commit(repository, git(repository.git_dir, "write-tree"), *parents)


def test_whatever_changes_its_steps_are_proven(repository: Repository) -> None:
    commits = scatter(repository, 25)
    steps = steps_of(repository)
    assert [step.commit for step in prove(repository, steps)] == commits


def test_steps_after_a_known_one_are_proven_from_its_folder(repository: Repository) -> None:
    commits = scatter(repository, 12)
    for start in (0, 5, 10):
        later = steps_of(repository, commits[start])
        assert prove(repository, later) == later
    assert prove(repository, []) == []


@pytest.mark.parametrize("lie", ["a change left out", "a change made up", "another file", "another time",
                                 "a step left out", "another parent"])  # fmt: skip
def test_steps_that_are_not_those_of_the_history_are_refused(repository: Repository, lie: str) -> None:
    for number in range(4):
        commit(repository, {f"registry/{number}": b"x", "registry/same": b"%d" % number})
    steps = steps_of(repository)
    step = steps[2]
    change = step.changes[0]
    steps[2] = {
        "a change left out": step._replace(changes=step.changes[1:]),
        "a change made up": step._replace(changes=(*step.changes, change._replace(path="registry/z"))),
        "another file": step._replace(changes=(change._replace(path="registry/y"), *step.changes[1:])),
        "another time": step._replace(time=step.time + 1),
        "a step left out": steps[3],
        "another parent": step._replace(parents=(steps[0].commit,)),
    }[lie]
    with pytest.raises(DamagedObject, match="tampered"):
        prove(repository, steps)


def test_a_step_outside_the_folder_is_not_looked_at(plain: Repository) -> None:
    commit(plain, {"registry/a": b"1", "x": b"1"})
    commit(plain, {"x": b"2"})
    steps = steps_of(plain)
    steps[1] = steps[1]._replace(changes=())
    assert prove(plain, steps) == steps


def test_folders_with_odd_modes_and_empty_folders_are_compared_file_by_file(plain: Repository) -> None:
    blob = bytes.fromhex(git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"x"))
    inner = raw_tree(plain, b"100664 a\0" + blob)
    empty = raw_tree(plain, b"")
    outer = b"040000 e\0" + bytes.fromhex(empty) + b"40000 r\0" + bytes.fromhex(inner)
    top = raw_tree(plain, b"40000 registry\0" + bytes.fromhex(raw_tree(plain, outer)))
    first = raw_commit(plain, top)
    git(plain.git_dir, "update-ref", MAIN, first)
    commit(plain, {"registry/r/b": b"2"})
    commit(plain, {"registry/r/a": None})
    steps = steps_of(plain)
    assert prove(plain, steps) == steps
    short = steps[0]._replace(changes=())
    with pytest.raises(DamagedObject, match="its files are not those"):
        prove(plain, [short])


def test_a_tree_that_is_no_tree_cannot_be_told(plain: Repository, tmp_path: Path) -> None:
    blob = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"x")
    steps = [Step(raw_commit(plain, blob), (), 1700000000, "x", ())]
    with pytest.raises(DamagedObject):
        prove(plain, steps)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_large_folder_has_the_id_of_its_entries_whatever_was_done_to_it(
    object_format: ObjectFormat,
) -> None:
    """Files that come, go, change and become folders, among hundreds; only what follows is hashed again."""
    choose = random.Random(7)

    def entry() -> Entry:
        mode = choose.choice([FILE, FILE, FILE, FOLDER, LINK])
        return Entry(mode, choose.randbytes(20 if object_format == "sha1" else 32).hex())

    entries = {f"model-{number}": entry() for number in range(300)}
    folder = _Folder(entries)
    for number in range(400):
        name = f"model-{choose.randrange(320)}" + choose.choice(["", "", "", ".", "0"])
        old = entries.get(name)
        new = None if choose.random() < 0.1 else entry()
        if old is not None and new is not None and choose.random() < 0.7:
            new = old._replace(oid=new.oid)
        folder.set(name, new)
        entries.pop(name, None)
        entries |= {name: new} if new is not None else {}
        if number % 3:
            assert folder.oid(object_format) == object_id(object_format, "tree", format_tree(entries))
    assert folder.entries == entries
