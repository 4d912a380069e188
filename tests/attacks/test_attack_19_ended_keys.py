"""Attack 19: a key that was revoked signs on, with whatever date it likes."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from gitregistry.records.trust import Trust
from tests.support.forging import made_evidence
from tests.support.registry import Registry


@pytest.mark.parametrize("dated", ["now", "before it was revoked"])
def test_what_a_revoked_key_signs_later_in_history_is_found(registered: Registry, dated: str) -> None:
    registered.run("trust", "revoke", "ci", "--reason", "the runner was broken into")
    path, record = made_evidence(registered, "v1", "offline_eval_passed")
    if dated == "now":
        trust = registered.record(Trust, paths.TRUST)
        path, record = made_evidence(registered, "v1", "offline_eval_passed", created_at=trust.created_at)
    registered.refuses("attest", "churn:v1", "security_scan_passed", "--passed", key="ci")
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.finds("key", path, message="was revoked: the runner was broken into")
