"""A registry whose policy names commands, and programs to run: small scripts in a folder of their own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitregistry.records.evidence import Evidence
from tests.support.registry import Registry, Result

EVIDENCE = "offline_eval_passed"
MEASURED = "latency_p95_under_60ms"


@dataclass(frozen=True)
class Checked:
    """A registry in which ``churn:v1`` is checked by scripts in ``scripts``."""

    registry: Registry
    scripts: Path

    def policy(self, check: str, *command: str, timeout: str | None = None) -> None:
        """Put a policy in force that names a command for a check."""
        lines = f"  {check}:\n    run: {json.dumps([*command])}\n"
        lines += f"    timeout: {timeout}\n" if timeout else ""
        self.registry.change_policy(f"  {check}:\n", lines)

    def require_nothing_built_in(self) -> None:
        """Let staging require the offline evaluation alone."""
        for check in (
            "artifact_signature_verified",
            "schema_compatibility_passed",
            "security_scan_passed",
        ):
            self.registry.change_policy(f"      - {check}\n", "")

    def script(self, text: str, check: str = EVIDENCE, timeout: str | None = None) -> None:
        """Let a check be made by a Python script."""
        (self.scripts / "check.py").write_text(text, "utf-8")
        self.policy(check, sys.executable, "check.py", timeout=timeout)

    def check(self, *arguments: str, expect: int | None = 0) -> Result:
        """``registry check churn:v1 …`` by CI, from the folder with the scripts."""
        place = ("--directory", str(self.scripts))
        return self.registry.run("check", "churn:v1", *arguments, *place, key="ci", expect=expect)

    def refuses(self, *arguments: str, expect: int = 1) -> Result:
        """The same, which must write nothing."""
        place = ("--directory", str(self.scripts))
        return self.registry.refuses("check", "churn:v1", *arguments, *place, key="ci", expect=expect)

    def evidence(self, check: str = EVIDENCE) -> Evidence:
        return self.registry.record(Evidence, self.registry.evidence("v1", check))

    @property
    def ran(self) -> bool:
        """Whether a script left its mark."""
        return (self.scripts / "ran").exists()


@pytest.fixture
def checked(registered: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    monkeypatch.setenv("REGISTRY_PIN", registered.pin)
    return Checked(registered, scripts)
