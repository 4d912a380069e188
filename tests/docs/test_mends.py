"""What the pages say of taking a step out: the hint, run as it stands, leaves a lawful history."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from tests.support.registry import Registry

MANIFEST = "registry/models/churn/releases/v1/manifest.yaml"


def remove(registry: Registry) -> None:
    registry.git("rm", "--quiet", MANIFEST, f"{MANIFEST}.sig")
    registry.git("commit", "--quiet", "--message", "a release removed")


def alter(registry: Registry) -> None:
    file = registry.folder / MANIFEST
    file.write_bytes(file.read_bytes() + b"license: MIT\n")
    registry.git("commit", "--quiet", "--all", "--message", "a release altered")


@pytest.mark.parametrize(("attack", "rule"), [(remove, "missing"), (alter, "immutable")])
def test_taking_the_step_out_keeps_what_came_after_and_is_lawful(
    attack: Callable[[Registry], None], rule: str, registered: Registry
) -> None:
    attack(registered)
    registered.register("v2")
    found = registered.json("verify", "--pin", registered.pin, expect=1)["findings"]
    hint = next(finding["hint"] for finding in found if finding["rule"] == rule)
    program, *arguments = shlex.split(hint)
    assert program == "git"
    registered.git(*arguments)
    verdict = registered.json("verify", "--pin", registered.pin)
    assert verdict["verdict"] == "pass"
    versions = [release["version"] for release in registered.json("list")["releases"]]
    assert versions == ["v1", "v2"]
