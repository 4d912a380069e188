"""What the pre-receive hook of a bare repository lets in, and what not; all with real pushes over file://."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doors.steps import edit_alias, write_notes
from tests.support.doors import Server, rules_told
from tests.support.nobody import stream_to_nobody
from tests.support.registry import Registry, Result


def refused(done: Result, *rules: str) -> None:
    assert done.code == 1, done.err
    assert rules_told(done) == set(rules), done.err


def test_every_new_step_is_judged_not_the_last_alone(server: Server, live: Registry) -> None:
    bad = edit_alias(live)
    live.git("revert", "--no-edit", "HEAD")
    done = server.push(live)
    assert done.code == 1
    assert f"[signature] {bad[:12]}" in done.err


@pytest.mark.parametrize("limit", ["1", "1000"], ids=["as a pack", "as loose objects"])
def test_quarantined_objects_are_seen_however_they_lie(limit: str, server: Server, live: Registry) -> None:
    server.git("config", "receive.unpackLimit", limit)
    live.register("v2")
    done = server.push(live)
    assert done.code == 0, done.err
    assert server.tip() == live.head
    server.is_sound()


def test_a_server_that_looks_for_no_bare_repositories_is_told_which(
    server: Server, live: Registry, home: Path
) -> None:
    (home / ".gitconfig").write_text("[safe]\n\tbareRepository = explicit\n", "utf-8")
    live.register("v2")
    done = server.push(live)
    assert done.code == 0, done.err


def test_steps_that_settle_each_other_come_in_together(two_server: Server) -> None:
    """A bare revert is a finding until a signed rollback settles it: pushed alone no, pushed with it yes."""
    registry = two_server.registry
    registry.git("revert", "--no-edit", "HEAD")
    refused(two_server.push(registry), "replay")
    registry.rollback()
    done = two_server.push(registry)
    assert done.code == 0, done.err
    two_server.is_sound()


@pytest.fixture
def two_server(two: Registry, tmp_path: Path) -> Server:
    return Server.holding(two, tmp_path / "two.git")


def test_the_branch_is_not_deleted(server: Server, live: Registry) -> None:
    server.git("symbolic-ref", "HEAD", "refs/heads/other")  # else git itself refuses
    done = server.push(live, source="")
    refused(done, "first-parent")
    assert server.tip() == live.head


def test_the_branch_is_not_turned_back(server: Server, live: Registry) -> None:
    tip = server.tip()
    done = server.push(live, "main", "--force", source="HEAD~1")
    refused(done, "first-parent")
    assert server.tip() == tip


def test_the_branch_is_not_rewritten(server: Server, live: Registry) -> None:
    live.git("commit", "--quiet", "--amend", "-m", "the same, otherwise")
    refused(server.push(live, "main", "--force"), "first-parent")


def test_a_foxtrot_merge_is_refused(server: Server, live: Registry) -> None:
    """A merge that takes the branch in as its *second* parent: the steps along first parents are others."""
    tip = live.head
    live.git("switch", "--quiet", "-c", "mine", "HEAD~1")
    write_notes(live)
    live.git("merge", "--quiet", "--no-ff", "-m", "catch up", tip)
    done = server.push(live)  # no force needed: it contains the tip
    refused(done, "first-parent")
    assert "mend: git pull --rebase" in done.err


def test_a_merge_of_a_lawful_branch_comes_in(server: Server, live: Registry) -> None:
    live.git("switch", "--quiet", "-c", "side")
    live.register("v2")
    live.git("switch", "--quiet", "main")
    write_notes(live)
    live.git("merge", "--quiet", "--no-ff", "-m", "v2", "side")
    assert server.push(live).code == 0
    server.is_sound()


def test_faults_that_are_there_already_stop_nobody(live: Registry, tmp_path: Path) -> None:
    bad = edit_alias(live)
    server = Server.holding(live, tmp_path / "server.git")
    live.rollback("production", "--to", "v1")
    live.register("v2")
    done = server.push(live)
    assert done.code == 0, done.err
    assert server.tip() == live.head
    assert bad not in done.err


def test_what_lies_outside_the_registry_is_not_judged(live: Registry, tmp_path: Path) -> None:
    """Not even where the registry's own history is broken."""
    edit_alias(live)
    server = Server.holding(live, tmp_path / "server.git")
    write_notes(live)
    assert server.push(live).code == 0


