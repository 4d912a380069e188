"""The user's work is never touched: what was staged, dirty or untracked before a step is so after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.records import paths
from tests.support.registry import Registry


def status(registry: Registry) -> list[str]:
    return registry.git("status", "--porcelain", "--untracked-files=all").splitlines()


def test_staged_dirty_and_untracked_files_stay_as_they_were(approved: Registry) -> None:
    top = approved.folder
    (top / "staged").write_text("staged\n", "utf-8")
    (top / "both").write_text("staged\n", "utf-8")
    approved.git("add", "staged", "both")
    (top / "both").write_text("and changed again\n", "utf-8")
    (top / "README.md").write_text("dirty\n", "utf-8")
    (top / "untracked").write_text("untracked\n", "utf-8")
    approved.git("rm", "--quiet", "--cached", ".gitattributes")
    before = status(approved)
    index = approved.git("ls-files", "--stage", "staged", "both", "README.md")
    commit = approved.promote("v1", "production")
    assert status(approved) == before
    assert approved.git("ls-files", "--stage", "staged", "both", "README.md") == index
    assert (top / "both").read_text("utf-8") == "and changed again\n"
    assert (top / "README.md").read_text("utf-8") == "dirty\n"
    changed = approved.git("diff-tree", "--no-commit-id", "--name-only", "-r", commit).splitlines()
    assert changed == [approved.alias(), f"{approved.alias()}.sig"]


def test_clean_files_follow(approved: Registry) -> None:
    approved.promote("v1", "production")
    assert status(approved) == []
    assert (
        approved.read(approved.alias()) == approved.git("show", f"HEAD:{approved.alias()}").encode() + b"\n"
    )


def test_a_registry_file_that_the_user_changed_is_kept_and_told(live: Registry) -> None:
    path = live.folder / live.alias()
    path.write_text("my notes\n", "utf-8")
    live.register("v2")
    live.to_approved("v2")
    done = live.run("promote", "churn:v2", "--to", "production")
    assert f"note: {live.alias()}: you have changed it (git diff -- {live.alias()})" in done.err
    assert path.read_text("utf-8") == "my notes\n"
    assert status(live) == [f" M {live.alias()}"]
    assert live.json("resolve", "churn@production")["version"] == "v2"


def test_a_registry_file_that_the_user_staged_stays_staged(live: Registry) -> None:
    (live.folder / live.alias()).write_text("my notes\n", "utf-8")
    live.git("add", live.alias())
    staged = live.git("ls-files", "--stage", live.alias())
    live.register("v2")
    live.to_approved("v2")
    done = live.run("promote", "churn:v2", "--to", "production")
    assert "you have staged changes to it" in done.err
    assert live.git("ls-files", "--stage", live.alias()) == staged


def test_in_the_middle_of_a_merge_the_merge_goes_on(approved: Registry) -> None:
    approved.git("checkout", "--quiet", "-b", "other")
    (approved.folder / "README.md").write_text("theirs\n", "utf-8")
    approved.commit_all("theirs")
    approved.git("checkout", "--quiet", "main")
    (approved.folder / "README.md").write_text("ours\n", "utf-8")
    approved.commit_all("ours")
    with pytest.raises(AssertionError, match="CONFLICT"):
        approved.git("merge", "other")
    before = status(approved)
    assert "UU README.md" in before
    approved.promote("v1", "production")
    assert status(approved) == before
    assert (approved.folder / ".git" / "MERGE_HEAD").exists()


def test_a_linked_work_tree(approved: Registry, tmp_path: Path) -> None:
    approved.git("worktree", "add", "--quiet", "-b", "release", str(tmp_path / "linked"))
    linked = Registry(tmp_path / "linked", approved.pin, approved.keys)
    main = approved.head
    (approved.folder / "README.md").write_text("dirty\n", "utf-8")
    linked.promote("v1", "production")
    assert status(linked) == []
    assert linked.json("resolve", "churn@production")["version"] == "v1"
    assert approved.git("rev-parse", "main") == main
    assert status(approved) == [" M README.md"]
    assert linked.passes()


def test_a_branch_that_is_not_checked_out(approved: Registry) -> None:
    approved.git("checkout", "--quiet", "--orphan", "work")
    approved.git("rm", "-r", "--quiet", "--cached", ".")
    before = status(approved)
    approved.promote("v1", "production", "--branch", "main")
    assert status(approved) == before
    assert approved.json("resolve", "churn@production", "--branch", "main")["version"] == "v1"
    assert approved.run("resolve", "churn@production", expect=2)


def test_a_branch_checked_out_elsewhere_is_told(approved: Registry, tmp_path: Path) -> None:
    approved.git("worktree", "add", "--quiet", "-b", "work", str(tmp_path / "linked"))
    linked = Registry(tmp_path / "linked", approved.pin, approved.keys)
    done = linked.run("promote", "churn:v1", "--to", "production", "--branch", "main")
    assert "the branch is checked out there; it was not touched" in done.err
    assert f"cd '{approved.folder}' && git status --short && git read-tree -m -u" in done.err
    for command in done.err.split(")")[0].split(" && ")[1:]:
        approved.git(*command.split()[1:])
    assert status(approved) == []


def test_a_sha256_repository(empty_template: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    bare = Registry(folder, "", empty_template.keys)
    folder.mkdir()
    bare.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    made = bare.json("init", ".", "--name", "long", "--id", "alice@example.com")
    registry = Registry(folder, made["pin"], empty_template.keys)
    registry.add("bob", "model-owner")
    registry.add("carol", "risk-owner")
    registry.add("ci", "attester", kind="ci")
    registry.register("v1")
    registry.to_production("v1")
    registry.register("v2")
    registry.to_production("v2")
    registry.rollback()
    resolved = registry.json("resolve", "churn@production")
    assert (resolved["version"], len(resolved["commit"])) == ("v1", 64)
    assert registry.passes()
    assert status(registry) == []
    registry.git("fsck", "--strict", "--no-dangling")


def test_a_registry_in_a_repository_that_holds_other_things(empty_template: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    project = Registry(folder, "", empty_template.keys)
    folder.mkdir()
    project.git("init", "--quiet", "--initial-branch=trunk")
    (folder / "README.md").write_text("a project\n", "utf-8")
    project.commit_all("its own")
    (folder / "code.py").write_text("dirty = True\n", "utf-8")
    made = project.json("init", ".", "--name", "beside", "--id", "alice@example.com")
    registry = Registry(folder, made["pin"], empty_template.keys)
    assert made["branch"] == "trunk"
    assert (folder / "README.md").read_text("utf-8") == "a project\n"
    assert status(registry) == ["?? code.py"]
    assert registry.passes()


def test_no_hook_of_the_users_runs(approved: Registry, tmp_path: Path) -> None:
    hooks = approved.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-commit", "commit-msg", "reference-transaction", "post-checkout"):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\nexit 1\n", "utf-8")
        hook.chmod(0o755)
    approved.promote("v1", "production")
    assert not list(tmp_path.glob("ran-*"))


# --- commits signed as the user's git says ---


@pytest.fixture
def signing(approved: Registry) -> Registry:
    """A user who told git to sign commits with an SSH key, here with another key than the registry's."""
    allowed = approved.folder.parent / "allowed"
    key = approved.keys["dave"]
    allowed.write_text(f"dave@example.com {key.with_name('dave.pub').read_text('utf-8')}", "utf-8")
    for name, value in {
        "user.name": "Dave",
        "user.email": "dave@example.com",
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "commit.gpgsign": "true",
        "gpg.ssh.allowedSignersFile": str(allowed),
    }.items():
        approved.git("config", "--global", name, value)
    return approved


