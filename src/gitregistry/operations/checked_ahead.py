"""The signatures of records that are about to be read, checked by another process meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gitregistry.operations.present import Present
from gitregistry.records import paths
from gitregistry.records.digests import namespace_of
from gitregistry.signing.ahead import WORTH_STARTING, Ahead
from gitregistry.signing.sshsig import Check, SignatureFault, check_of, read_signatures
from gitregistry.storage.registry_tree import RegistryTree


@contextmanager
def checked_ahead(present: Present, places: Sequence[str]) -> Iterator[None]:
    """Have the signatures of all that lies in some folders, and ever lay at some paths, checked meanwhile.

    It changes how long the reading takes and nothing else: of few records, or on one core, it does nothing.

    Args:
        places: folders, with all below them, and paths of records, in the order in which they will be asked
            for; their blobs were read ahead.
    """
    tree, cache = present.snapshot.tree, present.snapshot.cache
    checks = _checks(tree, places) if isinstance(tree, RegistryTree) and _cores() > 1 else []
    if len(checks) < WORTH_STARTING:
        yield
        return
    before = cache.require
    with Ahead(checks) as ahead:
        cache.require = ahead.require
        try:
            yield
        finally:
            cache.require = before


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _checks(tree: RegistryTree, places: Sequence[str]) -> list[Check]:
    return [
        check
        for place in places
        for path, record, signature in tree.signed_at(place)
        for check in _asked(tree, path, record, signature)
    ]


def _asked(tree: RegistryTree, path: str, record: str, signature: str) -> Iterator[Check]:
    """What will be asked when a record is opened; nothing where that is refused before."""
    location, data, text = paths.locate(path), tree.blob(record), tree.blob(signature)
    if location is None or data is None or text is None:
        return
    try:
        for one in read_signatures(text):
            yield check_of(one, data, namespace_of(location.kind))
    except SignatureFault:  # whoever opens the record says so
        return
