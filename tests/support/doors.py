"""The four doors in one place: one attack commit is shown to each, and each must refuse it.

The write path is tried where an attack can be typed as a command; here are the three that look at
commits: ``verify``, ``verify --merge`` and a real push to a bare repository with the hook installed.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.registry import Registry, Result

_RULE = re.compile(r"^(?:remote: )?\[([a-z-]+)\] ", re.MULTILINE)


@dataclass(frozen=True)
class Server:
    """A bare repository whose pre-receive hook is this program's.

    ``registry`` is only asked for git, the pin and the keys; any clone may push.
    """

    bare: Path
    registry: Registry

    @classmethod
    def holding(cls, registry: Registry, folder: Path, tip: str = "HEAD", *options: str) -> Server:
        """A server on whose ``main`` a commit of the registry already lies, put there before the hook was.

        Args:
            folder: the bare repository to make.
            options: of ``hook install``.
        """
        server = cls.empty(registry, folder)
        registry.git("push", "--quiet", server.url, f"{tip}:refs/heads/main")
        server.install(*options)
        return server

    @classmethod
    def empty(cls, registry: Registry, folder: Path) -> Server:
        """A server without commits and without the hook."""
        form = registry.git("rev-parse", "--show-object-format")
        command = ["git", "init", "--quiet", "--bare", "--initial-branch=main", f"--object-format={form}"]
        subprocess.run([*command, str(folder)], check=True, capture_output=True)
        return cls(folder, registry)

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def install(self, *options: str) -> Result:
        """Install the hook as whoever runs the server would."""
        return Registry(self.bare, self.registry.pin, self.registry.keys).run("hook", "install", *options)

    def git(self, *arguments: str) -> str:
        """Run git in the bare repository; its output without the last line end."""
        done = subprocess.run(["git", "-C", str(self.bare), *arguments], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().rstrip("\n")

    def tip(self, ref: str = "main") -> str | None:
        """The commit that a branch is at; None when there is none."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{ref}") or None

    def push(
        self,
        registry: Registry,
        ref: str = "main",
        *options: str,
        source: str = "HEAD",
        url: str | None = None,
    ) -> Result:
        """Push a commit to a branch with real git; what the pusher sees is in ``err``.

        Args:
            ref: short name of the branch there.
            source: what is pushed; empty deletes the branch.
            url: another way to the same repository.
        """
        target = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        return push(registry, url or self.url, f"{source}:{target}", *options)

    def verdict(self, pin: str | None = None) -> dict[str, Any]:
        """What ``verify --json`` says of the bare repository's main."""
        there = Registry(self.bare, pin or self.registry.pin, self.registry.keys)
        return there.verify("--branch", "main")

    def is_sound(self) -> None:
        """See that git finds no fault with any object, and verify none with any step."""
        self.git("fsck", "--strict", "--no-dangling")
        document = self.verdict()
        assert document["verdict"] == "pass", json.dumps(document["findings"], indent=2)


def push(registry: Registry, url: str, refspec: str, *options: str) -> Result:
    """``git push`` as a process of its own."""
    command = ["git", "-C", str(registry.folder), "push", *options, url, refspec]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace"))


def rules_told(result: Result) -> set[str]:
    """The codes of the findings that a pusher reads."""
    return set(_RULE.findall(result.err))


def merge_check(registry: Registry, target: str, proposal: str, *options: str) -> dict[str, Any]:
    """What ``verify --merge TARGET PROPOSAL --json`` says, and that its exit code agrees."""
    arguments = ("verify", "--merge", target, proposal, "--pin", registry.pin, "--json", *options)
    result = registry.run(*arguments, key=None, expect=None)
    document = result.json
    assert result.code == {"pass": 0, "fail": 1, "unknown": 5}[document["verdict"]], result.err
    return document


def refused_at_every_door(registry: Registry, base: str, bad_tip: str, rule: str) -> None:
    """See that the steps from ``base`` to ``bad_tip`` are refused, with this rule, wherever they are shown.

    For attacks of one step: a merge makes one step of all, in which what an earlier one did and a later one
    undid is not seen, or breaks another rule.

    Args:
        base: full id of a commit whose history is lawful.
        bad_tip: full id of a commit that comes from ``base`` along first parents.
    """
    document = registry.verify(bad_tip)
    assert document["verdict"] == "fail", document
    assert rule in _rules(document), f"verify: {document['findings']}"

    document = merge_check(registry, base, bad_tip)
    assert document["verdict"] == "fail", document
    assert rule in _rules(document), f"verify --merge: {document['findings']}"

    with tempfile.TemporaryDirectory() as folder:
        server = Server.holding(registry, Path(folder) / "server.git", base)
        pushed = server.push(registry, source=bad_tip)
        assert pushed.code == 1, pushed.err
        assert rule in rules_told(pushed), f"pre-receive: {pushed.err}"
        assert server.tip() == base


def _rules(document: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in document["findings"]}
