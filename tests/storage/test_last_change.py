"""When a folder last changed, near and far from where the search begins."""

from __future__ import annotations

import pytest

from gitregistry.storage.last_change import last_change
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository
from tests.storage.helpers import commit


@pytest.mark.parametrize("others", [0, 3, 40])
def test_commits_that_leave_the_folder_alone_are_passed_over(
    plain: Repository, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1000 +0000")
    commit(plain, {"other": b"0"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@2000 +0000")
    tip, _ = commit(plain, {"registry/a.yaml": b"1"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@3000 +0000")
    for number in range(others):
        tip, _ = commit(plain, {"other": b"%d" % (number + 1)})
    with Objects(plain) as objects:
        assert last_change(objects, tip, "registry") == 2_000
        assert last_change(objects, tip, "nowhere") is None
