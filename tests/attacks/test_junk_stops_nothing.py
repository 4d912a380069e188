"""What nobody in trust ever signed says nothing; what may have been a no refuses when it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gitregistry.records import paths
from tests.support.forging import made_evidence
from tests.support.registry import MODEL, Registry

CHECK = "offline_eval_passed"
JUNK = f"{paths.evidence_folder(MODEL, 'v1')}/{CHECK}-000000000000.yaml"
NO = f"{paths.approvals_folder(MODEL, 'v1')}/production-bob@example.com-000000000000.yaml"


def unsigned(registry: Registry, path: str) -> None:
    registry.write(path, b"kind: evidence\n")


def signed_by_nobody(registry: Registry, path: str) -> None:
    registry.forge_bytes(path, b"kind: evidence\n", "mallory", namespace=namespace_at(path))


def badly_signed(registry: Registry, path: str) -> None:
    registry.forge_bytes(path, b"kind: evidence\n", "ci", namespace="gitregistry.release.v1")


def too_long(registry: Registry, path: str) -> None:
    registry.write(path, b"#" * ((1 << 20) + 1))


def a_link(registry: Registry, path: str) -> None:
    place = registry.folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to("elsewhere")


def namespace_at(path: str) -> str:
    return f"gitregistry.{'evidence' if '/evidence/' in path else 'approval'}.v1"


def refused(registry: Registry) -> dict[str, Any]:
    """The one requirement for which v1 does not go to staging."""
    document = registry.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in document["requirements"] if not item["met"]]
    found: dict[str, Any] = unmet
    return found


@pytest.mark.parametrize(
    "junk", [unsigned, signed_by_nobody, badly_signed, too_long, a_link], ids=lambda f: f.__name__
)
def test_junk_is_a_finding_and_stops_no_promotion(
    approved: Registry, junk: Callable[[Registry, str], None]
) -> None:
    for path in (JUNK.replace(CHECK, "canary_error_rate_under_1_percent"), NO):
        junk(approved, path)
    brought = approved.commit_all()
    promoted = approved.promote("v1", "production")
    assert promoted == approved.head
    for command in ((), ("--anew",)):
        findings = approved.json("verify", "--pin", approved.pin, *command, expect=1)["findings"]
        assert {finding["commit"] for finding in findings} == {brought}


def test_what_somebody_in_trust_signed_and_nobody_can_read_refuses(registered: Registry) -> None:
    """It may be of a newer version of this program, and say no."""
    registered.pass_staging("v1")
    registered.forge_bytes(JUNK, b"kind: evidence\nfrom: the future\n", "ci", namespace=namespace_at(JUNK))
    brought = registered.commit_all()
    unmet = refused(registered)
    assert unmet["reason"].startswith(f"{JUNK} cannot be used")
    assert unmet["hint"].startswith(f"git rebase --onto {brought}^ {brought}   (")


@pytest.mark.parametrize("spoil", [unsigned, signed_by_nobody, badly_signed, too_long])
def test_a_failure_that_was_made_unreadable_still_refuses(
    registered: Registry, spoil: Callable[[Registry, str], None]
) -> None:
    registered.pass_staging("v1")
    path, record = made_evidence(registered, "v1", CHECK, result="failed")
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.passes()
    spoil(registered, path)
    spoiled = registered.commit_all()
    unmet = refused(registered)
    assert unmet["hint"].startswith(f"git rebase --onto {spoiled}^ {spoiled}")
    registered.git("rebase", "--quiet", "--onto", f"{spoiled}^", spoiled, "main")
    assert "result is failed" in refused(registered)["reason"]


def test_a_failure_that_is_made_unreadable_twice_still_refuses(registered: Registry) -> None:
    registered.pass_staging("v1")
    path, record = made_evidence(registered, "v1", CHECK, result="failed")
    registered.forge(path, record, "ci")
    registered.commit_all()
    for junk in (signed_by_nobody, unsigned):
        junk(registered, path)
        registered.commit_all()
    assert "cannot be used" in refused(registered)["reason"]


def test_junk_among_the_emergencies_obliges_nobody(registered: Registry) -> None:
    registered.pass_staging("v1")
    registered.write(paths.emergency(MODEL, "staging", 1), b"kind: alias\n")
    registered.commit_all()
    registered.promote("v1", "staging")
