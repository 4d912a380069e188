"""The files of one commit, also of commits made to mislead."""

from __future__ import annotations

import pytest

from gitregistry.errors import CannotTell
from gitregistry.storage.encoding import FILE, MalformedTree
from gitregistry.storage.objects import MissingObject, Objects
from gitregistry.storage.repository import Repository
from gitregistry.storage.trees import CommitTree
from tests.storage.helpers import commit, git, raw_commit, raw_tree

FILES = {"registry/b": b"b", "registry/a.yaml": b"a", "registry/a/x": b"x", "other": b"o"}


def test_entries_are_found_by_path(repository: Repository) -> None:
    new, _ = commit(repository, FILES)
    with Objects(repository) as objects:
        tree = CommitTree(objects, new)
        found = tree.entry("registry/a/x")
        assert found is not None
        assert found.mode == FILE
        assert tree.blob(found.oid) == b"x"
        assert tree.entry("registry/a/y") is None
        assert tree.entry("registry/b/x") is None
        assert tree.entry("nothing/at/all") is None
        top = tree.entry("")
        assert top is not None
        assert top.oid == tree.root


def test_children_are_what_lies_directly_inside(repository: Repository) -> None:
    new, _ = commit(repository, FILES)
    with Objects(repository) as objects:
        tree = CommitTree(objects, new)
        assert list(tree.children("registry")) == ["a.yaml", "a", "b"]
        assert tree.children("other") == tree.children("nowhere") == {}
        assert list(tree.children("")) == ["other", "registry"]


def test_a_walk_lists_as_git_does(repository: Repository) -> None:
    new, _ = commit(repository, FILES)
    with Objects(repository) as objects:
        walked = [path for path, _ in CommitTree(objects, new).walk("registry")]
        everything = [path for path, _ in CommitTree(objects, new).walk("")]
    assert walked == git(repository.git_dir, "ls-tree", "-r", "--name-only", new, "registry").split("\n")
    assert everything == git(repository.git_dir, "ls-tree", "-r", "--name-only", new).split("\n")


def test_links_and_submodules_are_shown_as_what_they_are(plain: Repository) -> None:
    link = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"/etc/passwd")
    tree = raw_tree(
        plain, b"120000 link\0" + bytes.fromhex(link) + b"160000 module\0" + bytes.fromhex("12" * 20)
    )
    with Objects(plain) as objects:
        seen = {path: entry.mode for path, entry in CommitTree(objects, raw_commit(plain, tree)).walk("")}
    assert seen == {"link": "120000", "module": "160000"}


def test_a_commit_that_is_not_here_cannot_be_told(plain: Repository) -> None:
    with Objects(plain) as objects, pytest.raises(MissingObject):
        CommitTree(objects, "1" * 40)


def test_a_folder_is_not_a_commit(plain: Repository) -> None:
    new, _ = commit(plain, {"a": b"1"})
    with Objects(plain) as objects, pytest.raises(MissingObject):
        CommitTree(objects, CommitTree(objects, new).root)


def test_folders_that_unfold_to_billions_of_files_end_the_walk(
    plain: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitregistry.storage.trees.MOST_ENTRIES", 5_000)
    oid = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"boom")
    mode = b"100644"
    for _ in range(10):
        rows = b"".join(mode + b" %d\0" % name + bytes.fromhex(oid) for name in range(10))
        oid, mode = raw_tree(plain, rows), b"40000"
    bomb = raw_commit(plain, oid)
    with Objects(plain) as objects, pytest.raises(CannotTell, match="more files"):
        list(CommitTree(objects, bomb).walk(""))


def test_folders_nested_without_end_end_the_walk(plain: Repository) -> None:
    oid = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"deep")
    mode = b"100644"
    for _ in range(80):
        oid, mode = raw_tree(plain, mode + b" d\0" + bytes.fromhex(oid)), b"40000"
    deep = raw_commit(plain, oid)
    with Objects(plain) as objects:
        with pytest.raises(CannotTell, match="deeply nested"):
            list(CommitTree(objects, deep).walk(""))
        with pytest.raises(CannotTell, match="deeply nested"):
            CommitTree(objects, deep).differing(None)


def test_a_malformed_folder_stops_only_who_looks_inside(plain: Repository) -> None:
    good = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"good")
    row = b"100644 a\0" + bytes.fromhex(good)
    bad, fine = raw_tree(plain, row + row), raw_tree(plain, row)
    top = raw_tree(plain, b"40000 bad\0" + bytes.fromhex(bad) + b"40000 fine\0" + bytes.fromhex(fine))
    with Objects(plain) as objects:
        tree = CommitTree(objects, raw_commit(plain, top))
        assert tree.entry("fine/a") is not None
        with pytest.raises(MalformedTree):
            tree.entry("bad/a")


def test_two_commits_differ_where_git_says_they_do(repository: Repository) -> None:
    first, _ = commit(repository, FILES)
    second, _ = commit(
        repository, {"registry/a/x": None, "registry/a/y": b"y", "registry/b": b"B", "new/deep/file": b"n"}
    )
    with Objects(repository) as objects:
        old, new = CommitTree(objects, first), CommitTree(objects, second)
        differing = new.differing(old)
        assert new.differing(new) == []
        assert new.differing(None) == sorted(path for path, _ in new.walk(""))
    assert differing == git(repository.git_dir, "diff", "--name-only", "--no-renames", first, second).split(
        "\n"
    )


def test_a_file_that_becomes_a_folder_differs_as_both(plain: Repository) -> None:
    one = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"1")
    file = raw_tree(plain, b"100644 a\0" + bytes.fromhex(one))
    folder = raw_tree(plain, b"40000 a\0" + bytes.fromhex(file))
    before, after = raw_commit(plain, file), raw_commit(plain, folder)
    with Objects(plain) as objects:
        assert CommitTree(objects, after).differing(CommitTree(objects, before)) == ["a", "a/a"]