def test_the_commit_is_signed_when_git_says_so(signing: Registry) -> None:
    commit = signing.promote("v1", "production")
    signing.git("verify-commit", commit)
    assert signing.git("log", "-1", "--format=%G? %GS %an %ae") == "G dave@example.com Dave dave@example.com"


def test_git_that_cannot_sign_stops_the_step(signing: Registry, tmp_path: Path) -> None:
    signing.git("config", "--global", "user.signingkey", str(tmp_path / "nowhere"))
    done = signing.refuses("promote", "churn:v1", "--to", "production", expect=2)
    assert "git could not sign the commit, as commit.gpgsign asks; nothing was changed" in done.err
    assert "git config commit.gpgsign false" in done.err


def test_the_registry_signs_with_gits_key_when_no_other_is_named(approved: Registry) -> None:
    approved.git("config", "--global", "gpg.format", "ssh")
    approved.git("config", "--global", "user.signingkey", str(approved.keys["alice"]))
    approved.run("promote", "churn:v1", "--to", "production", key=None)
    assert approved.passes()


def test_policy_edited_in_the_work_tree_is_put_in_force_as_written(live: Registry) -> None:
    path = live.folder / paths.POLICY
    path.write_text(path.read_text("utf-8").replace("max: 60", "max: 50  # tighter since May"), "utf-8")
    live.run("sign", paths.POLICY)
    assert "max: 50  # tighter since May" in live.git("show", f"HEAD:{paths.POLICY}")
    assert status(live) == []
    assert live.passes()
