"""``hook install``: the right hook in the right place, and no other hook lost."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.doors.steps import edit_alias
from tests.support.doors import Server, push, rules_told
from tests.support.registry import Registry


def test_it_is_idempotent_and_executable(registered: Registry) -> None:
    hook = registered.folder / ".git/hooks/pre-push"
    assert registered.run("hook", "install", key=None).out.endswith("pre-push: written\n")
    first = hook.read_text("utf-8")
    assert registered.run("hook", "install", key=None).out.endswith("pre-push: there already\n")
    assert hook.read_text("utf-8") == first
    assert stat.S_IMODE(hook.stat().st_mode) == 0o755
    assert registered.run("hook", "install", "--branch", "other", key=None).out.endswith("written\n")
    assert "--branch other" in hook.read_text("utf-8")


def test_a_hook_of_somebody_else_stays_and_what_to_add_is_named(registered: Registry) -> None:
    hook = registered.folder / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nmake test\n", "utf-8")
    done = registered.run("hook", "install", key=None, expect=2)
    assert "another hook is here already" in done.err
    line = done.err.strip().rpartition("exit code: ")[2]
    assert hook.read_text("utf-8") == "#!/bin/sh\nmake test\n"
    # What it says works, and is recognised.
    hook.write_text(f"#!/bin/sh\n{line} || exit\n", "utf-8")
    hook.chmod(0o755)
    assert registered.run("hook", "install", key=None).out.endswith("there already\n")


def test_the_added_line_refuses(registered: Registry, tmp_path: Path) -> None:
    server = Server.holding(registered, tmp_path / "server.git")
    hook = server.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    there = Registry(server.bare, registered.pin, registered.keys)
    line = there.run("hook", "install", key=None, expect=2).err.strip().rpartition("exit code: ")[2]
    hook.write_text(f"#!/bin/sh\n{line} || exit\n", "utf-8")
    registered.remove(registered.manifest("v1"))
    registered.commit_all()
    assert rules_told(server.push(registered)) == {"missing"}


@pytest.mark.parametrize("kind", ["relative", "absolute", "home"])
def test_the_folder_that_git_is_told_of_is_used(
    kind: str, live: Registry, tmp_path: Path, home: Path
) -> None:
    said, place = {
        "relative": (".githooks", live.folder / ".githooks"),
        "absolute": (str(tmp_path / "hooks"), tmp_path / "hooks"),
        "home": ("~/hooks", home / "hooks"),
    }[kind]
    server = Server.empty(live, tmp_path / "server.git")
    live.git("push", "--quiet", server.url, "HEAD:refs/heads/main")
    live.git("config", "core.hooksPath", said)
    assert live.run("hook", "install", key=None).out == f"{place}/pre-push: written\n"
    live.write("x", b"")
    edit_alias(live)
    assert rules_told(push(live, server.url, "main")) == {"signature"}


def test_a_bare_repository_receives(registered: Registry, tmp_path: Path) -> None:
    server = Server.empty(registered, tmp_path / "server.git")
    assert server.install().out == f"{server.bare}/hooks/pre-receive: written\n"


def test_a_repository_with_a_work_tree_can_receive_too(live: Registry, tmp_path: Path) -> None:
    target = live.copy(tmp_path / "target")
    target.git("config", "receive.denyCurrentBranch", "updateInstead")
    assert target.run("hook", "install", "--pre-receive", key=None).out.endswith("pre-receive: written\n")
    live.register("v2")
    done = push(live, target.folder.as_uri(), "HEAD:refs/heads/main")
    assert done.code == 0, done.err
    edit_alias(live)
    assert rules_told(push(live, target.folder.as_uri(), "HEAD:refs/heads/main")) == {"signature"}


def test_names_are_not_words_of_the_shell(registered: Registry, tmp_path: Path) -> None:
    registered.run("hook", "install", "--branch", "a$(touch${IFS}oops)'b", key=None)
    hook = registered.folder / ".git/hooks/pre-push"
    done = subprocess.run([str(hook)], input=b"", cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 2  # not a repository; nothing was run
    assert list(tmp_path.glob("oops")) == []
    for name in ("a b", "a..b", "-x", "a\nb", ""):
        registered.run("hook", "install", f"--branch={name}", key=None, expect=2)


def test_what_cannot_be_a_pin_is_not_written(registered: Registry) -> None:
    registered.run("hook", "install", "--pin", "sha256:12", key=None, expect=2)


def test_without_its_interpreter_the_hook_takes_the_registry_on_path_or_refuses(
    registered: Registry, tmp_path: Path
) -> None:
    registered.run("hook", "install", key=None)
    hook = registered.folder / ".git/hooks/pre-push"
    python = next(line for line in hook.read_text("utf-8").splitlines() if line.startswith("python="))
    hook.write_text(hook.read_text("utf-8").replace(python, "python=/nowhere/python"), "utf-8")
    done = subprocess.run([str(hook)], capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 5
    assert b"registry is not installed where this hook looks for it" in done.stderr
    program = tmp_path / "bin/registry"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\n', "utf-8")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}/usr/bin:/bin"
    done = subprocess.run([str(hook), "origin"], capture_output=True, check=False, env={"PATH": path})
    assert done.stdout == b"hook pre-push --branch main -- origin\n"
