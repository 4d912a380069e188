"""Attack 28: merges with a result of their own, that keep one side alone, or that turn the parents round."""

from __future__ import annotations

from pathlib import Path

from gitregistry.audit import pushes
from gitregistry.registry.moments import from_epoch
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.support.doors import Server, refused_at_every_door, rules_told
from tests.support.registry import Registry


def other_side(registry: Registry) -> str:
    """A commit beside main's tip that leaves the registry alone, on a branch of its own."""
    registry.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    registry.write("training.py", b"print()\n")
    commit = registry.commit_all("training code")
    registry.git("checkout", "--quiet", "main")
    return commit


def foxtrot(registry: Registry) -> tuple[str, str]:
    """Main before, and a merge that has main as its second parent."""
    before, side = registry.head, other_side(registry)
    tree = registry.git("rev-parse", f"{before}^{{tree}}")
    return before, registry.git("commit-tree", "-p", side, "-p", before, "-m", "Merge main into side", tree)


def test_a_foxtrot_merge_is_refused_where_it_arrives(live: Registry) -> None:
    before, merge = foxtrot(live)
    update = pushes.Update("refs/heads/main", before, merge)
    with Objects(find_repository(live.folder)) as objects:
        later = from_epoch(int(live.git("show", "--no-patch", "--format=%ct", merge)) + 60)
        judged = pushes.judge_push(objects, update, lambda: live.pin, later)
    assert [finding.rule for finding in judged.findings] == ["first-parent"]


def test_a_foxtrot_merge_that_is_pushed_is_refused(live: Registry, tmp_path: Path) -> None:
    server = Server.holding(live, tmp_path / "server.git")
    _, merge = foxtrot(live)
    pushed = server.push(live, source=merge)
    assert rules_told(pushed) == {"first-parent"}
    server.is_sound()


def test_what_is_in_neither_parent_of_a_merge_is_refused_at_every_door(live: Registry) -> None:
    before, side = live.head, other_side(live)
    live.edit(live.alias(), "alice", version="v9")
    live.git("add", "--all")
    tree = live.git("write-tree")
    merge = live.git("commit-tree", "-p", before, "-p", side, "-m", "Merge side", tree)
    live.git("reset", "--quiet", "--hard", before)
    refused_at_every_door(live, before, merge, "sequence")


def test_a_merge_that_keeps_the_other_side_alone_takes_records_away(live: Registry) -> None:
    before, side = live.head, other_side(live)
    tree = live.git("rev-parse", f"{side}^{{tree}}")
    merge = live.git("commit-tree", "-p", before, "-p", side, "-m", "Merge side, theirs", tree)
    refused_at_every_door(live, before, merge, "missing")


def test_an_octopus_that_brings_nothing_is_lawful(live: Registry) -> None:
    before, side = live.head, other_side(live)
    live.git("checkout", "--quiet", "-b", "third", f"{before}~1")
    live.write("more.py", b"print()\n")
    third = live.commit_all("more code")
    live.git("checkout", "--quiet", "main")
    live.git("merge", "--quiet", "--no-edit", side, third)
    assert live.git("show", "--no-patch", "--format=%P").count(" ") == 2
    live.passes()
