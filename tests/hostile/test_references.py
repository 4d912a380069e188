"""Attack 31: references whose names or contents would lead a careless reader to other commits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hostile import footprint
from tests.support.registry import Registry


def first(registry: Registry) -> str:
    """The first commit, which knows of no release: where every lie below points."""
    return registry.git("rev-list", "--max-parents=0", "HEAD")


def tag_main(registry: Registry) -> None:
    registry.git("update-ref", "refs/tags/main", first(registry))
    registry.git("update-ref", "refs/tags/HEAD", first(registry))
    registry.git("update-ref", "refs/tags/heads/main", first(registry))


def branch_head(registry: Registry) -> None:
    registry.git("update-ref", "refs/heads/HEAD", first(registry))
    registry.git("update-ref", "refs/heads/refs/heads/main", first(registry))
    registry.git("update-ref", "refs/refs/heads/main", first(registry))
    registry.git("update-ref", "refs/remotes/main/HEAD", first(registry))


def branch_hex(registry: Registry) -> None:
    for name in (registry.head, registry.head[:12], first(registry)):
        registry.git("update-ref", f"refs/heads/{name}", first(registry))
        registry.git("update-ref", f"refs/tags/{name}", first(registry))


def files_beside(registry: Registry) -> None:
    """Files in ``.git`` that git takes for references of that name."""
    for name in ("main", "MAIN_HEAD", "FETCH_HEAD", "ORIG_HEAD", "refs/main"):
        (registry.folder / ".git" / name).write_text(f"{first(registry)}\n")


def packed(registry: Registry) -> None:
    """An older value in ``packed-refs``, which the loose file outranks; and peeled lines that lie."""
    registry.git("tag", "-a", "-m", "x", "v1", "HEAD")
    registry.git("pack-refs", "--all", "--no-prune")
    lines = (registry.folder / ".git" / "packed-refs").read_text().splitlines()
    changed = [f"{first(registry)} refs/heads/main" if "heads/main" in line else line for line in lines]
    changed = [f"^{first(registry)}" if line.startswith("^") else line for line in changed]
    (registry.folder / ".git" / "packed-refs").write_text("\n".join(changed) + "\n")


def reflogs(registry: Registry) -> None:
    log = registry.folder / ".git" / "logs" / "refs" / "heads" / "main"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{first(registry)} {first(registry)} x <x@y> 1 +0000\tx\n")


TRUE: tuple[Callable[[Registry], None], ...] = (
    tag_main,
    branch_head,
    branch_hex,
    files_beside,
    packed,
    reflogs,
)


@pytest.mark.parametrize("prepare", TRUE, ids=lambda prepare: prepare.__name__)
def test_a_reference_beside_the_branch_misleads_nobody(
    two: Registry, tmp_path: Path, prepare: Callable[[Registry], None]
) -> None:
    head = two.head
    prepare(two)
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    for options in ((), ("--branch", "main"), ("--at", head), ("--at", "main")):
        document = two.verify(*options)
        assert (document["verdict"], document["head"]) == ("pass", head), options
        assert two.json("resolve", "churn@production", *options)["commit"] != first(two)
        assert two.json("resolve", "churn@production", *options)["version"] == "v2", options
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before
    commit = two.rollback()
    assert two.git("rev-parse", "refs/heads/main") == commit
    assert two.passes()["head"] == commit


def test_a_branch_that_stands_for_another_is_judged_as_what_it_leads_to(two: Registry) -> None:
    """HEAD and the branch are symbolic; what is read is the commit at their end, and that is what is said."""
    head = two.head
    two.git("update-ref", "refs/heads/elsewhere", f"{head}~3")
    two.git("symbolic-ref", "refs/heads/main", "refs/heads/elsewhere")
    document = two.verify()
    assert (document["verdict"], document["head"]) == ("pass", two.git("rev-parse", f"{head}~3"))


@pytest.mark.parametrize("loop", ["HEAD", "refs/heads/main"])
def test_references_that_lead_in_circles_are_an_error_and_no_verdict(two: Registry, loop: str) -> None:
    (two.folder / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/other\n")
    (two.folder / ".git" / "refs" / "heads" / "other").write_text("ref: refs/heads/main\n")
    if loop == "HEAD":
        (two.folder / ".git" / "HEAD").write_text("ref: HEAD\n")
    for arguments in (("verify", "--pin", two.pin), ("resolve", "churn@production"), ("list",), ("status",)):
        result = two.run(*arguments, expect=None)
        assert result.code in (2, 3, 5), arguments
        assert "fault of registry itself" not in result.err


@pytest.mark.parametrize(
    "target",
    [
        "refs/../../outside",
        "../../outside",
        "/etc/passwd",
        "refs/heads/\x1b[31m",
        "refs/tags/x",
        "-x",
        "refs/heads/",
    ],
)
def test_a_head_that_points_elsewhere_is_an_error_and_no_verdict(
    two: Registry, tmp_path: Path, target: str
) -> None:
    head = f"{two.head}\n"
    (two.folder.parent / "outside").write_text(head)
    (two.folder / ".git" / "HEAD").write_text(f"ref: {target}\n")
    for arguments in (("verify", "--pin", two.pin), ("resolve", "churn@production"), ("list",)):
        result = two.run(*arguments, expect=None)
        assert result.code in (2, 3, 5), arguments
        assert "fault of registry itself" not in result.err
        assert "\x1b" not in result.out + result.err
    reason = ("rollback", "churn", "--in", "production", "--reason", "x")
    assert two.run(*reason, expect=None).code in (2, 3, 5)
    assert (two.folder.parent / "outside").read_text() == head


def test_a_git_file_that_points_elsewhere_is_followed_and_what_is_there_is_judged(
    two: Registry, tmp_path: Path
) -> None:
    """A moved ``.git`` is lawful Git: what is judged is the repository that it leads to."""
    away = tmp_path / "away.git"
    (two.folder / ".git").rename(away)
    (two.folder / ".git").write_text(f"gitdir: {away}\n")
    head = two.git("rev-parse", "HEAD")
    before = footprint(tmp_path, [away / "gitregistry"])
    assert two.verify()["head"] == head
    assert footprint(tmp_path, [away / "gitregistry"]) == before


def test_a_git_file_that_points_nowhere_is_no_repository(two: Registry, tmp_path: Path) -> None:
    (two.folder / ".git").rename(tmp_path / "away.git")
    for content in ("gitdir: /dev/null\n", f"gitdir: {tmp_path}/none\n", "gitdir: .git\n", "x" * 5000):
        (two.folder / ".git").write_text(content)
        result = two.run("verify", "--pin", two.pin, expect=None)
        assert result.code == 2, content
        assert "fault of registry itself" not in result.err


def test_a_work_tree_elsewhere_is_read_and_not_written(two: Registry, tmp_path: Path) -> None:
    """``core.worktree`` names a folder of the user's: reading leaves it as it is."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "mine").write_text("mine\n")
    two.git("config", "core.worktree", str(victim))
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    assert two.verify()["verdict"] == "pass"
    assert two.json("resolve", "churn@production")["version"] == "v2"
    two.run("status", expect=None)
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before
    two.run("attest", "churn:v2", "security_scan_passed", "--passed", key="ci", expect=None)
    two.run("rollback", "churn", "--in", "production", "--reason", "x", expect=None)
    assert [path.name for path in victim.rglob("*")] == ["mine"]


def test_a_linked_work_tree_is_judged_on_its_own_branch(two: Registry, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    two.git("worktree", "add", "--quiet", "-b", "side", str(linked), "HEAD~2")
    beside = dataclasses.replace(two, folder=linked)
    assert beside.verify()["head"] == two.git("rev-parse", "HEAD~2")
    assert two.verify()["head"] == two.head
