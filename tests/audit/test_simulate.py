"""``policy simulate``: what the promotions of a history would have been under another policy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitregistry.audit import shares
from gitregistry.audit.simulate import Simulation, simulate
from gitregistry.audit.trial import Proposed
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import ReleaseReference
from gitregistry.records.release import Release
from gitregistry.records.shapes import read_record
from gitregistry.registry.moments import moment_text
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.support.registry import TO_STAGING, Registry

SLOWER = ("    max: 60\n", "    max: 40\n")
ONE_CHECK_LESS = ("      - security_scan_passed\n", "")


def proposed(registry: Registry, *edits: tuple[str, str]) -> str:
    """A file with the policy in the work tree, edited; its name."""
    text = registry.read(paths.POLICY).decode()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = registry.folder.parent / "proposed.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def simulated(registry: Registry, file: str, last: int | None = None) -> Simulation:
    with Objects(find_repository(registry.folder)) as objects:
        return simulate(
            objects, registry.head, Proposed(Path(file).read_bytes(), last), moment_text(datetime.now(UTC))
        )


def changes(document: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (f"{one['model_name']}:{one['version']}", one["environment"], one["then"], one["would_be"])
        for one in document["changes"]
    ]


def test_the_policy_in_force_changes_nothing(two: Registry) -> None:
    document = two.json("policy", "simulate", "--all", "--exit-code")
    assert (document["promotions"], document["unchanged"], document["changes"]) == (6, 6, [])
    shown = two.run("policy", "simulate").out
    assert "6 promotions under the work tree's policy: none would have been decided otherwise" in shown
    assert "approvals given under the policy in force" in shown


def test_a_tighter_bound_names_the_promotions_that_it_would_have_stopped(two: Registry) -> None:
    state = two.state()
    document = two.json("policy", "simulate", proposed(two, SLOWER))
    assert changes(document) == [
        ("churn:v1", "canary", "passed", "refused"),
        ("churn:v2", "canary", "passed", "refused"),
    ]
    first = document["changes"][0]
    assert first["unmet_then"] == []
    (unmet,) = first["unmet"]
    assert unmet["name"] == "latency_p95_under_60ms"
    assert "latency_p95_ms = 43 ms, the policy asks for at most 40 ms" in unmet["reason"]
    assert first["commit"] == two.git("log", "--format=%H", "--grep=Promote churn:v1 to canary")
    assert (document["would_be_refused"], document["would_pass"], document["unchanged"]) == (2, 0, 4)
    assert two.state() == state
    shown = two.run("policy", "simulate", proposed(two, SLOWER)).out
    assert "2 would have been refused" in shown
    assert first["commit"][:12] in shown


def test_approvals_of_the_day_count_as_given_under_the_proposed_policy(two: Registry) -> None:
    more_persons = ("role: risk-owner\n    count: 1", "role: risk-owner\n    count: 2")
    document = two.json("policy", "simulate", proposed(two, more_persons))
    assert changes(document) == [
        ("churn:v1", "production", "passed", "refused"),
        ("churn:v2", "production", "passed", "refused"),
    ]
    (unmet,) = document["changes"][0]["unmet"]
    assert unmet == {
        "name": "manual_approval_from_risk_owner",
        "reason": "1 of 2 approvals (by carol@example.com)",
    }


def test_the_last_ones_alone(two: Registry) -> None:
    file = proposed(two, SLOWER)
    document = two.json("policy", "simulate", file, "--last", "3")
    assert document["promotions"] == 3
    assert changes(document) == [("churn:v2", "canary", "passed", "refused")]
    assert two.json("policy", "simulate", file, "--last", "1")["changes"] == []


def test_exit_codes(two: Registry) -> None:
    file = proposed(two, SLOWER)
    two.run("policy", "simulate", file)
    two.run("policy", "simulate", file, "--exit-code", expect=1)
    two.run("policy", "simulate", file, "--exit-code", "--last", "1")
    assert "--last and --all" in two.run("policy", "simulate", "--all", "--last", "3", expect=2).err
    assert "no file" in two.run("policy", "simulate", "nowhere.yaml", expect=3).err


def test_a_policy_that_cannot_be_applied_is_said_with_its_lines(two: Registry) -> None:
    file = proposed(
        two, ("      - security_scan_passed\n", "      - no_such_check\n"), ("after: staging", "after: moon")
    )
    err = two.run("policy", "simulate", file, expect=2).err
    text = Path(file).read_text("utf-8").splitlines()
    environments = text.index("environments:") + 1
    requires = text.index("  to_staging:") + 2
    assert f"line {environments}: environments: canary comes after moon, which is not above it" in err
    assert f"line {requires}: promotion_policy.to_staging.requires: no_such_check is not defined" in err
    Path(file).write_text("kind: policy\nkinds: x\n")
    assert f"{file}:2: kinds: " in two.run("policy", "simulate", file, expect=2).err


def test_an_environment_that_the_policy_no_longer_has(two: Registry) -> None:
    text = Path(proposed(two)).read_text("utf-8")
    start, end = text.index("  to_canary:"), text.index("  to_production:")
    edits = (
        ("  - name: canary\n    after: staging\n", ""),
        ("    after: canary\n", "    after: staging\n"),
        (text[start:end], ""),
        ("    environment: canary\n", ""),
        ("    environment: canary\n", ""),
    )
    document = two.json("policy", "simulate", proposed(two, *edits))
    assert changes(document) == [
        ("churn:v1", "canary", "passed", "refused"),
        ("churn:v2", "canary", "passed", "refused"),
    ]


def test_what_was_refused_and_would_have_passed(two: Registry) -> None:
    two.register("v3")
    for check in TO_STAGING[:-1]:
        two.attest("v3", check)
    alias = two.record(Alias, paths.alias("churn", "staging"))
    two.edit(
        paths.alias("churn", "staging"),
        "alice",
        version="v3",
        release_digest=two.digest(paths.manifest("churn", "v3")),
        created_at=two.record(Release, paths.manifest("churn", "v3")).created_at,
        sequence=alias.sequence + 1,
        previous=two.digest(paths.alias("churn", "staging")),
        evidence=(),
        rollback_target=ReleaseReference(version="v2", release_digest=alias.release_digest),
    )
    forged = two.commit_all("A promotion that nobody judged")
    document = two.json("policy", "simulate", proposed(two, ONE_CHECK_LESS))
    assert changes(document) == [("churn:v3", "staging", "refused", "passed")]
    (change,) = document["changes"]
    assert change["commit"] == forged
    assert [item["name"] for item in change["unmet_then"]] == ["security_scan_passed"]
    assert document["findings"] > 0
    assert "registry verify has" in two.run("policy", "simulate").out


def test_what_broke_another_rule_passes_under_no_policy(two: Registry) -> None:
    two.register("v3")
    two.attest("v3", TO_STAGING[0])
    alias = two.record(Alias, paths.alias("churn", "staging"))
    two.edit(
        paths.alias("churn", "staging"),
        "carol",  # who is no promoter
        created_by="carol@example.com",
        version="v3",
        release_digest=two.digest(paths.manifest("churn", "v3")),
        created_at=two.record(Release, paths.manifest("churn", "v3")).created_at,
        sequence=alias.sequence + 1,
        previous=two.digest(paths.alias("churn", "staging")),
        evidence=(),
        rollback_target=ReleaseReference(version="v2", release_digest=alias.release_digest),
    )
    two.commit_all("A promotion by somebody who may not")
    file = proposed(two, *((f"      - {check}\n", "") for check in TO_STAGING[1:]))
    (tried,) = simulated(two, file, 1).tried
    assert (tried.version, len(tried.lacked), tried.lacks) == ("v3", 3, ())
    assert tried.besides == ("role",)
    assert two.json("policy", "simulate", file)["changes"] == []


@pytest.fixture
def eventful(two: Registry) -> Registry:
    """Two policies more, a revoked attester, a rollback, and promotions under each policy."""
    two.change_policy(*ONE_CHECK_LESS)
    two.register("v3")
    for check in TO_STAGING[:-1]:
        two.attest("v3", check)
    two.promote("v3", "staging")
    two.rollback("production")
    two.change_policy("    max: 60\n", "    max: 50\n")
    two.promote("v1", "canary")
    two.add("dave", "attester")
    two.run("trust", "revoke", "ci", "--reason", "lost")
    two.register("v4")
    for check in TO_STAGING[:-1]:
        two.attest("v4", check, key="dave")
    two.promote("v4", "staging")
    return two


def test_each_policy_changes_nothing_of_what_was_promoted_under_it(eventful: Registry) -> None:
    under: dict[int, set[str]] = {}
    for commit in eventful.git("log", "--format=%H", "--grep=^Promote").split():
        text = eventful.git("show", "--name-only", "--format=", commit).split()
        path = next(name for name in text if name.endswith(".yaml"))
        alias = read_record(Alias, eventful.git("show", f"{commit}:{path}").encode() + b"\n", path)
        under.setdefault(alias.policy.version, set()).add(commit)
    assert set(under) == {1, 2, 3}
    for version, commits in under.items():
        document = eventful.json("policy", "simulate", str(version), "--all")
        assert document["policy"] == f"policy {version}"
        assert commits.isdisjoint(change["commit"] for change in document["changes"])
    assert eventful.json("policy", "simulate", "1", "--all")["would_be_refused"] == 2


@pytest.mark.parametrize("edits", [[SLOWER], [ONE_CHECK_LESS], [SLOWER, ONE_CHECK_LESS]])
def test_it_says_what_promote_would_have_said_with_that_policy_in_force(
    edits: list[tuple[str, str]], two: Registry, tmp_path: Path
) -> None:
    """To staging and canary: what approvals rest on would be given anew."""
    file = proposed(two, *edits)
    tried = {one.commit: one for one in simulated(two, file).tried if one.environment != "production"}
    assert len(tried) == 4
    for number, (commit, one) in enumerate(tried.items()):
        then = two.copy(tmp_path / f"then-{number}")
        then.git("reset", "--quiet", "--hard", f"{commit}^")
        then.run("trust", "pin", then.pin, "--forget")
        for old, new in edits:
            then.change_policy(old, new)
        document = then.json(
            "promote", f"churn:{one.version}", "--to", one.environment, "--dry-run", expect=None
        )
        assert (document["decision"] == "promoted") == one.would_pass
        unmet = [(item["name"], item["reason"]) for item in document["requirements"] if not item["met"]]
        assert unmet == [(item.name, item.reason) for item in one.lacks]


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
@pytest.mark.parametrize("last", [None, 1, 3])
def test_any_split_says_the_same(
    processes: int, last: int | None, unlawful: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = proposed(unlawful, ("      - security_scan_passed\n", "      - staging_smoke_test_passed\n"))
    whole = simulated(unlawful, file, last)
    assert len(whole.tried) == (last or 6)
    assert len(whole.refused) == len(whole.tried)
    monkeypatch.setattr(shares, "WORTH_SHARING", 1)
    monkeypatch.setattr(shares, "processes", lambda: processes)
    assert simulated(unlawful, file, last) == whole


def test_a_batch_is_tried_promotion_by_promotion(lawful: Registry) -> None:
    file = lawful.folder.parent / "batch.yaml"
    models = ("alpha", "beta")
    for model in models:
        lawful.register("v9", model=model)
        for check in TO_STAGING:
            lawful.attest("v9", check, model=model)
    lawful.attest("v9", "staging_smoke_test_passed", model="alpha")
    file.write_text("".join(f"- {{release: '{model}:v9', to: staging}}\n" for model in models))
    lawful.run("promote", "--batch", str(file))
    also = (
        "      - security_scan_passed\n",
        "      - security_scan_passed\n      - staging_smoke_test_passed\n",
    )
    document = lawful.json("policy", "simulate", proposed(lawful, also), "--last", "2")
    assert changes(document) == [("beta:v9", "staging", "passed", "refused")]


def test_a_history_that_cannot_be_read_is_no_answer(lawful: Registry) -> None:
    oid = lawful.git("rev-parse", "HEAD:registry/models/beta/aliases/staging.yaml")
    (lawful.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
    done = lawful.run("policy", "simulate", expect=5)
    assert oid in done.err


def test_a_registry_without_promotions(empty_registry: Registry) -> None:
    assert "there is no promotion to try" in empty_registry.run("policy", "simulate").out
