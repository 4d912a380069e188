"""A guard that pushes: it looks at the remote's registry, what that does not take it tries again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitregistry.cli.guard import exit_code
from gitregistry.operations.guard import Post, Round
from gitregistry.operations.pushing import PushRemote
from gitregistry.views.guard import round_view
from tests.guard.scripted import Script, post, rounds
from tests.support.registry import Registry


@pytest.fixture
def bare(watched: Registry, tmp_path: Path) -> Path:
    """A bare repository that the registry's branch is pushed to and follows."""
    folder = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(watched.folder), str(folder)], check=True)
    watched.git("remote", "add", "origin", str(folder))
    watched.git("push", "--quiet", "--set-upstream", "origin", "main")
    return folder


def pushing(registry: Registry, source: Script) -> Post:
    return post(registry, source)._replace(remote=PushRemote)


def there(bare: Path) -> str:
    done = subprocess.run(["git", "-C", str(bare), "rev-parse", "main"], capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_it_goes_back_at_the_remote(watched: Registry, bare: Path) -> None:
    assert rounds(pushing(watched, Script("0.25")))[-1].outcome == "rolled back"
    assert there(bare) == watched.head
    watched.passes()


def test_what_moved_at_the_remote_ends_it(watched: Registry, bare: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(bare), str(tmp_path / "other")], check=True)
    other = Registry(tmp_path / "other", watched.pin, watched.keys)

    def promote(_done: object) -> None:
        if there(bare) == head:
            other.promote("v1", "canary", "--push")

    head = there(bare)
    found = rounds(pushing(watched, Script("0.001", "0.25")), between=promote)
    assert [done.outcome for done in found] == ["watching", "moved on"]
    assert there(bare) == other.head


def test_a_step_that_the_remote_refuses_is_tried_again(watched: Registry, bare: Path) -> None:
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho closed; exit 1\n", "utf-8")
    hook.chmod(0o755)
    head = there(bare)

    def reopen(done: object) -> None:
        outcomes.append(done)
        if len(outcomes) == 2:
            hook.unlink()

    outcomes: list[object] = []
    found = rounds(pushing(watched, Script("0.25", "0.001")), between=reopen)
    assert [done.outcome for done in found] == ["trying again", "trying again", "rolled back"]
    assert found[0].problem is not None
    assert there(bare) == watched.head != head
    watched.passes()


def test_one_look_says_that_the_step_was_not_made(watched: Registry, bare: Path) -> None:
    bare.rename(bare.with_name("away"))
    (done,) = rounds(pushing(watched, Script("0.25"))._replace(once=True))
    assert (done.outcome, exit_code(done)) == ("trying again", 1)
    assert "could not be made yet" in "".join(str(block) for block in round_view(done).blocks)
    bare.with_name("away").rename(bare)
    assert rounds(pushing(watched, Script("0.001"))._replace(once=True))[-1].outcome == "rolled back"


def test_while_its_evidence_cannot_be_pushed_it_watches_on(watched: Registry, bare: Path) -> None:
    away = bare.with_name("away")
    bare.rename(away)

    def back(done: Round) -> None:
        if done.watch.rounds == 5:
            away.rename(bare)

    found = rounds(pushing(watched, Script("0.001")), between=back)
    assert [done.outcome for done in found] == ["watching"] * 5 + ["passed"]
    assert there(bare) == watched.head


def test_a_remote_that_is_away_is_said_and_the_look_goes_on(watched: Registry, bare: Path) -> None:
    away = bare.with_name("away")
    bare.rename(away)

    def back(done: object) -> None:
        if away.exists():
            away.rename(bare)

    found = rounds(pushing(watched, Script("0.001", "0.25")), between=back)
    assert [done.outcome for done in found] == ["watching", "rolled back"]
    assert found[0].problem is not None
    assert found[1].problem is None
