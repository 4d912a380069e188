"""References that stand for others: who moves one moves the other."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.storage import git
from gitregistry.storage.repository import Repository

# More names than this on one command line might not fit; then git is asked for all there are.
_MOST_NAMES = 500


def targets(repository: Repository, refs: Sequence[str]) -> dict[str, str]:
    """For each full reference name the one that it stands for in the end: mostly itself."""
    patterns = refs if len(refs) <= _MOST_NAMES else ()
    found = git.read(repository.git_dir, "for-each-ref", "--format=%(refname)%00%(symref)", *patterns)
    symbolic: dict[str, str] = {}
    for line in found.decode("utf-8", "surrogateescape").split("\n"):
        name, _, target = line.partition("\0")
        if target:
            symbolic[name] = target
    return {ref: symbolic.get(ref, ref) for ref in refs}
