"""What lies in ``examples/`` is read by the same readers as a registry's own records."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from gitregistry.errors import BadInput
from gitregistry.integrations.json_mapping import read_mapping
from gitregistry.integrations.json_report import read_json_report
from gitregistry.operations.batch_file import read_batch
from gitregistry.operations.check_output import read_output
from gitregistry.operations.manifest_input import read_manifest
from gitregistry.operations.scaffold import WORKFLOW
from gitregistry.records.digests import digest_of
from gitregistry.records.policy import Policy, SigningIdentity
from gitregistry.records.release import Release
from gitregistry.records.shapes import plain, read_record
from gitregistry.records.trust import Trust
from gitregistry.registry.opening import Opened
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.trust_rules import faults_in_policy
from tests.docs.blocks import ROOT
from tests.support.registry import Registry

EXAMPLES = ROOT / "examples"

# The key on the page is that of the bundles in the tests.
PEM = (ROOT / "tests/builtin/bundles/prime256v1.pub.pem").read_text("ascii")


IDENTITIES = (
    SigningIdentity(
        identity="https://github.com/example/fraud-model/.github/workflows/sign.yml@refs/heads/main",
        issuer="https://token.actions.githubusercontent.com",
    ),
    SigningIdentity(identity="release-bot@example.com", issuer="https://accounts.example.com"),
)


def test_the_policy_can_be_applied() -> None:
    policy = read_record(Policy, (EXAMPLES / "policy.yaml").read_bytes(), "policy.yaml")
    assert list(faults_in_policy(policy)) == []


def test_the_trust_can_answer() -> None:
    data = (EXAMPLES / "trust.yaml").read_bytes()
    trust = TrustInForce(Opened("trust.yaml", read_record(Trust, data, "trust.yaml"), digest_of(data), ()))
    assert trust.four_eyes
    assert trust.holds("alice@example.com", "promoter", "fraud-model", "production")
    assert not trust.holds("alice@example.com", "promoter", "churn-predictor", "production")
    assert [holder.id for holder in trust.holders("operator", "churn-predictor", "production")] == [
        "bob@example.com"
    ]


def test_the_roles_that_the_policy_asks_for_are_held_or_reported() -> None:
    policy = read_record(Policy, (EXAMPLES / "policy.yaml").read_bytes(), "policy.yaml")
    trust = read_record(Trust, (EXAMPLES / "trust.yaml").read_bytes(), "trust.yaml")
    held = {grant.role for grant in trust.grants}
    assert {check.role for check in policy.checks.values() if check.role} <= held


def test_the_batch_can_be_read() -> None:
    wishes = read_batch(EXAMPLES / "batch.yaml").wishes
    assert [(str(wish.name), wish.environment) for wish in wishes] == [
        ("fraud-model:2026.04.27-rc2", "staging"),
        ("churn-predictor:1.8.0", "staging"),
        ("demand-forecast:v41", "canary"),
    ]


@pytest.mark.parametrize("name", ["manifest.yaml", "manifest-full.yaml"])
def test_a_manifest_registers_as_it_stands(name: str, empty_registry: Registry, tmp_path: Path) -> None:
    artifact = tmp_path / "model.bin"
    artifact.write_bytes(b"weights")
    made = empty_registry.json("register", str(EXAMPLES / name), "--artifact", str(artifact))
    data = (empty_registry.folder / made["path"]).read_bytes()
    release = read_record(Release, data, made["path"])
    assert release.artifact_uri.startswith("s3://ml-registry/")
    given = read_manifest(EXAMPLES / name, ignore_claims=False)
    assert given.warnings == ()
    assert set(given.fields) <= set(plain(release))


def test_the_manifest_is_refused_when_it_claims_what_it_has_reached(tmp_path: Path) -> None:
    claiming = tmp_path / "manifest.yaml"
    text = (EXAMPLES / "manifest.yaml").read_text("utf-8") + "approval_status: staging-approved\n"
    claiming.write_text(text, "utf-8")
    with pytest.raises(BadInput, match="cannot be claimed"):
        read_manifest(claiming, ignore_claims=False)
    assert read_manifest(claiming, ignore_claims=True).warnings != ()


def test_the_workflow_is_the_one_on_the_page_with_the_actions_of_a_new_registry() -> None:
    text = (EXAMPLES / "advance.yml").read_text("utf-8")
    page = (ROOT / "docs/fleets.md").read_text("utf-8")
    assert f"```yaml\n{text.partition(chr(10))[2]}```\n" in page
    used = re.findall(r"uses: (.+)", text)
    assert used == re.findall(r"uses: (.+)", WORKFLOW)
    (job,) = yaml.safe_load(text)["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert not any("${{" in script for script in scripts), "what others wrote gets into no shell"
    assert "registry advance --push" in scripts[-1]


def test_what_the_evidence_page_shows_can_be_used(tmp_path: Path) -> None:
    page = (ROOT / "docs/evidence.md").read_text("utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    mappings = [text for text in shown if "checks:" not in text]
    assert (len(mappings), len(shown)) == (1, 4)
    file = tmp_path / "map.yaml"
    file.write_text(mappings[0], "utf-8")
    report = (EXAMPLES / "reports/great_expectations.json").read_bytes()
    found = read_json_report(report, "report.json", read_mapping(file).mapping)
    assert (found.result, len(found.measurements)) == ("passed", 3)
    for text in re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        assert read_output(text.encode()).measurements


@pytest.mark.parametrize(
    ("shown", "field", "begins"),
    [
        ("run:", "run", ("python", "checks/latency.py", "--requests", "1000")),
        ("model_signing_keys:", "model_signing_keys", (PEM,)),
        ("model_signing_identities:", "model_signing_identities", IDENTITIES),
    ],
)
def test_the_policies_of_the_evidence_page_can_be_applied(
    shown: str, field: str, begins: tuple[object, ...]
) -> None:
    page = (ROOT / "docs/evidence.md").read_text("utf-8")
    (text,) = (
        block
        for block in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        if shown in block
    )
    check = text.partition("checks:\n")[2]
    base = (EXAMPLES / "policy.yaml").read_text("utf-8")
    assert "\nchecks:\n" in base
    name = check.split(":")[0].strip()
    start = base.index(f"\n  {name}:\n")
    end = re.compile(r"^  \S", re.MULTILINE).search(base, start + 3)
    whole = base[: start + 1] + check + (base[end.start() :] if end else "")
    policy = read_record(Policy, whole.encode(), "policy.yaml")
    assert list(faults_in_policy(policy)) == []
    assert getattr(policy.checks[name], field) == begins