def test_a_registry_beside_ours_by_case_is_judged(server: Server, live: Registry) -> None:
    blob = live.blob(b"x")
    live.commit_entries(("100644", blob, "Registry/trust.yaml"))
    refused(server.push(live), "tree")


def test_other_branches_may_hold_anything_and_be_deleted(server: Server, live: Registry) -> None:
    edit_alias(live)
    assert server.push(live, "wip").code == 0
    assert server.push(live, "refs/tags/main").code == 0, "a tag of the branch's name is another reference"
    assert server.push(live, "wip", source="").code == 0
    server.is_sound()


def test_an_unlawful_update_takes_back_the_push_that_it_came_with(server: Server, live: Registry) -> None:
    edit_alias(live)
    command = ["push", server.url, "HEAD:refs/heads/main", "HEAD:refs/heads/other"]
    done = subprocess.run(["git", "-C", str(live.folder), *command], capture_output=True, check=False)
    assert done.returncode == 1
    assert server.tip("other") is None


def test_another_name_for_the_branch_is_the_branch(server: Server, live: Registry) -> None:
    tip = server.tip()
    server.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    edit_alias(live)
    refused(server.push(live, "alias"), "signature")
    assert server.tip() == tip


def test_a_branch_that_stands_for_another_is_judged_by_either_name(live: Registry, tmp_path: Path) -> None:
    server = Server.holding(live, tmp_path / "server.git")
    server.git("branch", "-m", "main", "trunk")
    server.git("symbolic-ref", "refs/heads/main", "refs/heads/trunk")
    edit_alias(live)
    refused(server.push(live, "trunk"), "signature")


def test_the_registry_may_be_on_another_branch(live: Registry, tmp_path: Path) -> None:
    server = Server.empty(live, tmp_path / "server.git")
    live.git("push", "--quiet", server.url, "HEAD:refs/heads/releases")
    server.install("--branch", "releases")
    edit_alias(live)
    assert server.push(live, "main").code == 0
    refused(server.push(live, "releases"), "signature")


# --- a branch that begins ---


@pytest.fixture
def fresh(live: Registry, tmp_path: Path) -> Server:
    return Server.empty(live, tmp_path / "fresh.git")


def test_a_new_branch_is_judged_whole(fresh: Server, live: Registry) -> None:
    bad = edit_alias(live)
    write_notes(live)
    fresh.install("--pin", live.pin)
    done = fresh.push(live)
    refused(done, "signature")
    assert bad[:12] in done.err


def test_without_a_pin_the_first_trust_is_taken_and_said(fresh: Server, live: Registry) -> None:
    fresh.install()
    done = fresh.push(live)
    assert done.code == 0
    assert (
        f"remote: registry: note: no pin is known for this registry; if its first trust record is {live.pin}"
        in done.err
    )


def by_option(server: Server, pin: str, patch: pytest.MonkeyPatch) -> None:
    server.install("--pin", pin)


def by_variable(server: Server, pin: str, patch: pytest.MonkeyPatch) -> None:
    server.install()
    patch.setenv("REGISTRY_PIN", pin)


def by_configuration(server: Server, pin: str, patch: pytest.MonkeyPatch) -> None:
    server.install()
    server.git("config", "registry.pin", pin)


