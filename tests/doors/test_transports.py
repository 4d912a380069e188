"""The hook behind each way to a server: over file://, over ssh, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doors.steps import edit_alias, write_notes
from tests.robustness.processes import clone
from tests.support.doors import Server, rules_told
from tests.support.registry import Registry
from tests.support.transports import Way


@pytest.fixture
def reached(
    server: Server, live: Registry, way: Way, monkeypatch: pytest.MonkeyPatch
) -> tuple[Server, Registry, str]:
    """The server, a clone made over that way, and the server's address."""
    for name, value in way.environment.items():
        monkeypatch.setenv(name, value)
    server.git("config", "http.receivepack", "true")
    url = way.url(server.bare)
    live.git("clone", "--quiet", url, str(server.bare.parent / "clone"))
    return server, Registry(server.bare.parent / "clone", live.pin, live.keys), url


def test_an_unlawful_push_is_refused_and_the_pusher_reads_why(reached: tuple[Server, Registry, str]) -> None:
    server, mine, url = reached
    before = server.tip()
    bad = edit_alias(mine)
    done = server.push(mine, url=url)
    assert done.code == 1
    assert f"remote: [signature] {bad[:12]} {mine.alias()}" in done.err
    assert "remote:   mend: registry rollback churn --in production" in done.err
    assert "pre-receive hook declined" in done.err
    assert server.tip() == before
    server.is_sound()


def test_a_lawful_push_passes_in_silence(reached: tuple[Server, Registry, str]) -> None:
    server, mine, url = reached
    mine.register("v2")
    done = server.push(mine, url=url)
    assert done.code == 0, done.err
    assert "remote:" not in done.err
    assert server.tip() == mine.head
    server.is_sound()


def test_other_branches_and_folders_are_left_alone(reached: tuple[Server, Registry, str]) -> None:
    server, mine, url = reached
    notes = write_notes(mine)
    assert server.push(mine, url=url).code == 0
    assert server.tip() == notes
    bad = edit_alias(mine)
    done = server.push(mine, "wip", url=url)
    assert done.code == 0, done.err
    assert server.tip("wip") == bad
    server.is_sound()


def test_a_promotion_pushes_itself(reached: tuple[Server, Registry, str], tmp_path: Path) -> None:
    server, mine, _ = reached
    commit = mine.promote("v1", "staging", "--push")
    assert server.tip() == commit
    edit_alias(mine)
    attested = ("attest", "churn:v1", "offline_eval_passed", "--passed", "--push")
    done = mine.run(*attested, key="ci", expect=1)
    assert "the push was refused" in done.err
    assert "[signature]" in done.err
    assert server.tip() == commit
    fresh = clone(mine, server.bare, tmp_path / "fresh")
    fresh.passes()


def test_a_copy_of_it_is_judged_in_quarantine(reached: tuple[Server, Registry, str]) -> None:
    server, mine, url = reached
    passed = mine.json("verify", "--quarantine", url, "--pin", mine.pin, key=None)
    assert (passed["verdict"], passed["head"]) == ("pass", server.tip())
    bad = edit_alias(mine)
    server.push(mine, "wip", url=url)
    failed = mine.json(
        "verify", "--quarantine", url, "--branch", "wip", "--pin", mine.pin, key=None, expect=1
    )
    assert {(found["rule"], found["commit"]) for found in failed["findings"]} == {("signature", bad)}
    assert rules_told(server.push(mine, url=url)) == {"signature"}
