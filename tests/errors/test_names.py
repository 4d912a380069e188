"""Names of nothing, and arguments that cannot be: each ends with one message and the code that scripts test.

On exit codes, see ``docs/commands.md``: 1 refused, 2 bad input, 3 no such thing.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.errors.failing import fails
from tests.support.registry import Registry


class Wrong(NamedTuple):
    """A command that must fail: what it is called with, its exit code, and what it says."""

    arguments: str
    code: int
    says: tuple[str, ...]


NO_MODEL = ("there is no model 'nobody'; there are churn", "try: registry list")
NO_VERSION = ("model churn has no release v9; it has v1, v2", "try: registry list churn")
NO_ENVIRONMENT = (
    "the policy knows no environment 'prod'; it knows staging, canary, production",
    "try: registry policy show",
)
NO_NAME = "is not a name: use 1 to 100 of lower-case letters"

WRONG = [
    # What is not there
    Wrong("resolve nobody@production", 3, NO_MODEL),
    Wrong("resolve nobody:v1", 3, NO_MODEL),
    Wrong("resolve churn:v9", 3, NO_VERSION),
    Wrong("resolve churn@prod", 3, NO_ENVIRONMENT),
    Wrong("show nobody", 3, NO_MODEL),
    Wrong("show churn:v9", 3, NO_VERSION),
    Wrong("show churn@prod", 3, NO_ENVIRONMENT),
    Wrong("list nobody", 3, NO_MODEL),
    Wrong("log nobody", 3, NO_MODEL),
    Wrong("log nobody@production", 3, NO_MODEL),
    Wrong("log churn@prod", 3, NO_ENVIRONMENT),
    Wrong("why nobody@production", 3, NO_MODEL),
    Wrong("why churn@prod", 3, NO_ENVIRONMENT),
    Wrong("policy explain prod", 3, NO_ENVIRONMENT),
    Wrong("promote nobody:v1 --to staging", 3, NO_MODEL),
    Wrong("promote churn:v9 --to staging", 3, NO_VERSION),
    Wrong("promote churn:v1 --to prod", 3, NO_ENVIRONMENT),
    Wrong("rollback nobody --in production --reason x", 3, NO_MODEL),
    Wrong("rollback churn --in prod --reason x", 3, NO_ENVIRONMENT),
    Wrong("rollback churn --in production --to v9 --reason x", 3, NO_VERSION),
    Wrong("retire churn:v9 --reason x", 3, NO_VERSION),
    Wrong("deploy churn --in production --revision r --release v9 --traffic 100", 3, NO_VERSION),
    Wrong("deploy churn --in prod --revision r --release v1 --traffic 100", 3, NO_ENVIRONMENT),
    Wrong("approve churn:v9 --to production --role model-owner", 3, NO_VERSION),
    Wrong("approve churn:v1 --to prod --role model-owner", 3, NO_ENVIRONMENT),
    Wrong("attest churn:v9 offline_eval_passed --passed", 3, NO_VERSION),
    Wrong("attest churn:v1 offline_eval_passed --passed --environment prod", 3, NO_ENVIRONMENT),
    Wrong(
        "attest churn:v1 offline_eval --passed",
        3,
        ("the policy knows no check 'offline_eval'", "offline_eval_passed", "try: registry policy show"),
    ),
    Wrong(
        "approve churn:v1 --to production --role boss",
        3,
        ("asks for no approval in the role 'boss'; it asks for model-owner, risk-owner",),
    ),
    Wrong(
        "approve churn:v1 --to production --role model-owner --withdraw",
        3,
        ("alice@example.com has decided nothing as model-owner on churn:v1 for production",),
    ),
    Wrong("trust grant nobody@example.com promoter", 3, ("nobody@example.com is not in trust", "trust add")),
    Wrong("trust revoke nobody@example.com --reason x", 3, ("nobody@example.com is not in trust",)),
    Wrong(
        "trust revoke bob@example.com --key SHA256:x --reason y", 3, ("has no such key that still counts",)
    ),
    Wrong("status --branch nowhere", 3, ("there is no branch nowhere", "try: git branch --list")),
    Wrong("status --at 2020-01-01", 3, ("the registry began after 2020-01-01",)),
    # What cannot be a name or a reference
    Wrong("resolve churn", 2, ("'churn' names neither a release nor an alias", "MODEL:VERSION")),
    Wrong("resolve Churn@production", 2, ("'Churn'", NO_NAME)),
    Wrong("resolve ../../etc@production", 2, ("'../../etc'", NO_NAME)),
    Wrong("resolve churn@--help", 2, ("'--help'", NO_NAME)),
    Wrong("resolve con@production", 2, ("'con' is not a name: it is reserved on Windows",)),
    Wrong("resolve churn:v1.sig", 2, ("'v1.sig' is not a name: it may not end in",)),
    Wrong("promote churn@production --to staging", 2, ("is an alias; a release is needed here",)),
    Wrong("why churn:v1", 2, ("churn:v1 is no alias", "try: registry why churn@production")),
    Wrong("log churn:v1", 2, ("'churn:v1' is a release", "registry show churn:v1")),
    Wrong("status --at nowhere", 2, ("'nowhere' names no commit", "try: git log --oneline")),
    Wrong("status --at 2026-13-01", 2, ("'2026-13-01' is not a date: month", "try: --at 2026-05-01")),
    Wrong("status --at --upload-pack=x", 2, ("cannot be a revision",)),
    Wrong("verify nowhere..", 2, ("'nowhere' names no commit",)),
    Wrong("verify --pin abc", 2, ("'abc' is not a pin", "sha256: and 64 hex digits")),
    Wrong("trust pin abc", 2, ("this registry's records claim the pin sha256:",)),
    Wrong("sign README.md", 2, ("only trust, policy and models' pages are signed",)),
    Wrong("sign registry/policy.yaml", 2, ("this is the policy in force, unchanged", "policy check")),
    Wrong("policy check nowhere.yaml", 2, ("nowhere.yaml: cannot read the policy: No such file",)),
    # What is missing or contradicts itself
    Wrong("promote churn:v1", 2, ("promote needs an environment", "registry promote MODEL:VERSION --to ENV")),
    Wrong("rollback churn --in production", 2, ("Missing option '--reason'",)),
    Wrong("attest churn:v1 offline_eval_passed", 2, ("say how the check ended", "--passed, --failed")),
    Wrong("attest churn:v1 offline_eval_passed --passed --failed", 2, ("say how the check ended",)),
    Wrong(
        "attest churn:v1 manual_approval_from_model_owner --passed",
        2,
        ("is an approval, not a check", "registry approve MODEL:VERSION --to ENVIRONMENT --role model-owner"),
    ),
    Wrong("attest churn:v1 offline_eval_passed --passed --metric x", 2, ("'x' is not a measurement",)),
    Wrong(
        "attest churn:v1 offline_eval_passed --passed --metric x=NaN", 2, ("'x=NaN' is not a measurement",)
    ),
    Wrong("attest churn:v1 offline_eval_passed --passed --metric =1", 2, ("'=1' is not a measurement",)),
    Wrong(
        "attest churn:v1 offline_eval_passed --passed --report nowhere.html",
        2,
        ("nowhere.html: cannot read the report: No such file or directory",),
    ),
    Wrong("attest churn:v1 offline_eval_passed --passed --observed-from 2026-01-01", 2, ("has both ends",)),
    Wrong("attest churn:v1 offline_eval_passed --passed --valid-until soon", 2, ("'soon' is not a time",)),
    Wrong("approve churn:v1 --to production --reject --withdraw", 2, ("exclude each other",)),
    Wrong("approve churn:v1 --to production", 2, ("holds 2 approver roles here", "name the role: --role")),
    Wrong(
        "deploy churn --in staging --revision r --release v1 --traffic 50",
        2,
        ("nothing else serves here to take the other 50 %", "--traffic 100"),
    ),
    Wrong(
        "deploy churn --in staging --revision r --release v1 --traffic 101", 2, ("101 is not in the range",)
    ),
    Wrong(
        "trust add bob@example.com --key nowhere.pub",
        2,
        ("nowhere.pub: cannot read the public key: No such",),
    ),
    Wrong("trust add dave --key KEY --kind robot", 2, ("'robot' is not one of 'person', 'bot', 'ci'",)),
    Wrong("init . --name again", 2, ("a registry is already here", "registry status")),
    # No such command or option
    Wrong("deploi churn", 2, ("No such command 'deploi'",)),
    Wrong("status --everything", 2, ("No such option: --everything",)),
    Wrong("status churn", 2, ("unexpected extra argument(s) (churn)",)),
    Wrong("keys", 2, ("Usage: registry keys",)),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.arguments)
def test_a_wrong_command_says_what_is_wrong(wrong: Wrong, healthy: Registry) -> None:
    fails(healthy, *wrong.arguments.split(), code=wrong.code, says=wrong.says)


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("", "''"),
        ("a b:v1", "'a b'"),
        ("a\nb:v1", r"'a\x0ab'"),
        ("chu\x1b[31mrn@production", r"'chu\x1b[31mrn'"),
        ("\udcff@production", r"'\udcff'"),
        ("ch\u202eurn@production", r"'ch\u202eurn'"),
        ("x" * 5000 + "@production", "xxx...'"),
    ],
)
def test_hostile_text_is_shown_inert(reference: str, shown: str, healthy: Registry) -> None:
    result = fails(healthy, "resolve", reference, code=2, says=shown)
    assert all(character.isprintable() or character == "\n" for character in result.err)
    assert len(result.err) < 500


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("", "reason: expected text of 1 to 65536 characters"),
        ("x" * 70_000, "reason: expected text of 1 to 65536 characters"),
        ("too \x1b[2J many", "reason: holds U+001B (a control character)"),
        ("too \udcff many", "reason: holds U+DCFF (a lone surrogate)"),
        ("too \u202e many", "reason: holds U+202E"),
    ],
    ids=["empty", "long", "escape", "no UTF-8", "bidirectional"],
)
def test_a_reason_that_no_record_can_hold(reason: str, says: str, healthy: Registry) -> None:
    fails(healthy, "rollback", "churn", "--in", "production", "--reason", reason, code=2, says=says)


def test_a_key_that_is_somebody_elses_joins_nobody(healthy: Registry) -> None:
    arguments = ("trust", "add", "dave@example.com", "--key", f"{healthy.keys['bob']}.pub")
    fails(healthy, *arguments, code=2, says="this key already belongs to bob@example.com")


def test_a_release_that_is_live_is_not_retired(healthy: Registry) -> None:
    says = ("churn:v2 is live in", "registry rollback churn --in")
    fails(healthy, "retire", "churn:v2", "--reason", "x", code=1, says=says)


def test_there_is_nothing_to_go_back_to(live: Registry) -> None:
    arguments = ("rollback", "churn", "--in", "production", "--reason", "x")
    says = ("churn has no earlier good release in production to go back to", "registry log churn@production")
    fails(live, *arguments, code=3, says=says)


def test_nothing_is_promoted_yet(registered: Registry) -> None:
    says = (
        "nothing is promoted to production for model churn",
        "registry promote churn:VERSION --to production",
    )
    for verb in ("resolve", "why", "log", "show"):
        fails(registered, verb, "churn@production", code=3, says=says)
    arguments = ("rollback", "churn", "--in", "production", "--reason", "x")
    fails(
        registered, *arguments, code=3, says="churn never was in production: there is nothing to go back from"
    )


def test_a_registry_without_models_says_how_to_begin(empty_registry: Registry) -> None:
    says = ("there is no model 'churn'; there is none yet", "registry register MANIFEST.yaml --artifact FILE")
    fails(empty_registry, "resolve", "churn@production", code=3, says=says)
