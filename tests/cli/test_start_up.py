"""Start-up time is a feature: what hot commands may load is held here, and in one glance."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.registry import Registry

HEAVY = {"pydantic", "git", "rich", "fsspec", "s3fs", "botocore", "aiohttp", "requests", "sklearn"}
NO_PYTHON_HEAVY = {"asyncio", "importlib.metadata", "http", "email", "unittest", "xml", "sqlite3"}
PROBE = """
import atexit, json, os, sys

def tell():
    names = sorted(sys.modules)
    os.write(int(sys.argv[1]), json.dumps(names).encode())

atexit.register(tell)
from gitregistry.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


def loaded(registry: Registry, *arguments: str) -> set[str]:
    """Every module, and every package above one, that a command loads as a process of its own."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        done = subprocess.run(
            [sys.executable, "-c", PROBE, str(writing), "-C", str(registry.folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=os.environ | {"REGISTRY_KEY": str(registry.keys["alice"])},
            pass_fds=[writing],
        )
        os.close(writing)
        names = json.loads(pipe.read())
    assert done.returncode == 0, done.stderr.decode()
    return {
        ".".join(parts[:end])
        for parts in (name.split(".") for name in names)
        for end in range(1, len(parts) + 1)
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("resolve", "churn@production"),
        ("resolve", "churn@production", "--json"),
        ("resolve", "churn:v1"),
        ("--help",),
    ],
    ids=" ".join,
)
def test_the_hottest_commands(arguments: tuple[str, ...], live: Registry) -> None:
    assert loaded(live, *arguments) & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "churn:v1", "--to", "production", "--json"),
        ("promote", "churn:v1", "--to", "production"),
        ("rollback", "churn", "--in", "production", "--to", "v1", "--reason", "x"),
        ("attest", "churn:v1", "offline_eval_passed", "--passed"),
        ("status",),
        ("why", "churn@production"),
        ("verify",),
        ("verify", "--merge", "HEAD~1", "HEAD"),
        ("hook", "pre-receive"),
    ],
    ids=" ".join,
)
def test_daily_commands(arguments: tuple[str, ...], live: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PIN", live.pin)
    if arguments[0] == "rollback":
        live.register("v2")
        live.to_production("v2")
    assert loaded(live, *arguments) & HEAVY == set()


def test_resolve_loads_none_of_pythons_own_giants(live: Registry) -> None:
    assert loaded(live, "resolve", "churn@production", "--json") & NO_PYTHON_HEAVY == set()


def test_only_a_push_pays_for_gitpython_and_only_an_address_for_fsspec(live: Registry) -> None:
    promote = loaded(live, "promote", "churn:v1", "--to", "staging")
    assert "gitregistry.storage.remotes" not in promote
    assert "gitregistry.storage.remote_artifacts" not in promote
