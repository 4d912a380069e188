"""Keeping what was seen of a registry: never backwards, and nothing lost when two processes do so at once."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.storage.seen import Seen, read_seen, seen_file, seen_folder, seen_text


def remember(environment: Mapping[str, str], pin: str, seen: Seen, follows: Callable[[str], bool]) -> None:
    """Keep what was seen of a branch, unless somebody meanwhile saw what it does not follow.

    Args:
        follows: whether ``seen.head`` leads back to an older head, which may not be in this clone at all.

    Raises:
        BadInput: it cannot be kept, or what is kept cannot be read.
    """
    path = seen_file(environment, pin, seen.branch)
    try:
        with _locked(path.parent):
            before = read_seen(environment, pin, seen.branch)
            if before is None or (before.head != seen.head and follows(before.head)):
                temporary = path.with_suffix(".new")
                temporary.write_text(seen_text(pin, seen), "utf-8")
                temporary.replace(path)
    except OSError as error:
        raise BadInput(
            f"what was seen cannot be kept: {error.strerror}",
            path=str(path),
            hint="set XDG_STATE_HOME to a folder that can be written",
        ) from None


def forget(environment: Mapping[str, str], pin: str) -> int:
    """Forget all that was seen of a registry, damaged or not; the number of branches that were known.

    Raises:
        BadInput: the files cannot be removed.
    """
    folder = seen_folder(environment, pin)
    if not folder.is_dir():
        return 0
    try:
        with _locked(folder):
            files = list(folder.glob("*.json"))
            for file in files:
                file.unlink()
    except OSError as error:
        raise BadInput(f"cannot forget what was seen: {error.strerror}", path=str(folder)) from None
    return len(files)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder alone. The lock ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
