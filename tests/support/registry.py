"""A registry under test: the command line in this process, real git beside it, and forged records.

``run`` is what an honest user types. Everything under "forging" is what an attacker can do instead: write any
bytes, sign them with any key for any namespace, and commit them with plain git.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from gitregistry.audit.merging import judge_merge
from gitregistry.audit.pushes import Update, judge_push
from gitregistry.cli.main import main
from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.kinds import KINDS
from gitregistry.records.shapes import read_record
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import moment_text
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.support import keys as keygen
from tests.support.keys import IDS

MODEL: Final = "churn"
TO_STAGING: Final = (
    "artifact_signature_verified",
    "offline_eval_passed",
    "schema_compatibility_passed",
    "security_scan_passed",
)
TO_CANARY: Final = {
    "staging_smoke_test_passed": None,
    "latency_p95_under_60ms": "latency_p95_ms=43",
    "feature_parity_verified": None,
}
TO_PRODUCTION: Final = {
    "canary_error_rate_under_1_percent": "error_rate=0.004",
    "canary_business_metric_regression_under_2_percent": "business_metric_regression=0.01",
}

# What is wrong with a history as a whole, or with the verifier's clock.
_OF_NO_COMMIT: Final = ("pin", "freshness", "clock", "checkpoint")

RecordType = TypeVar("RecordType", bound=Record)


@dataclass(frozen=True)
class Result:
    """What one command did: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object that ``--json`` prints."""
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass(frozen=True)
class Registry:
    """A registry in a folder, its pin, and everybody's keys.

    ``folder`` is the repository's work tree; artifacts and manifests lie beside it.
    """

    folder: Path
    pin: str
    keys: Mapping[str, Path]

    # --- what an honest user types ---

    def run(self, *arguments: str, key: str | None = "alice", expect: int | None = 0) -> Result:
        """Call ``registry -C FOLDER …`` in this process.

        Args:
            key: short name of who signs (``$REGISTRY_KEY``); None for nobody.
            expect: the exit code that must come; None for any.
        """
        out, err = io.StringIO(), io.StringIO()
        with _environment(self.keys[key] if key else None), redirect_stdout(out), redirect_stderr(err):
            code = main(["-C", str(self.folder), *arguments])
        result = Result(code, out.getvalue(), err.getvalue())
        assert expect is None or code == expect, (
            f"{' '.join(arguments)} ended with {code}, not {expect}\n{result.out}{result.err}"
        )
        return result

    def json(self, *arguments: str, key: str | None = "alice", expect: int | None = 0) -> dict[str, Any]:
        """The object that a command prints with ``--json``."""
        return self.run(*arguments, "--json", key=key, expect=expect).json

    def refuses(self, *arguments: str, key: str = "alice", expect: int = 1) -> Result:
        """Run a command that must refuse, and see that it wrote nothing."""
        before = self.state()
        result = self.run(*arguments, key=key, expect=expect)
        assert self.state() == before, "a refused command changed the repository"
        for finding in result.json.get("findings", ()) if "--json" in arguments else ():
            assert finding["hint"], f"nothing is said of what mends it: {finding}"
        return result

    def state(self) -> tuple[str, str]:
        """Every ref with its commit, and what git status says."""
        return self.git("for-each-ref"), self.git("status", "--porcelain", "--untracked-files=all")

    # --- the story of a release ---

    def register(self, version: str, *options: str, key: str = "alice", model: str = MODEL) -> None:
        """Register a release with an artifact of its own."""
        beside = self.folder.parent
        artifact = beside / "artifacts" / f"{model}-{version}.tar.gz"
        artifact.parent.mkdir(exist_ok=True)
        artifact.write_bytes(f"the bytes of {model} {version}\n".encode() * 50)
        manifest = beside / f"{model}-{version}.yaml"
        manifest.write_text(
            f"model_name: {model}\nversion: {version}\n"
            f"artifact_uri: s3://models/{model}/{version}/model.tar.gz\n"
            "dataset_snapshot: customers-2026-04-20\nfeature_set_version: customer_features_v18\n"
            "evaluation:\n  auc: 0.873\n",
            "utf-8",
        )
        self.run("register", str(manifest), "--artifact", str(artifact), *options, key=key)

    def attest(self, version: str, check: str, *options: str, key: str = "ci", model: str = MODEL) -> None:
        """File evidence that passed, or what ``options`` say."""
        result = () if {"--failed", "--error", "--skipped"} & set(options) else ("--passed",)
        self.run("attest", f"{model}:{version}", check, *result, *options, key=key)

    def approve(self, version: str, key: str, *options: str, to: str = "production") -> None:
        self.run("approve", f"{MODEL}:{version}", "--to", to, *options, key=key)

    def promote(self, version: str, to: str, *options: str, key: str = "alice") -> str:
        """Promote and give the commit."""
        document = self.json("promote", f"{MODEL}:{version}", "--to", to, *options, key=key)
        return str(document["commit"])

    def rollback(self, environment: str = "production", *options: str, key: str = "alice") -> str:
        """Roll back and give the commit."""
        arguments = ("rollback", MODEL, "--in", environment, "--reason", "too many errors", *options)
        return str(self.json(*arguments, key=key)["commit"])

    def lift(self, version: str, environment: str = "production", key: str = "dave") -> str:
        """Lift a hold; dave joins as an operator for that where trust does not know him. The commit."""
        if key == "dave" and IDS["dave"] not in self.read(paths.TRUST).decode():
            self.add("dave", "operator")
        arguments = ("lift", f"{MODEL}:{version}", "--in", environment, "--reason", "it was the network")
        return str(self.json(*arguments, key=key)["commit"])

    def come_back(self, version: str) -> str:
        """Promote to production again what was rolled back there; the promotion's commit."""
        self.lift(version)
        self.approve_all(version)
        return self.promote(version, "production")

    def pass_staging(self, version: str) -> None:
        """Everything that staging asks for."""
        for check in TO_STAGING:
            self.attest(version, check)

    def pass_canary(self, version: str) -> None:
        """Everything that canary asks for, once the release is in staging."""
        self._attest_all(version, TO_CANARY)

    def pass_production(self, version: str) -> None:
        """The evidence that production asks for, once the release is in canary."""
        self._attest_all(version, TO_PRODUCTION)

    def approve_all(self, version: str) -> None:
        """Both approvals that production asks for."""
        self.approve(version, "bob")
        self.approve(version, "carol")

    def to_staging(self, version: str) -> str:
        """From registered to staging; the promotion's commit."""
        self.pass_staging(version)
        return self.promote(version, "staging")

    def to_canary(self, version: str) -> str:
        """From registered to canary; the promotion's commit."""
        self.to_staging(version)
        self.pass_canary(version)
        return self.promote(version, "canary")

    def to_approved(self, version: str) -> None:
        """From registered up to all that production asks for, not yet promoted there."""
        self.to_canary(version)
        self.pass_production(version)
        self.approve_all(version)

    def to_production(self, version: str) -> str:
        """From registered to production; the last promotion's commit."""
        self.to_approved(version)
        return self.promote(version, "production")

    def _attest_all(self, version: str, checks: Mapping[str, str | None]) -> None:
        for check, metric in checks.items():
            self.attest(version, check, *(("--metric", metric) if metric else ()))

    def add(self, name: str, *roles: str, kind: str = "person", options: Sequence[str] = ()) -> None:
        """Let somebody into trust, signed by alice."""
        arguments = ["trust", "add", IDS[name], "--key", f"{self.keys[name]}.pub", "--kind", kind, *options]
        self.run(*arguments, *(word for role in roles for word in ("--role", role)))

    def change_policy(self, old: str, new: str, *signers: str) -> str:
        """Change the text of the policy and put it in force, signed by each in turn; the commit."""
        text = self.read(paths.POLICY).decode()
        assert old in text, f"the policy does not hold {old!r}"
        self.write(paths.POLICY, text.replace(old, new, 1).encode())
        for signer in signers or ("alice",):
            signed = self.json("sign", paths.POLICY, key=signer)
        assert signed["in_force"]
        return str(signed["commit"])

    def two_administrators(self) -> None:
        """Dave joins as a second administrator, and from here on two must agree."""
        self.add("dave", "administrator")
        trust = self.record(Trust, paths.TRUST)
        self.next_trust("alice", "dave", thresholds=replace(trust.thresholds, trust=2, policy=2))
        self.commit_all("Two must agree")

    # --- git ---

    def git(self, *arguments: str, stdin: bytes = b"", date: str | None = None) -> str:
        """Run git in the repository as somebody with a name; its output without the last line end.

        Args:
            date: author's and committer's time, such as ``2030-01-01T00:00:00Z``.
        """
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
        done = subprocess.run(
            ["git", "-C", str(self.folder), *_SOMEBODY, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=os.environ | dates,
        )
        assert done.returncode == 0, (
            f"git {' '.join(arguments)}\n{done.stdout.decode()}{done.stderr.decode()}"
        )
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def commit_all(self, message: str = "an attack", date: str | None = None) -> str:
        """Commit the work tree as it is with plain git; the commit's id."""
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message, date=date)
        return self.head

    def commit_entries(self, *entries: tuple[str, str, str], message: str = "an attack") -> str:
        """Commit index entries ``(mode, object id, path)``: paths and modes that no work tree could hold."""
        lines = "".join(f"{mode} {oid}\t{path}\0" for mode, oid, path in entries)
        self.git("update-index", "-z", "--index-info", stdin=lines.encode("utf-8", "surrogateescape"))
        tree = self.git("write-tree")
        commit = self.git("commit-tree", "-p", "HEAD", "-m", message, tree)
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    def blob(self, data: bytes) -> str:
        """Put bytes into Git; their object id."""
        return self.git("hash-object", "-w", "--stdin", stdin=data)

    # --- forging ---

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def remove(self, path: str) -> None:
        """Take a record and its signature away."""
        (self.folder / path).unlink()
        (self.folder / (path + paths.SIGNATURE)).unlink(missing_ok=True)

    def record(self, record: type[RecordType], path: str) -> RecordType:
        """The record in the work tree, whoever signed it."""
        return read_record(record, self.read(path), path)

    def digest(self, path: str) -> str:
        """sha256 of the bytes in the work tree, as records name each other."""
        return digest_of(self.read(path))

    def forge(self, path: str, record: Record, key: str, namespace: str | None = None) -> str:
        """Write a record, whatever it says, signed by ssh-keygen with anybody's key; its digest."""
        return self.forge_bytes(path, encode(record), key, namespace=namespace or namespace_of(record.kind))

    def forge_bytes(self, path: str, data: bytes, *signers: str, namespace: str | None = None) -> str:
        """Write any bytes, signed by any keys, for the namespace of the path unless told; their digest."""
        if namespace is None:
            location = paths.locate(path)
            assert location is not None, f"no namespace for {path}"
            namespace = namespace_of(location.kind)
        self.write(path, data)
        signed = b"".join(keygen.sign(self.keys[signer], data, namespace) for signer in signers)
        self.write(path + paths.SIGNATURE, signed)
        return digest_of(data)

    def edit(self, path: str, key: str, **changes: Any) -> str:
        """Change fields of the record at a path and sign it again with anybody's key; its new digest."""
        location = paths.locate(path)
        assert location is not None
        record = replace(self.record(KINDS[location.kind], path), **changes)
        return self.forge(path, record, key)

    def edit_text(self, path: str, old: str, new: str, *signers: str) -> str:
        """Change the text of a record, which need not stay valid, and sign it again; its new digest."""
        text = self.read(path).decode()
        assert old in text, f"{path} does not hold {old!r}"
        return self.forge_bytes(path, text.replace(old, new, 1).encode(), *signers)

    def next_text(self, path: str, old: str, new: str, *signers: str) -> str:
        """The next version of trust or policy with its text changed, signed by anybody; its digest."""
        text = self.read(path).decode()
        record: Any = self.record(KINDS["trust" if path == paths.TRUST else "policy"], path)
        digest = digest_of(text.encode())
        assert old in text, f"{path} does not hold {old!r}"
        text = text.replace(old, new, 1)
        text = text.replace(f"\nversion: {record.version}\n", f"\nversion: {record.version + 1}\n", 1)
        if record.previous is None:
            text = text.replace(
                f"\nversion: {record.version + 1}\n",
                f'\nversion: {record.version + 1}\nprevious: "{digest}"\n',
                1,
            )
        else:
            text = text.replace(record.previous, digest, 1)
        if record.registry_id is None:
            text = text.replace("\nversion: ", f'\nregistry_id: "{self.pin}"\nversion: ', 1)
        return self.forge_bytes(path, text.encode(), *signers)

    def next_trust(self, *signers: str, **changes: Any) -> str:
        """The next version of trust with fields changed, signed by anybody; its digest."""
        trust = self.record(Trust, paths.TRUST)
        follower: Any = {
            "version": trust.version + 1,
            "previous": self.digest(paths.TRUST),
            "registry_id": self.pin,
        }
        record = replace(trust, **{**follower, **changes})
        return self.forge_bytes(paths.TRUST, encode(record), *signers)

    # --- records by what they are ---

    def alias(self, environment: str = "production", model: str = MODEL) -> str:
        """Path of an alias record."""
        return paths.alias(model, environment)

    def manifest(self, version: str, model: str = MODEL) -> str:
        """Path of a release's manifest."""
        return paths.manifest(model, version)

    def evidence(self, version: str, check: str, model: str = MODEL) -> str:
        """Path of the one evidence record filed under a check."""
        (found,) = self.find(f"{paths.evidence_folder(model, version)}/{check}-*.yaml")
        return found

    def approval(self, version: str, who: str, environment: str = "production", model: str = MODEL) -> str:
        """Path of somebody's one decision."""
        (found,) = self.find(f"{paths.approvals_folder(model, version)}/{environment}-{IDS[who]}-*.yaml")
        return found

    def find(self, pattern: str) -> list[str]:
        """Paths in the work tree that match, sorted."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.glob(pattern))

    # --- the verdict ---

    def verify(self, *options: str) -> dict[str, Any]:
        """What ``verify --json`` says under this registry's pin, and that its exit code agrees."""
        result = self.run("verify", "--pin", self.pin, "--json", *options, key=None, expect=None)
        document = result.json
        assert result.code == {"pass": 0, "fail": 1, "unknown": 5}[document["verdict"]]
        for finding in document["findings"]:
            assert finding["path"], finding
            assert finding["hint"], f"nothing is said of what mends it: {finding}"
            assert finding["commit"] or finding["rule"] in _OF_NO_COMMIT, finding
        return document

    def passes(self) -> dict[str, Any]:
        """Verify, and see that it passes."""
        document = self.verify()
        assert document["verdict"] == "pass", json.dumps(document["findings"], indent=2)
        return document

    def finds(
        self,
        rule: str,
        path: str | None = None,
        *,
        commit: str | None = None,
        message: str = "",
        hint: str | None = None,
        also: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Verify, see that it fails with this finding, and give the finding.

        Args:
            commit: the commit at fault; HEAD by default. No finding may be about any other.
            message: words that the message holds.
            hint: words that the hint holds.
            also: further rules that the attack breaks as well; any rule beyond these is a failure.
        """
        document = self.verify()
        findings = document["findings"]
        shown = json.dumps(findings, indent=2)
        assert document["verdict"] == "fail", f"verify said {document['verdict']}\n{shown}"
        at_fault = commit or self.head
        assert {finding["commit"] for finding in findings} == {at_fault}, shown
        assert {finding["rule"] for finding in findings} <= {rule, *also}, shown
        for finding in findings:
            fits = finding["rule"] == rule and path in (None, finding["path"])
            if fits and message in finding["message"] and (hint is None or hint in (finding["hint"] or "")):
                found: dict[str, Any] = finding
                self._refused_beforehand(rule, at_fault)
                return found
        raise AssertionError(f"no finding {rule} at {path} with {message!r} and {hint!r} in\n{shown}")

    def _refused_beforehand(self, rule: str, commit: str) -> None:
        """See that the same step is refused where it is proposed and where it is pushed.

        A merge is dated by whoever judges it, so no date of the step's own is found there.
        """
        parents = self.git("show", "--no-patch", "--format=%P", commit).split()
        if not parents:
            return
        with Objects(find_repository(self.folder)) as objects:
            now = moment_text(datetime.now(UTC))
            update = Update("refs/heads/main", parents[0], commit)
            pushed = judge_push(objects, update, lambda: self.pin, now)
            merged = judge_merge(objects, parents[0], commit, self.pin, now)
        assert rule in {finding.rule for finding in pushed.findings}, f"pre-receive: {pushed}"
        assert rule == "time" or rule in {finding.rule for finding in merged.findings}, f"--merge: {merged}"

    # --- copies ---

    def copy(self, target: Path) -> Registry:
        """The same registry, its artifacts and manifests in a new folder that must not exist.

        Git's samples of hooks, which nothing runs, stay behind.
        """
        unused = shutil.ignore_patterns("*.sample")
        shutil.copytree(self.folder.parent, target, symlinks=True, ignore=unused)
        return replace(self, folder=target / self.folder.name)


_SOMEBODY: Final = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "gc.auto=0")


@contextmanager
def _environment(key: Path | None) -> Iterator[None]:
    kept = os.environ.pop("REGISTRY_KEY", None)
    if key is not None:
        os.environ["REGISTRY_KEY"] = str(key)
    try:
        yield
    finally:
        os.environ.pop("REGISTRY_KEY", None)
        if kept is not None:
            os.environ["REGISTRY_KEY"] = kept
