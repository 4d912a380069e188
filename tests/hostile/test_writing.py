"""Attack 37 on the write path: promote, rollback and push in a prepared clone run nothing that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hostile import HOOKS, TRAPS, Trap, configure
from tests.support.registry import Registry


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "trap")


def write_everything(registry: Registry) -> None:
    """A rollback, evidence and a promotion, by the commands that an honest user types."""
    registry.rollback()
    registry.attest("v2", "security_scan_passed")
    registry.come_back("v2")


@pytest.mark.parametrize("name", TRAPS)
def test_no_trap_runs_while_the_registry_writes(two: Registry, trap: Trap, name: str) -> None:
    TRAPS[name](two, trap)
    two.rollback()
    assert trap.ran == []
    two.passes()


def test_all_traps_at_once_stop_no_writing_verb(two: Registry, trap: Trap) -> None:
    for prepare in TRAPS.values():
        prepare(two, trap)
    write_everything(two)
    assert trap.ran == []
    two.passes()
    assert two.json("resolve", "churn@production")["version"] == "v2"


@pytest.fixture
def server(two: Registry, tmp_path: Path) -> Path:
    """A bare repository that holds the registry and is its ``origin``."""
    folder = tmp_path / "server.git"
    two.git("clone", "--quiet", "--bare", str(two.folder), str(folder))
    two.git("remote", "add", "origin", str(folder))
    return folder


# Housekeeping after a fetch is git's own business; a promisor and aliases concern no push.
PUSHED = [name for name in TRAPS if name not in ("transport programs", "housekeeping")]


@pytest.mark.parametrize("name", PUSHED)
def test_no_trap_runs_while_the_registry_pushes(two: Registry, trap: Trap, server: Path, name: str) -> None:
    TRAPS[name](two, trap)
    commit = two.rollback("production", "--push")
    assert trap.ran == []
    assert two.git("--git-dir", str(server), "rev-parse", "refs/heads/main") == commit


def test_an_address_that_is_a_command_is_not_run(two: Registry, trap: Trap, server: Path) -> None:
    configure(two, [("protocol.ext.allow", "always")])
    two.git("remote", "set-url", "origin", f"ext::{trap.executable('ext')} %S")
    before = two.head
    arguments = ("rollback", "churn", "--in", "production", "--reason", "x", "--push")
    assert two.run(*arguments, expect=2).code == 2
    assert (trap.ran, two.head) == ([], before)


def test_a_submodule_is_not_visited_while_the_registry_pushes(
    two: Registry, trap: Trap, server: Path, tmp_path: Path
) -> None:
    inner = tmp_path / "inner"
    two.git("init", "--quiet", str(inner))
    two.git("-C", str(inner), "commit", "--quiet", "--allow-empty", "-m", "x")
    two.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    two.git("commit", "--quiet", "-m", "a submodule outside of the registry's folder")
    two.git("push", "--quiet", "origin", "main")
    for name in HOOKS:
        trap.executable(name, two.folder / ".git" / "modules" / "inner" / "hooks")
    settings = [("fetch.recurseSubmodules", "true"), ("submodule.recurse", "true")]
    configure(two, [*settings, ("push.recurseSubmodules", "on-demand")])
    module = two.folder / ".git" / "modules" / "inner" / "config"
    configure(two, [("remote.origin.uploadpack", trap.command("inner"))], module)
    two.rollback("production", "--push")
    assert trap.ran == []


@pytest.mark.parametrize(
    "name",
    [
        "gpg.program",
        "gpg.openpgp.program",
        "gpg.ssh.program",
        "gpg.x509.program",
        "gpg.ssh.defaultKeyCommand",
    ],
)
def test_a_program_that_only_the_clone_names_does_not_sign(two: Registry, trap: Trap, name: str) -> None:
    kinds = {"gpg.ssh": "ssh", "gpg.x509": "x509"}
    kind = kinds.get(name.rpartition(".")[0], "openpgp")
    configure(two, [("commit.gpgSign", "true"), ("gpg.format", kind), (name, str(trap.executable(name)))])
    result = two.refuses("rollback", "churn", "--in", "production", "--reason", "x", expect=2)
    assert trap.ran == []
    assert name.lower() in result.err.lower()
    assert "git config --global" in result.err
