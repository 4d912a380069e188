"""``registry model``: the page of a model, its versions, and who may write what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitregistry.records import paths
from gitregistry.records.model import Model
from gitregistry.records.release import Release
from gitregistry.records.trust import Trust
from tests.support.registry import Registry

PAGE = paths.model_page("churn")


def test_each_change_is_a_version_that_keeps_the_rest(registered: Registry) -> None:
    first = registered.digest(PAGE)
    registered.run("model", "churn", "--owner", "team churn", "--description", "who leaves, and when")
    registered.run("model", "churn", "--risk-tier", "high")
    page = registered.record(Model, PAGE)
    assert (page.version, page.owner, page.description, page.risk_tier) == (
        3, "team churn", "who leaves, and when", "high",
    )  # fmt: skip
    assert page.previous not in (first, None)
    registered.run("model", "churn", "--no-risk-tier")
    assert registered.record(Model, PAGE).risk_tier is None
    assert registered.git("log", "-1", "--format=%s%n%b").splitlines() == [
        "Page of churn, version 4",
        "Registry-Action: model",
        "Registry-Model: churn",
        "Registry-Model-Version: 4",
    ]
    registered.passes()


def test_a_page_that_never_was_is_begun(registered: Registry) -> None:
    """A release that was registered without one, by hand."""
    release = replace(registered.record(Release, registered.manifest("v1")), model_name="solo")
    registered.forge(registered.manifest("v1", "solo"), release, "alice")
    registered.commit_all()
    registered.run("model", "solo", "--risk-tier", "high")
    page = registered.record(Model, paths.model_page("solo"))
    assert (page.version, page.previous, page.risk_tier) == (1, None, "high")
    registered.passes()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("churn",), 2, "nothing is to change"),
        (("churn", "--risk-tier", "low", "--no-risk-tier"), 2, "contradict each other"),
        (("Churn!", "--owner", "x"), 2, "registry model fraud --risk-tier high"),
        (("fraud", "--owner", "x"), 3, "there is no model 'fraud'; there are churn"),
    ],
)
def test_what_cannot_be_meant_is_said(
    registered: Registry, options: tuple[str, ...], code: int, words: str
) -> None:
    assert words in registered.refuses("model", *options, expect=code).err


@pytest.mark.parametrize("key", ["bob", "ci", "mallory"])
def test_only_publishers_and_administrators_write_it(registered: Registry, key: str) -> None:
    registered.refuses("model", "churn", "--owner", "me", key=key)
    registered.refuses("model", "churn", "--risk-tier", "low", key=key)


def test_who_signs_a_tier_sees_what_changes(registered: Registry) -> None:
    registered.add("dave", "administrator")
    trust = registered.record(Trust, paths.TRUST)
    registered.next_trust("alice", "dave", thresholds=replace(trust.thresholds, policy=2))
    registered.commit_all("Two must agree")
    waiting = registered.json("model", "churn", "--risk-tier", "high")
    assert waiting["path"] == PAGE
    signed = registered.run("sign", PAGE, key="dave")
    assert "the page of churn" in signed.err
    assert "none → high" in signed.err
    assert registered.record(Model, PAGE).risk_tier == "high"
    registered.passes()
