"""docs/commands.md lists the keys of each reading command: all of them, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.records.trust import Trust
from tests.attacks.test_attack_45_emergency import GO, PLACE, SECTION
from tests.docs.generate import read
from tests.support.keys import IDS
from tests.support.mlflow import Mlflow, tracking
from tests.support.registry import Registry

# The heading's command, and how it is really typed: several times where one answer does not hold every key.
CASES = {
    "resolve REF": [["resolve", "churn@production"], ["resolve", "churn:v1"]],
    "pull REF DEST": [["pull", "near:v1", "pulled"]],
    "artifacts verify": [["artifacts", "verify", "near"]],
    "artifacts gc URI --dry-run": [["artifacts", "gc", ".", "--dry-run", "--older-than", "1s"]],
    "list": [["list"]],
    "show REF": [["show", "churn@production"], ["show", "churn:v2", "--at", "stopped"], ["show", "churn:v3"]],
    "log MODEL@ENVIRONMENT": [["log", "churn@production"]],
    "log": [["log"], ["log", "churn"]],
    "why MODEL@ENVIRONMENT": [
        ["why", "churn@production"],
        ["why", "churn@production", "--at", "stopped"],
        ["why", "churn@staging"],
    ],
    "status": [["status", "--expiring", "90000d"], ["status", "--at", "stopped"]],
    "diff A B": [["diff", "churn:v1", "churn:v2"]],
    "approve MODEL:VERSION --to ENV": [
        ["approve", "churn:v1", "--to", "production", "--role", "model-owner", "--dry-run"]
    ],
    "verify": [["verify"]],
    "verify --merge TARGET PROPOSAL": [["verify", "--merge", "HEAD~20", "HEAD"]],
    "promote MODEL:VERSION --to ENV": [
        ["promote", "churn:v2", "--to", "staging", "--dry-run"],
        ["promote", "churn:v3", "--to", "staging"],
    ],
    "promote --batch FILE": [
        ["promote", "--batch", "lawful.yaml", "--dry-run"],
        ["promote", "--batch", "lacking.yaml"],
    ],
    "promote --all-in ENV --to ENV": [
        ["promote", "--all-in", "staging", "--to", "canary", "--dry-run"],
    ],
    "advance": [["advance", "--dry-run"]],
    "mirror mlflow": [["mirror", "mlflow", "--dry-run", "--known-only"]],
    "guard MODEL --in ENV --once": [["guard", "churn", "--in", "staging", "--once"]],
    "trust show": [["trust", "show"]],
    "trust revoke ID --dry-run": [["trust", "revoke", "bob@example.com", "--dry-run"]],
    "trust pin": [["trust", "pin"]],
    "policy show": [["policy", "show"]],
    "policy check": [["policy", "check"], ["policy", "check", "faulty.yaml"]],
    "policy explain ENV": [["policy", "explain", "production"], ["policy", "explain", "staging"]],
    "policy explain ENV MODEL": [["policy", "explain", "production", "churn:v2"]],
    "policy test": [["policy", "test", "policy-tests.yaml"]],
    "policy diff A B": [["policy", "diff", "1", "2"]],
    "policy simulate FILE": [["policy", "simulate", "tighter.yaml"]],
    "rule": [["rule"]],
    "rule CODE": [["rule", "freeze"]],
    "keys list": [["keys", "list"]],
}
# Asked of a registry without a broken record.
FLEETS = ("promote --all-in ENV --to ENV", "advance", "artifacts gc URI --dry-run")
RECORDS = {"trust show": Trust, "policy show": Policy}


PROFILES = """
profiles:
  - name: churn
    models: [churn]
    promotion_policy:
      to_production:
        requires: [offline_eval_passed]
        abort_when: [{fails: offline_eval_passed}]
  - name: all
    models: ["*"]
    promotion_policy: {to_production: {requires: [offline_eval_passed]}}