@pytest.mark.parametrize("tell", [by_option, by_variable, by_configuration])
def test_the_first_trust_is_the_one_that_the_pin_names(
    tell: Callable[[Server, str, pytest.MonkeyPatch], None],
    fresh: Server,
    live: Registry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell(fresh, "sha256:" + "0" * 64, monkeypatch)
    refused(fresh.push(live), "pin")
    assert fresh.tip() is None
    tell(fresh, live.pin, monkeypatch)
    done = fresh.push(live)
    assert done.code == 0, done.err
    assert "remote:" not in done.err


def test_a_registry_that_begins_on_an_old_branch_is_held_to_the_pin(
    fresh: Server, live: Registry, tmp_path: Path
) -> None:
    """The branch is there, the registry is not: its first trust is as new as on a new branch."""
    tree = live.git("mktree", stdin=b"")
    start = live.git("commit-tree", "-m", "begin", tree)
    live.git("push", "--quiet", fresh.url, f"{start}:refs/heads/main")
    fresh.install("--pin", "sha256:" + "0" * 64)
    begun = live.git("commit-tree", "-p", start, "-m", "trust", "HEAD^{tree}")
    done = fresh.push(live, source=begun)
    assert "pin" in rules_told(done), done.err


def test_a_branch_without_a_registry_comes_in(fresh: Server, live: Registry) -> None:
    fresh.install("--pin", live.pin)
    tree = live.git("mktree", stdin=b"")
    assert fresh.push(live, source=live.git("commit-tree", "-m", "begin", tree)).code == 0


# --- what cannot be told ---


def test_a_server_whose_history_was_cut_off_refuses(live: Registry, tmp_path: Path) -> None:
    server = Server.holding(live, tmp_path / "server.git")
    cut = server.git("rev-parse", "main~1")
    (server.bare / "shallow").write_text(f"{cut}\n", "ascii")
    live.register("v2")
    done = server.push(live)
    assert done.code == 1  # git's own, whatever the hook ended with
    assert "cannot be told: this clone is shallow" in done.err


def test_the_hook_ends_with_5_when_objects_are_missing(live: Registry) -> None:
    done = hook(live, f"{'1' * 40} {live.head} refs/heads/main\n")
    assert done.returncode == 5
    assert b"which is not here" in done.stderr
    done = hook(live, f"{live.head} {'1' * 40} refs/heads/main\n")
    assert done.returncode == 5


@pytest.mark.parametrize("stream", ["gone", "closed", "full"])
def test_a_pusher_who_does_not_listen_is_refused_all_the_same(stream: str, live: Registry) -> None:
    """Whoever closes the other end of standard error must not turn a refusal into a crash, or into a pass."""
    old = live.head
    edit_alias(live)
    closing = "2>&-" if stream == "closed" else ""
    with stream_to_nobody(stream) as nobody:
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" -m gitregistry hook pre-receive {closing}', sys.executable],
            input=f"{old} {live.head} refs/heads/main\n".encode(),
            stdout=subprocess.DEVNULL,
            stderr=nobody,
            check=False,
            cwd=live.folder,
        )
    assert done.returncode == 1


def test_other_input_than_gits_is_refused(live: Registry) -> None:
    assert hook(live, "something else\n").returncode == 2
    assert hook(live, "main HEAD refs/heads/main\n").returncode == 2
    assert hook(live, "").returncode == 0


def hook(registry: Registry, text: str) -> subprocess.CompletedProcess[bytes]:
    """The verb as git calls it, in the repository."""
    command = [sys.executable, "-m", "gitregistry", "hook", "pre-receive"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=False, cwd=registry.folder)


# --- what a pusher reads ---


def test_hostile_names_stay_on_their_line_and_do_nothing_to_a_terminal(
    server: Server, live: Registry
) -> None:
    blob = live.blob(b"x")
    name = "registry/models/x\x1b[2J\nregistry: all is well\u202e.yaml"
    live.commit_entries(("100644", blob, name))
    done = server.push(live)
    refused(done, "tree")
    assert "\x1b[2J" not in done.err
    assert "\u202e" not in done.err
    assert not any(line.startswith("remote: registry: all is well") for line in done.err.splitlines())
    assert "\\x1b[2J\\x0aregistry: all is well\\u202e" in done.err
