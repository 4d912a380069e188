"""The image gate: where a policy asks for a digest, a tag that can be moved afterwards goes nowhere."""

from __future__ import annotations

import pytest

from tests.support.forging import promote_by_hand
from tests.support.registry import TO_STAGING, Registry

DIGEST = f"sha256:{'a' * 64}"
HERE = "  to_staging:\n"
ASKED = "  to_staging:\n    image_digest: required\n"


def gate(registry: Registry, image: str | None) -> None:
    """Staging asks for a digest, of a release with that image."""
    if image is not None:
        registry.edit(registry.manifest("v1"), "alice", runtime={"base_image": image})
        registry.git("commit", "--quiet", "--amend", "--all", "--no-edit")
    registry.pass_staging("v1")
    registry.change_policy(HERE, ASKED)


def test_an_image_by_its_tag_is_refused_and_found(registered: Registry) -> None:
    gate(registered, "ghcr.io/team/serving:1.4")
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "image_digest_given"
    assert "is ghcr.io/team/serving:1.4, which holds no digest" in unmet["reason"]
    assert "registry register MANIFEST.yaml --image" in unmet["hint"]
    assert [found["rule"] for found in refused["findings"]] == ["image"]
    promote_by_hand(registered, "v1", "staging")
    registered.finds("image", registered.alias("staging"), message="holds no digest")


@pytest.mark.parametrize(
    "image",
    [
        None,
        f"ghcr.io/team/serving@sha256:{'a' * 63}",
        f"ghcr.io/team/serving@md5:{'a' * 32}",
        f"ghcr.io/team/serving:1 @{DIGEST}",
        f"ghcr.io/team/serving@{DIGEST}@{DIGEST}",
        f"ghcr.io/team/serving:{'a' * 64}",
        f"ghcr.io/team/serving@{DIGEST.upper()}",
        f"#{DIGEST}",
    ],
)
def test_what_only_looks_like_a_digest_does_not_pass(registered: Registry, image: str | None) -> None:
    gate(registered, image)
    registered.refuses("promote", "churn:v1", "--to", "staging")


@pytest.mark.parametrize(
    "name", ["ghcr.io/team/serving", "ghcr.io/team/serving:1.4", "localhost:5000/serving"]
)
def test_an_image_by_its_digest_passes_and_is_shown(registered: Registry, name: str) -> None:
    gate(registered, f"{name}@{DIGEST}")
    document = registered.json("promote", "churn:v1", "--to", "staging")
    (met,) = [item for item in document["requirements"] if item["name"] == "image_digest_given"]
    assert met["by"][0]["measured"] == f"{name}@{DIGEST}"
    registered.passes()


def test_a_profile_asks_for_its_own_models_alone(registered: Registry) -> None:
    registered.pass_staging("v1")
    profile = (
        "profiles:\n  - name: own\n    models: [MODEL]\n    promotion_policy:\n      to_staging:\n"
        "        image_digest: required\n        requires: [offline_eval_passed]\n"
    )
    registered.change_policy("\nchecks:\n", f"\n{profile.replace('MODEL', 'other-*')}\nchecks:\n")
    registered.json("promote", "churn:v1", "--to", "staging", "--dry-run")
    registered.change_policy("models: [other-*]", "models: [churn]")
    refused = registered.refuses("promote", "churn:v1", "--to", "staging")
    assert "image_digest_given" in refused.out + refused.err
    said = registered.json("policy", "explain", "staging", "churn")
    assert "image_digest_given" in [item["name"] for item in said["requirements"]]


def test_a_rollback_passes(two: Registry) -> None:
    two.change_policy("  to_production:\n", "  to_production:\n    image_digest: required\n")
    two.rollback()
    two.passes()


def test_no_emergency_goes_without_it(registered: Registry) -> None:
    rules = (
        "emergency: {authorised_by: [a], may_skip: [image_digest_given], review_within: 1h, review_by: [a]}\n"
    )
    path = registered.folder / "registry" / "policy.yaml"
    path.write_text(path.read_text().replace("\nchecks:\n", f"\n{rules}\nchecks:\n"))
    checked = registered.run("policy", "check", expect=None)
    assert "image_digest_given is never skipped" in checked.out + checked.err


def test_cases_of_policy_test_may_name_an_image(registered: Registry) -> None:
    registered.change_policy(HERE, ASKED)
    evidence = "".join(f"  {name}: {{check: {name}}}\n" for name in TO_STAGING)
    (registered.folder / "policy-tests.yaml").write_text(
        "people:\n  - {id: alice, roles: [publisher, promoter]}\n  - {id: ci, is: ci, roles: [attester]}\n"
        f"evidence:\n{evidence}cases:\n"
        "  - {name: by tag, to: staging, release: {base_image: 'a/b:1'}, expect: refused, "
        "unmet: [image_digest_given]}\n"
        f"  - {{name: by digest, to: staging, release: {{base_image: 'a/b@{DIGEST}'}}, expect: promoted}}\n"
    )
    assert registered.json("policy", "test", "--in-force")["passed"] == 2
