"""Whole lawful histories in milliseconds: real records, signed in this process, written by one fast-import.

``Story`` makes the steps, ``Shelf`` writes them into a repository beside others of the same beginning. A
step is a mapping from path to bytes (None takes a file away), so a test can alter any before it is written.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from gitregistry.audit.verdict import Verdict
from gitregistry.audit.verify import verify
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.approval import Approval
from gitregistry.records.common import Record, ReleaseReference, Stamp
from gitregistry.records.deployment import Binding, Deployment
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Evidence
from gitregistry.records.lift import Lift
from gitregistry.records.line import Line
from gitregistry.records.model import Model
from gitregistry.records.policy import Policy
from gitregistry.records.release import Release
from gitregistry.records.retirement import Retirement
from gitregistry.records.trust import Trust
from gitregistry.signing.private_keys import load_private_key
from gitregistry.signing.signers import KeyFileSigner
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.support.keys import IDS
from tests.support.registry import TO_STAGING, Registry

Files: TypeAlias = dict[str, bytes | None]

# Long after every record, as a verifier would come.
NOW: Final = "2035-01-01T00:00:00Z"
ACTIONS: Final = (
    "register", "attest", "promote", "promote", "rollback", "approve", "retire", "new_trust", "new_policy",
    "describe", "serve", "stop", "lift",
)  # fmt: skip


@dataclass
class Story:
    """A history that goes on from a registry with alice, bob, carol, dave and ci in trust.

    ``steps`` are what was done so far. What an action lacks is done first; what cannot be done is left out.
    """

    base: Registry
    steps: list[Files] = field(default_factory=list)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    evidence: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    good: dict[str, list[ReleaseReference]] = field(default_factory=dict)
    tips: dict[str, tuple[int, str]] = field(default_factory=dict)
    retired: set[tuple[str, str]] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    held: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._signers = {name: KeyFileSigner(load_private_key(path)) for name, path in self.base.keys.items()}
        self._law = {path: self.base.read(path) for path in (paths.TRUST, paths.POLICY)}
        self.trust = self.base.record(Trust, paths.TRUST)
        self.policy = self.base.record(Policy, paths.POLICY)
        self.moment = self.trust.created_at

    def play(self, actions: Sequence[tuple[str, int, int]]) -> Story:
        """Carry out actions: what, on which of a few models, on which of its versions."""
        for action, model, version in actions:
            getattr(self, action)(f"model-{model}", f"v{version}")
        return self

    def register(self, model: str, version: str) -> None:
        if (model, version) in self.digests:
            return
        record = Release(
            **self._common("alice"),
            model_name=model,
            version=version,
            artifact_uri=f"s3://models/{model}/{version}",
            artifact_digest="sha256:" + "5" * 64,
            artifact_size_bytes=1000,
            dataset_snapshot="customers-2026-04-20",
        )
        files, digest = self.files(paths.manifest(model, version), record, "alice")
        self.digests[model, version] = digest
        self.steps.append(files)

    def attest(self, model: str, version: str) -> None:
        self.register(model, version)
        if (model, version) in self.evidence or (model, version) in self.retired:
            return
        step: Files = {}
        made = []
        for check in TO_STAGING:
            record = Evidence(**self._subject("ci", model, version), check=check, result="passed")
            path = f"{paths.evidence_folder(model, version)}/{check}-1.yaml"
            files, digest = self.files(path, record, "ci")
            step |= files
            made.append(digest)
        self.evidence[model, version] = tuple(sorted(made))
        self.steps.append(step)

    def promote(self, model: str, version: str) -> None:
        self.attest(model, version)
        if (model, version) in self.retired:
            return
        if model in self.stopped:
            self.stop(model, version)
        self._lift(model, version)
        here = ReleaseReference(version=version, release_digest=self.digests[model, version])
        good = self.good.setdefault(model, [])
        self._move(model, here, "promote", evidence=self.evidence[model, version], target=_last(good, here))
        good.append(here)

    def rollback(self, model: str, _version: str) -> None:
        good = self.good.get(model, [])
        target = _last(good, good[-1]) if good else None
        if target is None:
            return
        left = good[-1]
        while good[-1] != target:
            good.pop()
        good[:] = [release for release in good if release != left]
        self._move(model, target, "rollback", reason="too many errors", target=_last(good, target))
        self.held[model, left.version] = self.tips[paths.alias(model, "staging")][1]

    def approve(self, model: str, version: str) -> None:
        self.register(model, version)
        count = sum(
            path.startswith(paths.approvals_folder(model, version)) for step in self.steps for path in step
        )
        record = Approval(
            **self._subject("bob", model, version),
            environment="production",
            role="model-owner",
            decision="approve",
            policy=self._stamp(paths.POLICY, self.policy.version),
            reviewed=self.evidence.get((model, version), ()),
            note=f"number {count}",
        )
        path = f"{paths.approvals_folder(model, version)}/production-{IDS['bob']}-{count}.yaml"
        self.steps.append(self.files(path, record, "bob")[0])

    def retire(self, model: str, version: str) -> None:
        self.register(model, version)
        digest = self.digests[model, version]
        in_use = any(release.release_digest == digest for release in self.good.get(model, ()))
        if in_use or (model, version) in self.retired:
            return
        record = Retirement(**self._subject("alice", model, version), scope="retired", reason="not needed")
        self.steps.append(self.files(paths.retirement(model, version), record, "alice")[0])
        self.retired.add((model, version))

    def lift(self, model: str, version: str) -> None:
        """A release is rolled back, and may come back."""
        if (model, version) not in self.held:
            self.promote(model, f"{version}-before")
            self.promote(model, version)
            self.rollback(model, version)
        self._lift(model, version)

    def _lift(self, model: str, version: str) -> None:
        """End the hold that the last rollback from this release began, if there is one."""
        rollback = self.held.pop((model, version), None)
        if rollback is None:
            return
        record = Lift(
            **self._subject("dave", model, version),
            environment="staging",
            rollback=rollback,
            reason="it was the network",
        )
        path = f"{paths.lifts_folder(model, version)}/staging-{IDS['dave']}-{len(self.steps)}.yaml"
        self.steps.append(self.files(path, record, "dave")[0])

    def stop(self, model: str, _version: str) -> None:
        """Stop promotions of the model, or let them go on again."""
        state = "running" if model in self.stopped else "stopped"
        self._chain(paths.line(model), Line, model_name=model, state=state, reason="a fault upstream")
        self.stopped ^= {model}

    def serve(self, model: str, version: str) -> None:
        """Say that the release serves, whether or not it should."""
        self.register(model, version)
        here: dict[str, Any] = {"version": version, "release_digest": self.digests[model, version]}
        shadow = Binding(revision=f"{model}-shadow", mode="shadow", traffic_percent=100, **here)
        live = Binding(revision=f"{model}-live", traffic_percent=100, **here)
        self._chain(
            paths.deployment(model, "staging"),
            Deployment,
            model_name=model,
            environment="staging",
            bindings=(live, shadow),
        )

    def describe(self, model: str, version: str) -> None:
        """The model's page, whose versions are its chain."""
        words = {"owner": "The churn team", "description": f"As of {version}"}
        self._chain(f"{paths.MODELS}/{model}/model.yaml", Model, "version", model_name=model, **words)

    def new_trust(self, _model: str, _version: str) -> None:
        self.trust = replace(self.trust, **self._next(paths.TRUST, self.trust.version))
        self._lay_down(paths.TRUST, self.trust)

    def new_policy(self, _model: str, _version: str) -> None:
        self.policy = replace(self.policy, **self._next(paths.POLICY, self.policy.version))
        self._lay_down(paths.POLICY, self.policy)

    def files(self, path: str, record: Record, who: str) -> tuple[Files, str]:
        """A record's file and its signature's, and its digest."""
        data = encode(record)
        signature = self._signers[who].sign(data, namespace_of(record.kind))
        return {path: data, path + paths.SIGNATURE: signature}, digest_of(data)

    def _move(
        self,
        model: str,
        to: ReleaseReference,
        action: str,
        *,
        target: ReleaseReference | None,
        evidence: tuple[str, ...] = (),
        reason: str | None = None,
    ) -> None:
        self._chain(
            paths.alias(model, "staging"),
            Alias,
            action=action,
            model_name=model,
            environment="staging",
            version=to.version,
            release_digest=to.release_digest,
            policy=self._stamp(paths.POLICY, self.policy.version),
            trust=self._stamp(paths.TRUST, self.trust.version),
            evidence=evidence,
            rollback_target=target,
            reason=reason,
        )

    def _chain(self, path: str, kind: type[Record], counted: str = "sequence", /, **fields: Any) -> None:
        """The next record of a chain at its place."""
        number, previous = self.tips.get(path, (0, None))
        link: dict[str, Any] = {counted: number + 1, "previous": previous}
        files, digest = self.files(path, kind(**self._common("alice"), **link, **fields), "alice")
        self.tips[path] = (number + 1, digest)
        self.steps.append(files)

    def _lay_down(self, path: str, record: Record) -> None:
        files, _ = self.files(path, record, "alice")
        data = files[path]
        assert data is not None
        self._law[path] = data
        self.steps.append(files)

    def _next(self, path: str, version: int) -> dict[str, Any]:
        previous = digest_of(self._law[path])
        return {"version": version + 1, "previous": previous, "registry_id": self.base.pin}

    def _stamp(self, path: str, version: int) -> Stamp:
        return Stamp(version=version, digest=digest_of(self._law[path]))

    def _common(self, who: str) -> dict[str, Any]:
        return {"registry_id": self.base.pin, "created_at": self.moment, "created_by": IDS[who]}

    def _subject(self, who: str, model: str, version: str) -> dict[str, Any]:
        subject = {"model_name": model, "version": version, "release_digest": self.digests[model, version]}
        return self._common(who) | subject


