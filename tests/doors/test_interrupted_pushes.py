"""A push that is killed on its way in leaves no harm: the next lawful one passes, and all is sound."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.doors.steps import edit_alias
from tests.support.doors import Server, rules_told
from tests.support.registry import Registry


def start(server: Server, registry: Registry) -> subprocess.Popen[bytes]:
    """A push in a process group of its own: over file:// everything on both sides is in it."""
    command = ["git", "-C", str(registry.folder), "push", server.url, "HEAD:refs/heads/main"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    )


def find(group: int, word: str) -> int | None:
    """The process of a group whose command line holds a word."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and word in (folder / "cmdline").read_bytes().decode(errors="replace"):
                return int(folder.name)
    return None


def kill_when_seen(push: subprocess.Popen[bytes], word: str) -> None:
    """Kill one process of a push as soon as it is there."""
    while push.poll() is None:
        found = find(push.pid, word)
        if found is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found, signal.SIGKILL)
            break
        time.sleep(0.002)
    push.communicate(timeout=60)


def still_takes_lawful_pushes_alone(server: Server, registry: Registry, tip: str) -> None:
    """After whatever happened: unlawful steps refused, lawful ones taken, every object and step sound."""
    assert server.tip() in (tip, registry.head)
    server.is_sound()
    done = server.push(registry)
    assert done.code == 0, done.err
    assert server.tip() == registry.head
    edit_alias(registry)
    assert rules_told(server.push(registry)) == {"signature"}
    server.is_sound()


@pytest.mark.parametrize("word", ["hook pre-receive", "receive-pack", "cat-file", "unpack-objects"])
def test_a_process_that_is_killed_on_the_server(word: str, server: Server, live: Registry) -> None:
    tip = live.head
    live.register("v2")
    kill_when_seen(start(server, live), word)
    still_takes_lawful_pushes_alone(server, live, tip)


def test_everything_is_killed_at_any_moment(server: Server, live: Registry) -> None:
    tip = live.head
    live.register("v2")
    begun = time.monotonic()
    start(server, live).communicate(timeout=60)
    whole = time.monotonic() - begun
    server.git("update-ref", "refs/heads/main", tip)
    for part in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
        push = start(server, live)
        time.sleep(whole * part)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(push.pid, signal.SIGKILL)
        push.communicate(timeout=60)
        assert server.tip() in (tip, live.head)
        server.git("fsck", "--strict", "--no-dangling")
    still_takes_lawful_pushes_alone(server, live, tip)


def test_the_hook_is_killed_and_the_push_is_refused(server: Server, live: Registry) -> None:
    """What the hook did not say yes to does not come in."""
    tip = live.head
    hook = server.bare / "hooks" / "pre-receive"
    whole = hook.read_text("utf-8")
    hook.write_text("#!/bin/sh\nkill -9 $$\n", "utf-8")
    live.register("v2")
    assert server.push(live).code == 1
    assert server.tip() == tip
    hook.write_text(whole, "utf-8")
    still_takes_lawful_pushes_alone(server, live, tip)
