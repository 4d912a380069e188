"""What tests of ``advance`` have in common."""

from __future__ import annotations

from typing import Any

from tests.support.registry import TO_STAGING, Registry

AUTOMATIC = {name: (f"  to_{name}:\n", f"  to_{name}:\n    automatic: true\n") for name in
             ("staging", "canary", "production")}  # fmt: skip


def attest_all(registry: Registry, version: str, checks: Any, model: str = "churn") -> None:
    for check in checks:
        metric = checks[check] if isinstance(checks, dict) else None
        registry.attest(version, check, *(("--metric", metric) if metric else ()), model=model)


def ready(registry: Registry, version: str, model: str = "churn") -> None:
    registry.register(version, model=model)
    attest_all(registry, version, TO_STAGING, model)


def advance(registry: Registry, *options: str, key: str = "ci", expect: int = 0) -> dict[str, Any]:
    return registry.json("advance", *options, key=key, expect=expect)


def states(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (f"{one['model_name']}:{one['version']}", one["environment"], one["state"])
        for one in document["promotions"]
    ]


def live(registry: Registry, environment: str, model: str = "churn") -> str | None:
    done = registry.run("resolve", f"{model}@{environment}", "--json", expect=None)
    return str(done.json["version"]) if done.code == 0 else None


def stops(registry: Registry, *expected: tuple[str, str, str]) -> None:
    """Nothing moves, these are reported, and it is no fault."""
    state = registry.state()
    document = advance(registry)
    assert (document["decision"], states(document)) == ("nothing", list(expected))
    assert registry.state() == state
