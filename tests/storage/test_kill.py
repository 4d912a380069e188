"""Killed at any instant, the registry is before or after the step, and the next command works."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from gitregistry.storage.commits import BranchMoved
from gitregistry.storage.repository import Repository
from tests.storage.helpers import MAIN, commit, git, status

# Each commit changes two files that must never disagree.
WRITER = """
import signal
import sys
from pathlib import Path
from gitregistry.storage.repository import find_repository
from tests.storage.helpers import commit

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests deaf to it
repository = find_repository(Path(sys.argv[1]))
print("ready", flush=True)
number = int(sys.argv[2])
while True:
    number += 1
    text = b"%d\\n" % number
    commit(repository, {"registry/a.yaml": text, "registry/b.yaml": text}, str(number))
"""


def _kill_a_writer(top: Path, start: int, after: float, sign: signal.Signals) -> None:
    command = [sys.executable, "-c", WRITER, str(top), str(start)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(after)
        os.killpg(child.pid, sign)


def _commit(repository: Repository, turn: int) -> None:
    """As the next command would, again when the git of the one killed comes first."""
    while True:
        try:
            commit(repository, {"registry/turn": b"%d\n" % turn})
        except BranchMoved:
            continue
        return


def test_thirty_kills(plain: Repository) -> None:
    top = plain.work_tree
    assert top is not None
    chance = random.Random(20260427)
    commit(plain, {"registry/a.yaml": b"0\n", "registry/b.yaml": b"0\n", "notes": b"n"})
    (top / "notes").write_bytes(b"dirty\n")
    for turn in range(30):
        sign = signal.SIGINT if turn % 5 == 4 else signal.SIGKILL
        _kill_a_writer(top, turn * 1000, chance.uniform(0.0, 0.06), sign)
        _commit(plain, turn)
        a, b = (git(top, "show", f"{MAIN}:registry/{name}.yaml") for name in "ab")
        assert a == b
        assert status(top) == " M notes"
        assert (top / "registry" / "a.yaml").read_text() == f"{a}\n"
    git(top, "fsck", "--strict", "--no-dangling")
    assert (top / "notes").read_bytes() == b"dirty\n"
    assert not list(top.rglob("*.registry-new"))
