"""Taking turns at a remote: tickets are given back, the dead are passed over, and a server need not help."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from gitregistry.operations import pushing, tickets
from gitregistry.operations.tickets import FOLDER
from gitregistry.storage import turn
from tests.robustness.processes import Shared
from tests.support.registry import Registry

STAGING = ("promote", "churn:v2", "--to", "staging", "--push")
DEAD = FOLDER + "000001-001-abcdefabcdef"


def queue(shared: Shared) -> list[str]:
    """The tickets at the remote."""
    return shared.hers.git("ls-remote", "origin", "refs/gitregistry/*").split()[1::2]


def let_him_in(shared: Shared, tmp_path: Path) -> None:
    """While hers is on its way in, his step lands first: once."""
    once = tmp_path / "once"
    shared.hook(
        "pre-receive",
        f"if mkdir {once} 2>/dev/null; then unset GIT_QUARANTINE_PATH; "
        f"env -u GIT_DIR -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES "
        f"git -C {shared.his.folder} push --quiet origin main || exit 1; fi",
    )


def pushes(shared: Shared) -> list[str]:
    """What was pushed since ``count_pushes``: the references of each push on one line."""
    log = shared.bare / "pushes"
    return log.read_text("utf-8").splitlines() if log.exists() else []


def count_pushes(shared: Shared) -> None:
    shared.hook(
        "post-receive", 'cut -d" " -f3 | tr "\\n" " " >> "$GIT_DIR/pushes"; echo >> "$GIT_DIR/pushes"'
    )


def test_alone_it_is_one_push_and_no_ticket(shared: Shared) -> None:
    count_pushes(shared)
    done = shared.hers.json(*STAGING)
    assert done["attempts"] == 1
    assert pushes(shared) == ["refs/heads/main "]


def test_who_lost_a_race_takes_a_ticket_and_gives_it_back_with_the_step(
    shared: Shared, tmp_path: Path
) -> None:
    shared.his.promote("v1", "production")
    let_him_in(shared, tmp_path)
    count_pushes(shared)
    done = shared.hers.run(*STAGING)
    assert "done (judged 2 times: others were faster)" in done.out
    his, ticket, hers = pushes(shared)
    assert his == "refs/heads/main "
    assert ticket.startswith(FOLDER)
    assert sorted(hers.split()) == sorted(["refs/heads/main", ticket.strip()])
    assert queue(shared) == []
    assert shared.hers.passes()


def test_a_refusal_gives_the_ticket_back(shared: Shared, tmp_path: Path) -> None:
    shared.his.run("retire", "churn:v2", "--withdraw", "--reason", "leaks data")
    let_him_in(shared, tmp_path)
    done = shared.hers.run(*STAGING, expect=1)
    assert "withdrawn" in done.out
    assert queue(shared) == []


def test_a_ticket_of_the_dead_is_passed_over_and_cleared_away(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "_LEAST", 0.2)
    shared.hers.git("push", "--quiet", "origin", f"HEAD:{DEAD}")
    done = shared.hers.run(*STAGING)
    assert "waiting for one other writer at the remote" in done.err
    assert "judged" not in done.out
    assert queue(shared) == []


def test_junk_beside_the_tickets_delays_nobody(shared: Shared) -> None:
    for name in ("zzz", "000001-001-abcdefabcdef/deeper", "999999-999-XYZ"):
        shared.hers.git("push", "--quiet", "origin", f"HEAD:{FOLDER}{name}")
    count_pushes(shared)
    shared.hers.run(*STAGING)
    assert pushes(shared) == ["refs/heads/main "]


def test_a_queue_that_never_moves_is_not_waited_for_for_ever(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_LONGEST_WAIT", 0.3)
    shared.hers.git("push", "--quiet", "origin", f"HEAD:{DEAD}")
    done = shared.hers.json(*STAGING)
    assert done["attempts"] == 1
    assert queue(shared) == [DEAD]


def test_a_server_that_takes_branches_only(shared: Shared, tmp_path: Path) -> None:
    shared.his.promote("v1", "production")
    let_him_in(shared, tmp_path)
    shared.hook("update", 'case "$1" in refs/heads/*) ;; *) echo "branches only" >&2; exit 1;; esac')
    done = shared.hers.json(*STAGING)
    assert done["attempts"] == 2
    assert queue(shared) == []


def test_a_server_that_cannot_do_two_things_at_once(shared: Shared, tmp_path: Path) -> None:
    shared.his.promote("v1", "production")
    let_him_in(shared, tmp_path)
    shared.hers.git("-C", str(shared.bare), "config", "receive.advertiseAtomic", "false")
    done = shared.hers.json(*STAGING)
    assert done["attempts"] == 2
    assert queue(shared) == []


def test_a_step_that_is_only_tried_asks_nobody(shared: Shared) -> None:
    shared.hers.git("push", "--quiet", "origin", f"HEAD:{DEAD}")
    count_pushes(shared)
    done = shared.hers.json(*STAGING, "--dry-run")
    assert done["commit"] is None
    assert pushes(shared) == []


def test_a_lock_that_a_killed_fetch_left_stops_nobody(shared: Shared) -> None:
    theirs = shared.his.promote("v1", "production", "--push")
    lock = shared.hers.folder / ".git/refs/remotes/origin/main.lock"
    lock.touch()
    mine = shared.hers.promote("v2", "staging", "--push")
    assert shared.hers.git("rev-parse", f"{mine}~1") == theirs
    assert shared.tip() == mine


def test_a_writer_that_sleeps_on_the_local_lock_is_not_waited_for_for_ever(
    approved: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "_PATIENCE", 0.2)
    lock = os.open(approved.folder / ".git", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        approved.promote("v1", "production")
    finally:
        os.close(lock)
    assert approved.passes()
