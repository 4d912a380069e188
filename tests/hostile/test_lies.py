"""Attack 30: a store that lies about history. It is seen through, or it cannot be told; it never passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hostile import LIES, footprint, hidden_step
from tests.support.registry import Registry


@pytest.mark.parametrize("name", LIES)
def test_a_hidden_step_is_found_or_cannot_be_told(two: Registry, tmp_path: Path, name: str) -> None:
    child, hidden = hidden_step(two)
    assert two.verify()["verdict"] == "fail"
    LIES[name].tell(two, child, hidden)
    before = footprint(tmp_path, [two.folder / ".git" / "gitregistry"])
    code = two.run("verify", "--pin", two.pin, key=None, expect=None).code
    assert {0: "pass", 1: "fail", 5: "unknown"}[code] in LIES[name].verdicts
    assert footprint(tmp_path, [two.folder / ".git" / "gitregistry"]) == before
