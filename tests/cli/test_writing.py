"""Each verb that writes, as its user types it: what it answers, what it commits, and that it is lawful."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.digests import namespace_of
from gitregistry.records.evidence import Evidence
from gitregistry.records.trust import Trust
from tests.support.keys import IDS, public_line
from tests.support.registry import Registry


@pytest.fixture(autouse=True)
def lawful(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, its registry passes afterwards and its work tree is clean."""
    names = {"empty_registry", "registered", "approved", "live", "two"} & set(request.fixturenames)
    registries: list[Registry] = [request.getfixturevalue(name) for name in names]
    yield
    for registry in registries:
        registry.passes()
        assert registry.git("status", "--porcelain") == ""


def trailers(registry: Registry) -> list[str]:
    return registry.git("log", "-1", "--format=%(trailers)").splitlines()


def test_promote(approved: Registry) -> None:
    document = approved.json("promote", "churn:v1", "--to", "production", "--reason", "the spring model")
    assert {"decision", "commit", "requirements"} <= set(document)
    assert (document["decision"], document["commit"]) == ("promoted", approved.head)
    for requirement in document["requirements"]:
        assert {"name", "met", "by", "reason", "hint"} <= set(requirement)
        assert requirement["met"]
    assert approved.git("log", "-1", "--format=%s") == "Promote churn:v1 to production"
    assert trailers(approved) == [
        "Registry-Action: promote",
        "Registry-Release: churn:v1",
        "Registry-Environment: production",
        "Registry-Sequence: 1",
    ]
    (move,) = approved.json("log", "churn@production")["moves"]
    assert move["reason"] == "the spring model"


