"""Two teams in one registry: neither touches the other's models, nor an environment it holds no role in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Policy
from tests.support.forging import made_approval, made_evidence, made_promotion
from tests.support.keys import IDS
from tests.support.registry import TO_STAGING, Registry
from tests.trust.people import MORE, with_keys

ROLES = ("publisher", "attester", "promoter", "operator", "model-owner", "risk-owner")
SHIFT = ("--in", "production", "--reason", "r")
DEPLOY = ("deploy", "churn", "--in", "production", "--revision", "r1", "--release", "v2", "--traffic", "100")
ERRORS = "canary_error_rate_under_1_percent"


@pytest.fixture(scope="module")
def teams_template(
    two_template: Registry, more_keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Registry:
    """Churn is live. Erin's team has fraud; frank has churn, but only in staging; dave only in canary."""
    registry = with_keys(two_template.copy(tmp_path_factory.mktemp("teams") / "copy"), more_keys)
    scopes = {
        "erin": ("--model", "fraud*"),
        "frank": ("--model", "churn", "--environment", "staging"),
        "dave": ("--model", "churn", "--environment", "canary"),
    }
    for name, scope in scopes.items():
        identity = {**IDS, **MORE}[name]
        roles = [word for role in ROLES for word in ("--role", role)]
        registry.run("trust", "add", identity, "--key", f"{registry.keys[name]}.pub", *roles, *scope)
    registry.register("v3")
    registry.register("f1", model="fraud-cards", key="erin")
    return registry


@pytest.fixture
def teams(teams_template: Registry, tmp_path: Path) -> Registry:
    return teams_template.copy(tmp_path / "teams")


OF_THE_OTHER_TEAM = {
    "promote": ("promote", "churn:v2", "--to", "production"),
    "rollback": ("rollback", "churn", *SHIFT),
    "approve": ("approve", "churn:v2", "--to", "production", "--role", "risk-owner"),
    "attest": (
        "attest",
        "churn:v2",
        "canary_error_rate_under_1_percent",
        "--passed",
        "--environment",
        "canary",
    ),
    "retire": ("retire", "churn:v1", "--withdraw", "--reason", "r"),
    "deploy": (
        "deploy",
        "churn",
        "--in",
        "production",
        "--revision",
        "r1",
        "--release",
        "v2",
        "--traffic",
        "100",
    ),
}


@pytest.mark.parametrize("verb", OF_THE_OTHER_TEAM)
def test_another_teams_model_is_out_of_reach_of_every_verb(teams: Registry, verb: str) -> None:
    said = teams.refuses(*OF_THE_OTHER_TEAM[verb], key="erin")
    assert "does not hold the role" in said.out + said.err


@pytest.mark.parametrize("verb", OF_THE_OTHER_TEAM)
def test_a_role_in_staging_reaches_no_other_environment(teams: Registry, verb: str) -> None:
    said = teams.refuses(*OF_THE_OTHER_TEAM[verb], key="frank")
    assert "does not hold the role" in said.out + said.err


def test_registering_for_another_team_is_refused(teams: Registry) -> None:
    """A release is for no environment: who may publish the model anywhere may register it."""
    manifest = teams.folder.parent / "churn-v9.yaml"
    manifest.write_bytes((teams.folder.parent / "churn-v3.yaml").read_bytes().replace(b"v3", b"v9"))
    artifact = teams.folder.parent / "artifacts" / "churn-v3.tar.gz"
    said = teams.refuses("register", str(manifest), "--artifact", str(artifact), key="erin")
    assert "publisher for churn" in said.err
    teams.register("v9", key="frank")
    teams.passes()


def test_each_team_does_its_own_work(teams: Registry) -> None:
    for check in TO_STAGING:
        teams.attest("f1", check, key="erin", model="fraud-cards")
        teams.attest("v3", check, key="frank")
    teams.run("promote", "fraud-cards:f1", "--to", "staging", key="erin")
    teams.run("promote", "churn:v3", "--to", "staging", key="frank")
    teams.run("rollback", "churn", "--in", "staging", "--reason", "r", key="frank")
    teams.passes()


# --- by hand, past the commands ---


@pytest.mark.parametrize("who", ["erin", "frank"])
def test_an_alias_moved_by_hand_is_found_and_is_no_ground(teams: Registry, who: str) -> None:
    record = made_promotion(teams, "v3", "production", created_by={**IDS, **MORE}[who])
    teams.forge(teams.alias(), record, who)
    commit = teams.commit_all()
    found = [item for item in teams.verify()["findings"] if item["rule"] == "role"]
    assert [(item["commit"], item["path"]) for item in found] == [(commit, teams.alias())]
    assert "promoter for churn in production" in found[0]["message"]
    teams.run("promote", "churn:v2", "--to", "production")
    alias = teams.record(Alias, teams.alias())
    assert alias.sequence == record.sequence + 1
    assert alias.rollback_target is not None
    assert alias.rollback_target.version == "v1"


