"""The pre-push hook of a clone, with real pushes to a server that has no hook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doors.steps import edit_alias, write_notes
from tests.robustness.processes import clone
from tests.support.doors import Server, push, rules_told
from tests.support.registry import Registry


@pytest.fixture
def open_server(live: Registry, tmp_path: Path) -> Server:
    """A server that takes everything."""
    server = Server.empty(live, tmp_path / "server.git")
    live.git("push", "--quiet", server.url, "HEAD:refs/heads/main")
    return server


@pytest.fixture
def mine(open_server: Server, live: Registry, tmp_path: Path) -> Registry:
    """A clone of it with the pre-push hook."""
    registry = clone(live, open_server.bare, tmp_path / "mine")
    done = registry.run("hook", "install", key=None)
    assert done.out == f"{registry.folder}/.git/hooks/pre-push: written\n"
    return registry


def test_nothing_unlawful_leaves(open_server: Server, mine: Registry) -> None:
    tip = open_server.tip()
    bad = edit_alias(mine)
    done = push(mine, "origin", "main")
    assert done.code == 1
    assert f"[signature] {bad[:12]} {mine.alias()}" in done.err
    assert open_server.tip() == tip


def test_lawful_steps_and_other_branches_leave(open_server: Server, mine: Registry) -> None:
    mine.register("v2")
    done = push(mine, "origin", "main")
    assert done.code == 0, done.err
    assert open_server.tip() == mine.head
    bad = edit_alias(mine)
    assert push(mine, "origin", "HEAD:refs/heads/wip").code == 0
    assert open_server.tip("wip") == bad
    write_notes(mine)
    assert rules_told(push(mine, "origin", "HEAD:main")) == {"signature"}


def test_the_branch_is_neither_deleted_nor_turned_back(open_server: Server, mine: Registry) -> None:
    assert rules_told(push(mine, "origin", ":main")) == {"first-parent"}
    assert rules_told(push(mine, "origin", "HEAD~1:main", "--force")) == {"first-parent"}
    assert open_server.tip() == mine.head


def test_a_server_that_is_ahead_is_looked_at_first(
    open_server: Server, mine: Registry, live: Registry
) -> None:
    """What is to be replaced is not in this clone: nobody can say whether the push comes from there."""
    live.register("v2")
    live.git("push", "--quiet", open_server.url, "HEAD:refs/heads/main")
    mine.register("v3")
    done = push(mine, "origin", "main", "--force")
    assert done.code == 1
    assert "cannot be told: the branch is at" in done.err
    assert "(git fetch)" in done.err
    mine.git("fetch", "--quiet")
    assert rules_told(push(mine, "origin", "main", "--force")) == {"first-parent"}


def test_a_first_push_is_judged_whole_and_by_the_pin_kept_here(
    open_server: Server, mine: Registry, tmp_path: Path
) -> None:
    mine.run("trust", "pin", mine.pin, key=None)
    empty = Server.empty(mine, tmp_path / "empty.git")
    done = push(mine, empty.url, "main")
    assert done.code == 0, done.err
    assert "note" not in done.err
    other = Server.empty(mine, tmp_path / "other.git")
    edit_alias(mine)
    assert rules_told(push(mine, other.url, "main")) == {"signature"}


def test_a_linked_work_tree_is_judged_as_well(mine: Registry, tmp_path: Path) -> None:
    mine.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    linked = Registry(tmp_path / "linked", mine.pin, mine.keys)
    edit_alias(linked)
    assert rules_told(push(linked, "origin", "side:main")) == {"signature"}


def test_a_work_tree_cannot_put_a_module_in_the_hooks_way(
    open_server: Server, mine: Registry, tmp_path: Path
) -> None:
    """Python would import what lies in the folder that it is started in; the hook runs in the work tree."""
    seen = tmp_path / "seen"
    for name in ("gitregistry", "typer", "yaml", "json"):
        mine.write(f"{name}/__init__.py", f"open({str(seen)!r}, 'w')\n".encode())
        mine.write(f"{name}/__main__.py", b"")
    mine.commit_all("modules of ours")
    done = push(mine, "origin", "main")
    assert done.code == 0, done.err
    assert not seen.exists()