def test_a_refused_promotion_lists_every_requirement_and_what_would_meet_it(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed")
    registered.attest("v1", "security_scan_passed", "--failed")
    done = registered.refuses("promote", "churn:v1", "--to", "staging", "--json")
    document = done.json
    assert (document["decision"], document["commit"]) == ("refused", None)
    by_name = {item["name"]: item for item in document["requirements"]}
    assert {name: item["met"] for name, item in by_name.items()} == {
        "artifact_signature_verified": False,
        "offline_eval_passed": True,
        "schema_compatibility_passed": False,
        "security_scan_passed": False,
    }
    assert "failed" in by_name["security_scan_passed"]["reason"]
    # What is built in is made here: its hint says no result.
    hints = {name: item["hint"] for name, item in by_name.items() if not item["met"]}
    assert hints == {name: f"registry check churn:v1 {name}" for name in hints}


def test_what_a_refusal_says_would_meet_a_requirement_does(registered: Registry) -> None:
    registered.to_staging("v1")
    document = registered.refuses("promote", "churn:v1", "--to", "canary", "--json").json
    hints = [item["hint"].replace("VALUE", "1") for item in document["requirements"] if not item["met"]]
    assert len(hints) == 3
    for hint in hints:
        assert hint.startswith("registry attest churn:v1 ")
        registered.run(*hint.split()[1:], key="ci")
    registered.promote("v1", "canary")


def test_a_refusal_for_people(registered: Registry) -> None:
    said = registered.refuses("promote", "churn:v1", "--to", "production").out
    assert "REFUSED: promote churn:v1 to production. Nothing was written." in said
    assert said.count("✗") == 5
    assert "registry approve churn:v1 --to production --role model-owner" in said


def test_a_dry_run_judges_and_writes_nothing(approved: Registry) -> None:
    before = approved.state()
    document = approved.json("promote", "churn:v1", "--to", "production", "--dry-run")
    assert (document["decision"], document["commit"], document["dry_run"]) == ("promoted", None, True)
    assert (
        "nothing was written (dry run)"
        in approved.run("promote", "churn:v1", "--to", "production", "--dry-run").out
    )
    assert approved.refuses("rollback", "churn", "--in", "canary", "--reason", "x", "--dry-run", expect=3)
    assert approved.state() == before


def test_a_measurement_outside_its_bound_refuses_whatever_the_evidence_calls_itself(
    approved: Registry,
) -> None:
    check = "canary_error_rate_under_1_percent"
    approved.attest("v1", check, "--metric", "error_rate=0.0101")
    document = approved.refuses("promote", "churn:v1", "--to", "production", "--json").json
    (unmet, *_) = [item for item in document["requirements"] if not item["met"]]
    assert unmet["name"] == check
    assert "0.0101" in unmet["reason"]
    assert "0.01" in unmet["reason"]


def test_rollback(two: Registry) -> None:
    undone = two.head
    document = two.json("rollback", "churn", "--in", "production", "--reason", "too many errors")
    assert (document["decision"], document["commit"]) == ("rolled back", two.head)
    message = two.git("log", "-1", "--format=%B")
    assert message.startswith('Revert "Promote churn:v2 to production"\n\ntoo many errors\n\n')
    assert f"This reverts commit {undone}." in message
    assert trailers(two)[0] == "Registry-Action: rollback"
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_rollback_to_a_named_version(two: Registry) -> None:
    two.register("v3")
    two.to_production("v3")
    two.rollback("production", "--to", "v1")
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_rollback_passes_over_a_withdrawn_release(two: Registry) -> None:
    two.register("v3")
    two.to_production("v3")
    two.run("retire", "churn:v2", "--withdraw", "--reason", "leaks data")
    two.rollback()
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_attest_with_everything(registered: Registry, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_bytes(b"<p>fine</p>")
    document = registered.json(
        "attest", "churn:v1", "offline_eval_passed", "--passed", "--metric", "auc=0.90",
        "--metric", "auc[age<30]=0.88", "--metric", "wait=12:ms", "--environment", "staging",
        "--observed-from", "2020-05-01T09:00:00+02:00", "--observed-to", "2020-05-02",
        "--report", str(report), "--valid-until", "2099-01-01", "--tool", "evaluator=2.1",
        "--note", "on the May set", key="ci",
    )  # fmt: skip
    (filed,) = document["records"]
    assert document["commit"] == registered.head
    evidence = registered.record(Evidence, filed["path"])
    assert [(m.name, str(m.value), m.unit, m.slice) for m in evidence.measurements] == [
        ("auc", "0.90", None, None),
        ("auc", "0.88", None, "age<30"),
        ("wait", "12", "ms", None),
    ]
    assert evidence.observed is not None
    assert (evidence.observed.start, evidence.observed.end) == (
        "2020-05-01T07:00:00Z",
        "2020-05-02T00:00:00Z",
    )
    assert evidence.report is not None
    assert evidence.report.digest.startswith("sha256:")
    assert evidence.tool is not None
    assert (evidence.tool.name, evidence.tool.version) == ("evaluator", "2.1")
    assert (evidence.valid_until, evidence.note) == ("2099-01-01T00:00:00Z", "on the May set")


def test_a_later_attestation_supersedes_the_earlier(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed", "--failed")
    registered.attest("v1", "offline_eval_passed")
    filed = registered.json("show", "churn:v1")["evidence"]
    assert [(item["result"], item["superseded"]) for item in filed] == [("failed", True), ("passed", False)]


def test_approve_reject_withdraw(registered: Registry) -> None:
    shown = registered.run("approve", "churn:v1", "--to", "production", "--note", "looks good", key="bob")
    assert "customers-2026-04-20" in shown.err, "what is being approved is shown first"
    assert "Nothing is live in production yet" in shown.err
    assert "evidence seen  0" in shown.err
    registered.run(
        "approve", "churn:v1", "--to", "production", "--reject", "--note", "on reflection", key="bob"
    )
    registered.run("approve", "churn:v1", "--to", "production", "--withdraw", key="bob")
    filed = registered.json("show", "churn:v1")["approvals"]
    assert {item["decision"] for item in filed} == {"approve", "reject", "withdraw"}
    assert [item["decision"] for item in filed if not item["superseded"]] == ["withdraw"]
    record = registered.record(
        Approval, next(item["path"] for item in filed if item["decision"] == "approve")
    )
    assert (record.role, record.created_by, record.note) == ("model-owner", IDS["bob"], "looks good")


def test_retire(two: Registry) -> None:
    two.register("v3")
    two.run("retire", "churn:v3", "--reason", "never needed", "--replacement", "v2")
    assert two.json("show", "churn:v3")["state"] == "retired"
    assert two.refuses("promote", "churn:v3", "--to", "staging")


def test_deploy_shares_the_traffic_that_is_left(two: Registry) -> None:
    deploy = ("deploy", "churn", "--in", "production", "--service", "kserve/churn")
    two.run(*deploy, "--revision", "r1", "--release", "v1", "--traffic", "100")
    two.run(*deploy, "--revision", "r2", "--release", "v2", "--traffic", "10", "--mode", "canary")
    two.run(*deploy, "--revision", "r3", "--release", "v2", "--traffic", "0", "--mode", "shadow")
    (place,) = (p for p in two.json("status")["environments"] if p["environment"] == "production")
    assert [(b["revision"], b["traffic_percent"], b["mode"]) for b in place["serving"]] == [
        ("r1", 90, "live"),
        ("r2", 10, "canary"),
        ("r3", 0, "shadow"),
    ]


def test_trust_add_grant_revoke(live: Registry) -> None:
    live.add("dave", "promoter", options=("--model", "churn*", "--environment", "staging"))
    live.register("v2")
    live.pass_staging("v2")
    live.promote("v2", "staging", key="dave")
    assert live.refuses("promote", "churn:v2", "--to", "canary", key="dave")
    live.run("trust", "grant", IDS["dave"], "operator", "attester")
    trust = live.record(Trust, paths.TRUST)
    held = {(grant.role, grant.models) for grant in trust.grants if grant.principal == IDS["dave"]}
    assert held == {("promoter", ("churn*",)), ("operator", ("*",)), ("attester", ("*",))}
    live.run("trust", "revoke", IDS["dave"], "--reason", "left the team")
    assert live.refuses("rollback", "churn", "--in", "production", "--reason", "x", key="dave")
    live.passes()


def test_a_second_key_for_somebody_and_the_end_of_the_first(live: Registry) -> None:
    live.run("trust", "add", IDS["alice"], "--key", f"{live.keys['alice2']}.pub")
    fingerprint = next(
        word
        for line in live.run("trust", "show").out.splitlines()
        if line.startswith(IDS["alice"])
        for word in line.split()
        if word.startswith("SHA256:")
    )
    live.run("trust", "revoke", IDS["alice"], "--key", fingerprint, "--reason", "rotated", key="alice2")
    assert live.refuses("attest", "churn:v1", "offline_eval_passed", "--passed", key="alice")
    live.run("attest", "churn:v1", "offline_eval_passed", "--passed", key="alice2")
    keys = {
        key.public_key: key.revoked
        for principal in live.record(Trust, paths.TRUST).principals
        for key in principal.keys
    }
    assert keys[public_line(live.keys["alice"])] is not None
    assert keys[public_line(live.keys["alice2"])] is None


def two_must_agree(registry: Registry) -> None:
    """Dave becomes an administrator, and from then on two must sign."""
    registry.add("dave", "administrator")
    path = registry.folder / paths.TRUST
    text = path.read_text("utf-8")
    path.write_text(text.replace("  trust: 1", "  trust: 2").replace("  policy: 1", "  policy: 2"), "utf-8")
    waiting = registry.json("sign", paths.TRUST)
    assert waiting["in_force"] is False
    assert registry.json("sign", paths.TRUST, key="dave")["in_force"] is True


def test_two_administrators_sign_a_policy(live: Registry) -> None:
    two_must_agree(live)
    path = live.folder / paths.POLICY
    path.write_text(path.read_text("utf-8").replace("max: 60", "max: 50"), "utf-8")
    assert "50" in live.run("policy", "check").out
    head = live.head
    waiting = live.run("sign", paths.POLICY)
    assert "signed, not yet in force" in waiting.out
    assert "2 administrators of the trust in force must sign it; signed by alice@example.com" in waiting.out
    assert f"registry sign {paths.POLICY}" in waiting.out
    again = live.run("sign", paths.POLICY, expect=2)
    assert "this key has signed it already" in again.err
    assert live.head == head
    done = live.json("sign", paths.POLICY, key="dave")
    assert (done["in_force"], done["by"]) == (True, IDS["dave"])
    assert live.git("show", f"HEAD:{paths.POLICY}.sig").count("BEGIN SSH SIGNATURE") == 2
    assert "latency_p95_ms at most 50 ms" in live.run("policy", "show").out


def test_two_administrators_change_trust_by_a_verb(live: Registry) -> None:
    two_must_agree(live)
    answer = live.json("trust", "grant", IDS["bob"], "operator")
    assert (answer["in_force"], answer["path"]) == (False, paths.TRUST)
    live.run("sign", paths.TRUST, key="dave")
    live.run(
        "deploy",
        "churn",
        "--in",
        "production",
        "--revision",
        "r",
        "--release",
        "v1",
        "--traffic",
        "100",
        key="bob",
    )


def test_a_policy_change_that_was_edited_after_the_first_signature_needs_both_again(live: Registry) -> None:
    two_must_agree(live)
    path = live.folder / paths.POLICY
    path.write_text(path.read_text("utf-8").replace("max: 60", "max: 50"), "utf-8")
    live.run("sign", paths.POLICY)
    path.write_text(path.read_text("utf-8").replace("max: 50", "max: 5000"), "utf-8")
    assert live.json("sign", paths.POLICY, key="dave")["in_force"] is False
    live.run("sign", paths.POLICY)
    assert "at most 5000 ms" in live.run("policy", "show").out


def test_policy_check_says_what_would_change(live: Registry) -> None:
    assert "no change in meaning" in live.run("policy", "check", key=None).out
    path = live.folder / paths.POLICY
    text = path.read_text("utf-8")
    changed = text.replace("      - security_scan_passed\n", "").replace("role: risk-owner", "role: chief")
    path.write_text(changed, "utf-8")
    document = live.json("policy", "check", key=None)
    assert document["faults"] == []
    said = {(change["direction"], change["words"]) for change in document["changes"]}
    assert said == {
        ("looser", "staging no longer needs security_scan_passed"),
        ("other", "production: manual_approval_from_risk_owner now needs a chief instead of a risk-owner"),
    }
    unused, unheld = (warning["words"] for warning in document["warnings"])
    assert unused == "security_scan_passed is defined, and no transition requires it"
    assert "no one holds chief for any model in production" in unheld
    path.write_text(text, "utf-8")


def test_every_signature_satisfies_ssh_keygen(two: Registry, tmp_path: Path) -> None:
    """An auditor needs none of our code: OpenSSH accepts every record with the file that trust prints."""
    two.rollback()
    two.run("deploy", "churn", "--in", "production", "--revision", "r", "--release", "v1", "--traffic", "100")
    two.run("retire", "churn:v2", "--withdraw", "--reason", "worse")
    signers = tmp_path / "allowed-signers"
    signers.write_text(two.run("trust", "allowed-signers", key=None).out, "utf-8")
    kinds = set()
    for signature in two.find("registry/**/*.sig"):
        path = signature.removesuffix(".sig")
        location = paths.locate(path)
        assert location is not None
        kinds.add(location.kind)
        namespace = namespace_of(location.kind)
        found = subprocess.run(
            ["ssh-keygen", "-Y", "find-principals", "-f", signers, "-s", two.folder / signature],
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        who = found.stdout.strip()
        verified = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", who, "-n", namespace,
             "-s", two.folder / signature],
            input=two.read(path), capture_output=True, check=False,
        )  # fmt: skip
        assert verified.returncode == 0, (path, verified.stderr)
    assert kinds >= {
        "trust",
        "policy",
        "release",
        "evidence",
        "approval",
        "alias",
        "deployment",
        "retirement",
        "model",
    }


def test_keys(two: Registry, tmp_path: Path) -> None:
    key = tmp_path / "folder" / "mine"
    document = two.json("keys", "generate", str(key), "--comment", "me@example.com", key=None)
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "folder" / "mine.pub").read_text("utf-8").endswith(" me@example.com\n")
    assert document["fingerprint"].startswith("SHA256:")