@pytest.mark.parametrize("who", ["erin", "frank"])
def test_an_approval_placed_by_hand_is_found_and_counts_neither_way(teams: Registry, who: str) -> None:
    """Nor does a rejection: another team cannot hold up this one's production."""
    identity = {**IDS, **MORE}[who]
    path, record = made_approval(
        teams, "v2", "bob", "risk-owner", created_by=identity, decision="reject", note="no"
    )
    path = path.replace(IDS["bob"], identity)
    teams.forge(path, record, who)
    teams.commit_all()
    teams.finds("role", path, message="risk-owner for churn in production")
    teams.run("promote", "churn:v2", "--to", "production")


@pytest.mark.parametrize("who", ["erin", "frank"])
def test_a_retirement_or_a_deployment_by_hand_is_found(teams: Registry, who: str) -> None:
    teams.run(
        "deploy", "churn", "--in", "production", "--revision", "r1", "--release", "v2", "--traffic", "100"
    )
    teams.run("retire", "churn:v1", "--withdraw", "--reason", "r")
    for path in (paths.deployment("churn", "production"), paths.retirement("churn", "v1")):
        teams.edit(path, who, created_by={**IDS, **MORE}[who])
    teams.commit_all()
    found = {(item["rule"], item["path"]) for item in teams.verify()["findings"]}
    assert ("role", paths.deployment("churn", "production")) in found
    assert ("role", paths.retirement("churn", "v1")) in found


def test_retiring_needs_the_role_even_where_the_policy_knows_no_environment(teams: Registry) -> None:
    policy = teams.record(Policy, paths.POLICY)
    checks = {name: replace(check, environment=None) for name, check in policy.checks.items()}
    none = replace(policy, environments=(), promotion_policy={}, checks=checks)
    none = replace(none, version=2, previous=teams.digest(paths.POLICY))
    lines = encode(none).splitlines(keepends=True)
    text = b"".join(line for line in lines if not line.startswith((b"environments", b"promotion_policy")))
    teams.forge_bytes(paths.POLICY, text + b"environments: []\npromotion_policy: {}\n", "alice")
    teams.commit_all()
    teams.passes()
    teams.refuses("retire", "churn:v1", "--withdraw", "--reason", "r", key="erin")
    teams.refuses("retire", "churn:v1", "--withdraw", "--reason", "r", key="frank")
    teams.run("retire", "churn:v1", "--withdraw", "--reason", "r")
    teams.passes()


# --- evidence for a check that names no environment ---


def test_who_attests_for_one_environment_opens_no_other(teams: Registry) -> None:
    """Dave attests in canary. The checks of staging name no environment, and are about the release itself."""
    for check in TO_STAGING[1:]:
        teams.attest("v3", check)
    teams.attest("v3", TO_STAGING[0], key="dave")
    said = teams.refuses("promote", "churn:v3", "--to", "staging").out
    assert f"{IDS['dave']} does not hold the role attester for churn in staging" in said
    teams.attest("v3", TO_STAGING[0], key="frank")
    teams.promote("v3", "staging")
    teams.passes()


def test_nor_by_naming_the_environment_that_it_holds(teams: Registry) -> None:
    for check in TO_STAGING[1:]:
        teams.attest("v3", check)
    teams.attest("v3", TO_STAGING[0], "--environment", "canary", key="dave")
    teams.refuses("promote", "churn:v3", "--to", "staging")
    path, record = made_evidence(teams, "v3", TO_STAGING[0], created_by=IDS["dave"], environment="staging")
    teams.forge(path, record, "dave")
    teams.commit_all()
    teams.finds("role", path, message="attester for churn in staging")
    teams.refuses("promote", "churn:v3", "--to", "staging")


def test_nor_does_it_close_one(teams: Registry) -> None:
    """A failure by who could not have let it pass there refuses nothing there."""
    teams.pass_staging("v3")
    teams.attest("v3", TO_STAGING[0], "--failed", key="dave")
    filed = teams.find(f"{paths.evidence_folder('churn', 'v3')}/{TO_STAGING[0]}-*.yaml")
    assert {teams.record(Evidence, path).result for path in filed} == {"passed", "failed"}
    teams.promote("v3", "staging")
    teams.passes()
    teams.register("v4")
    teams.pass_staging("v4")
    teams.attest("v4", TO_STAGING[0], "--failed", key="frank")
    teams.refuses("promote", "churn:v4", "--to", "staging")


# --- persons, bots and pipelines ---


@pytest.mark.parametrize("kind", ["bot", "ci"])
def test_only_a_person_approves_whatever_is_granted(teams: Registry, kind: str) -> None:
    teams.add("deploy-bot", "risk-owner", "promoter", kind=kind)
    said = teams.refuses(
        "approve", "churn:v2", "--to", "production", "--role", "risk-owner", key="deploy-bot"
    )
    assert "only a person can approve" in said.err
    teams.run("promote", "churn:v2", "--to", "production", key="deploy-bot")
    path, record = made_approval(teams, "v2", "deploy-bot", "risk-owner")
    teams.forge(path, record, "deploy-bot")
    teams.commit_all()
    teams.finds("principal-kind", path)


def test_naming_a_robot_administrator_is_warned_of(teams: Registry) -> None:
    public = f"{teams.keys['deploy-bot']}.pub"
    said = teams.run(
        "trust", "add", "deploy-bot", "--key", public, "--kind", "bot", "--role", "administrator"
    )
    assert "only persons count as administrators" in said.err
