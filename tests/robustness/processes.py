"""``registry`` as processes of their own: several at once, and killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.registry import Registry


def start(registry: Registry, *arguments: str, key: str = "alice") -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gitregistry", "-C", str(registry.folder), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"REGISTRY_KEY": str(registry.keys[key])},
        process_group=0,
    )


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Kill a command and the processes of its group, unless it ends before; its exit status."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode


def all_done(processes: Sequence[subprocess.Popen[bytes]], timeout: float = 60) -> list[str]:
    """Wait for all, see that all succeeded; what each printed."""
    end = time.monotonic() + timeout
    said = []
    for process in processes:
        out, err = process.communicate(timeout=max(1.0, end - time.monotonic()))
        assert process.returncode == 0, out.decode() + err.decode()
        said.append(out.decode())
    return said


def clone(registry: Registry, bare: Path, folder: Path) -> Registry:
    """A clone of a bare repository, with the same people."""
    subprocess.run(["git", "clone", "--quiet", str(bare), str(folder)], check=True, capture_output=True)
    return Registry(folder, registry.pin, registry.keys)


class Shared(NamedTuple):
    """A bare repository that everybody pushes to, and two clones of it."""

    bare: Path
    hers: Registry
    his: Registry

    def tip(self) -> str:
        command = ["git", "-C", str(self.bare), "rev-parse", "main"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()

    def hook(self, name: str, script: str) -> None:
        path = self.bare / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