checks:
"""


TESTS = """
people: [{id: alice, roles: [publisher, promoter]}]
cases: [{name: nothing is there, to: production, expect: promoted}]
"""


@pytest.fixture(scope="module")
def eventful(two_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Every list holds something: drift, findings, one mended, a recovery, a weaker policy, an emergency."""
    registry = two_template.copy(tmp_path_factory.mktemp("eventful") / "copy")
    registry.rollback()
    registry.lift("v2")
    registry.run("stop", "churn", "--reason", "bad data")
    registry.git("tag", "stopped")
    registry.run("resume", "churn", "--reason", "good data")
    registry.rollback("production", "--to", "v2")
    registry.run(
        "deploy", "churn", "--in", "production", "--revision", "s1", "--release", "v1", "--traffic", "100"
    )
    registry.git("revert", "--no-edit", "HEAD~1")
    registry.rollback("production", "--to", "v2")
    registry.change_policy("      - security_scan_passed\n", "")
    registry.change_policy(
        "  to_canary:\n", "    abort_when:\n      - fails: offline_eval_passed\n  to_canary:\n"
    )
    registry.promote("v1", "staging")
    registry.register("v3")
    near = registry.folder.parent / "near.bin"
    near.write_bytes(b"an artifact at hand")
    (registry.folder.parent / "near.yaml").write_text("model_name: near\nversion: v1\n", "utf-8")
    registry.run("register", str(near.with_suffix(".yaml")), "--artifact", str(near))
    registry.change_policy(PLACE, SECTION + PLACE)
    registry.run("trust", "grant", IDS["alice"], "incident-commander")
    registry.attest("v3", "artifact_signature_verified")
    registry.run("promote", "churn:v3", "--to", "staging", *GO[4:])
    broken = registry.folder / "registry/models/broken/releases/v1/manifest.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("kind: [", "utf-8")
    registry.git("add", "--all")
    registry.git("commit", "--message", "a step past the registry")
    beside = registry.folder.parent
    (beside / "lawful.yaml").write_text("- {release: 'churn:v2', to: staging}\n", "utf-8")
    (beside / "lacking.yaml").write_text("- {release: 'churn:v3', to: staging}\n", "utf-8")
    registry.run(
        "trust", "recover", "--reason", "lost", "--person", f"{IDS['alice']}={registry.keys['alice']}.pub"
    )
    registry.attest("v3", "feature_parity_verified", "--valid-until", "2099-01-01", key="alice")
    registry.change_policy("\nchecks:\n", PROFILES)
    (beside / "policy-tests.yaml").write_text(TESTS, "utf-8")
    (beside / "faulty.yaml").write_bytes(
        registry.read(paths.POLICY).replace(b"after: canary", b"after: moon")
    )
    policy = registry.read(paths.POLICY)
    (beside / "tighter.yaml").write_bytes(policy.replace(b"max: 60", b"max: 40"))
    registry.write(paths.POLICY, policy.replace(b"max: 60", b"max: 80"))
    return registry


@pytest.fixture(scope="module")
def withdrawn(two_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A release in staging that meets all that canary asks, and may not go anywhere."""
    registry = two_template.copy(tmp_path_factory.mktemp("withdrawn") / "copy")
    registry.change_policy("  to_canary:\n", "  to_canary:\n    automatic: true\n")
    registry.register("v3")
    registry.to_staging("v3")
    registry.pass_canary("v3")
    registry.run("retire", "churn:v3", "--withdraw", "--reason", "leaks")
    return registry


@pytest.fixture(scope="module")
def mlflow() -> Iterator[Mlflow]:
    """A tracking server without a model."""
    with tracking() as held:
        yield held


@pytest.mark.parametrize("command", CASES)
def test_the_documented_keys_are_the_keys_that_are_printed(
    command: str, eventful: Registry, withdrawn: Registry, mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(eventful.folder.parent)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.uri)
    registry = withdrawn if command in FLEETS else eventful
    said = documented()[command]
    printed: set[str] = set()
    for arguments in CASES[command]:
        printed |= set(flat(registry.json(*arguments, expect=None), said))
    record = RECORDS.get(command)
    fields_of_record = {field.name for field in fields(record)} if record else set()
    printed = {key for key in printed if re.split(r"[.\[]", key)[0] not in fields_of_record}
    assert printed == set(said)


def test_every_documented_command_is_tried() -> None:
    assert set(documented()) == set(CASES)


def documented() -> dict[str, dict[str, str]]:
    """Key to meaning of each command under the heading JSON."""
    sections = re.split(r"^### `registry (.+?) --json`$", read("docs/commands.md"), flags=re.MULTILINE)[1:]
    return {
        command: dict(re.findall(r"^\| `(.+?)` \| (.+) \|$", body, re.MULTILINE))
        for command, body in zip(sections[::2], sections[1::2], strict=True)
    }


def flat(value: Any, said: dict[str, str], key: str = "") -> Iterator[str]:
    """Every key on the way down; not into records and maps, whose keys are said elsewhere."""
    if key:
        yield key
    if "(records.md)" in said.get(key, "") or said.get(key, "").startswith("a map"):
        return
    if isinstance(value, dict):
        for name, part in value.items():
            yield from flat(part, said, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for part in value:
            if isinstance(part, dict):
                for name, inner in part.items():
                    yield from flat(inner, said, f"{key}[].{name}")
