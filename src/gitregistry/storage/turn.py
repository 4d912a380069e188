"""Taking turns in one clone: its writers judge and commit one after the other, and none works in vain.

The lock orders, and decides nothing: that a branch moves only from the commit that was judged is up to
``move_branch``. So whoever cannot have the lock, or has waited too long for somebody who sleeps on it, goes
ahead without. The kernel takes it away from a process that ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gitregistry.storage.repository import Repository

_PATIENCE = 60.0


@contextmanager
def local_turn(repository: Repository) -> Iterator[None]:
    """Wait for the other writers of this clone, a minute at most."""
    # The lock is on the folder itself: a command that comes to nothing leaves no file behind.
    lock = os.open(repository.common_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    waited = _wait(lock)
    try:
        yield
    finally:
        if waited:
            os.close(lock)


def _wait(lock: int) -> bool:
    """Wait for the lock; whether it is ours to close."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # The kernel lets waiters in one by one, roughly as they came, which asking again and again would not.
        # A wait that can be given up needs a thread; one that waits too long keeps the lock when it comes.
        waiting = threading.Thread(target=_take, args=(lock,), daemon=True)
        waiting.start()
        waiting.join(_PATIENCE)
        return not waiting.is_alive()
    except OSError:  # a file system that knows no locks
        return True
    return True


def _take(lock: int) -> None:
    with suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX)