def _last(good: Sequence[ReleaseReference], other_than: ReleaseReference) -> ReleaseReference | None:
    return next((release for release in reversed(good) if release != other_than), None)


class Shelf:
    """A bare repository in which histories are written one after the other, each from the same first steps.

    Args:
        base: the registry whose history all others go on from.
        folder: where the repository is made; must not exist.
    """

    def __init__(self, base: Registry, folder: Path) -> None:
        self.base = base
        self.folder = folder
        base.git("clone", "--quiet", "--bare", str(base.folder), str(folder))
        self.repository = find_repository(folder)
        self._start = base.head
        self._seconds = int(base.git("log", "-1", "--format=%ct"))

    def write(self, steps: Sequence[Mapping[str, bytes | None]]) -> list[str]:
        """Write steps on top of the beginning; their commits, oldest first."""
        stream = [b"feature done\n"]
        for number, files in enumerate(steps, 1):
            head = b"from %s\n" % self._start.encode() if number == 1 else b""
            stream.append(b"commit refs/heads/history\nmark :%d\n" % number)
            stream.append(b"committer A <a@example.com> %d +0000\ndata 1\nx\n%s" % (self._seconds, head))
            for path, data in files.items():
                stream.append(_file(path, data))
            stream.append(b"get-mark :%d\n" % number)
        stream.append(b"done\n")
        command = ["git", "-C", str(self.folder), "-c", "gc.auto=0", "fast-import", "--quiet", "--force"]
        done = subprocess.run(command, input=b"".join(stream), capture_output=True, check=True)
        return done.stdout.decode().split()

    def judge(self, head: str, memory: Mapping[str, str] | None = None) -> Verdict:
        """What verify says of the history that ends at a commit."""
        with Objects(self.repository) as objects:
            return verify(objects, head, self.base.pin, NOW, memory=memory)


def _file(path: str, data: bytes | None) -> bytes:
    name = path.encode("utf-8", "surrogateescape")
    if data is None:
        return b"D %s\n" % name
    return b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data)
