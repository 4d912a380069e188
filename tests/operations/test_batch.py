"""``promote --batch``: many promotions in one judged step, or none of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitregistry.storage import commits, index
from tests.support.registry import TO_STAGING, Registry

MODELS = ("churn", "fraud", "spam")


@pytest.fixture(scope="module")
def ready_template(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Three models with a release that may go to staging, and ``upsell:v1`` without any evidence."""
    registry = empty_template.copy(tmp_path_factory.mktemp("batch") / "copy")
    for model in MODELS:
        registry.register("v1", model=model)
        for check in TO_STAGING:
            registry.attest("v1", check, model=model)
    registry.register("v1", model="upsell")
    return registry


@pytest.fixture
def ready(ready_template: Registry, tmp_path: Path) -> Registry:
    return ready_template.copy(tmp_path / "ready")


def batch(registry: Registry, text: str) -> str:
    """Write a batch file; its name."""
    path = registry.folder.parent / "batch.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def to_staging(registry: Registry, *models: str) -> str:
    return batch(registry, "".join(f'- {{release: "{model}:v1", to: staging}}\n' for model in models))


def test_all_land_in_one_step(ready: Registry) -> None:
    old = ready.head
    done = ready.json("promote", "--batch", to_staging(ready, *MODELS), "--reason", "nightly")
    assert (done["decision"], done["commit"], done["attempts"]) == ("promoted", ready.head, 1)
    assert [one["model_name"] for one in done["promotions"]] == list(MODELS)
    assert all(len(one["requirements"]) == len(TO_STAGING) for one in done["promotions"])
    assert all(item["met"] for one in done["promotions"] for item in one["requirements"])
    assert ready.git("rev-parse", "HEAD~1") == old
    for model in MODELS:
        assert ready.json("resolve", f"{model}@staging")["sequence"] == 1
        assert ready.json("log", f"{model}@staging")["moves"][0]["reason"] == "nightly"
    assert ready.git("status", "--porcelain") == ""
    ready.passes()


def test_the_commit_says_what_moved(ready: Registry) -> None:
    ready.run("promote", "--batch", to_staging(ready, *MODELS))
    subject, _, body = ready.git("log", "-1", "--format=%B").partition("\n\n")
    assert subject == "Promote 3 releases"
    assert body.splitlines()[:3] == [
        "churn:v1  staging  sequence 1",
        "fraud:v1  staging  sequence 1",
        "spam:v1   staging  sequence 1",
    ]
    trailers = ready.git("log", "-1", "--format=%(trailers)").splitlines()
    assert trailers[:4] == [
        "Registry-Action: promote",
        "Registry-Release: churn:v1",
        "Registry-Environment: staging",
        "Registry-Sequence: 1",
    ]
    assert len(trailers) == 1 + 3 * 3


def test_one_alone_is_an_ordinary_promotion(ready: Registry) -> None:
    ready.run("promote", "--batch", to_staging(ready, "churn"))
    assert ready.git("log", "-1", "--format=%s") == "Promote churn:v1 to staging"


def test_one_that_lacks_something_stops_all(ready: Registry) -> None:
    done = ready.refuses("promote", "--batch", to_staging(ready, "churn", "upsell", "spam"), "--json")
    document = done.json
    assert (document["decision"], document["commit"], document["findings"]) == ("refused", None, [])
    lawful = {one["model_name"]: one["lawful"] for one in document["promotions"]}
    assert lawful == {"churn": True, "upsell": False, "spam": True}
    (upsell,) = (one for one in document["promotions"] if one["model_name"] == "upsell")
    assert [item["met"] for item in upsell["requirements"]] == [False] * len(TO_STAGING)
    assert "registry check upsell:v1" in upsell["requirements"][0]["hint"]
    assert {finding["path"] for finding in upsell["findings"]} == {
        "registry/models/upsell/aliases/staging.yaml"
    }


def test_a_refusal_in_words_names_what_lacks_and_what_does_not(ready: Registry) -> None:
    done = ready.refuses("promote", "--batch", to_staging(ready, "churn", "upsell", "spam"))
    assert "REFUSED: promote 3 releases. Nothing was written." in done.out
    assert "upsell:v1 to staging:" in done.out
    assert "✗  artifact_signature_verified  no evidence" in done.out
    assert (
        "2 of 3 would have passed without the rest:\n  churn:v1 to staging\n  spam:v1 to staging" in done.out
    )
    assert "✓" not in done.out, "what passes is named, not spelled out"


def test_a_dry_run_writes_nothing(ready: Registry) -> None:
    state = ready.state()
    done = ready.json("promote", "--batch", to_staging(ready, *MODELS), "--dry-run")
    assert (done["dry_run"], done["commit"], len(done["promotions"])) == (True, None, 3)
    assert ready.state() == state
    shown = ready.run("promote", "--batch", to_staging(ready, *MODELS), "--dry-run").out
    assert "promote 3 releases: lawful; nothing was written (dry run)" in shown


def test_each_may_give_a_reason_of_its_own(ready: Registry) -> None:
    file = batch(
        ready,
        "# tonight\n- release: churn:v1\n  to: staging\n  reason: drift\n"
        "- {release: 'fraud:v1', to: staging}\n",
    )
    ready.run("promote", "--batch", file, "--reason", "nightly")
    reasons = {model: ready.json("log", f"{model}@staging")["moves"][0]["reason"] for model in MODELS[:2]}
    assert reasons == {"churn": "drift", "fraud": "nightly"}


def test_a_batch_is_pushed_as_one_step(ready: Registry, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ready.folder), str(bare)], check=True)
    ready.git("remote", "add", "origin", str(bare))
    done = ready.json("promote", "--batch", to_staging(ready, *MODELS), "--push")
    assert ready.git("ls-remote", "origin", "main").split()[0] == done["commit"]


def test_enough_of_them_are_read_and_written_in_bulk_with_the_same_answer(
    empty_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read ahead, kept as a pack, the index asked by folder: nothing else changes."""
    monkeypatch.setattr(commits, "_MOST_LOOSE", 10)
    monkeypatch.setattr(index, "_AT_ONCE", 5)
    models = [f"model-{number}" for number in range(9)]
    for model in models:
        empty_registry.register("v1", model=model)
        for check in TO_STAGING:
            empty_registry.attest("v1", check, model=model)
    packs = empty_registry.folder / ".git/objects/pack"
    before = set(packs.glob("*.pack"))
    for sequence in (1, 2, 3):
        done = empty_registry.json("promote", "--batch", to_staging(empty_registry, *models))
        assert {one["sequence"] for one in done["promotions"]} == {sequence}
    assert empty_registry.git("status", "--porcelain") == ""
    assert set(packs.glob("*.pack")) - before
    empty_registry.passes()
    empty_registry.git("fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("promotions:\n- {release: 'churn:v1', to: staging}\n", 1, "", "is not a list"),
        ("[]\n", None, "", "asks for no promotion"),
        ("- {release: 'churn:v1', to: staging}\n- {release: 'spam:v1'}\n", 2, "[1].to", "missing"),
        ("- {release: 'churn:v1', to: staging}\n- churn\n", 2, "[1]", "expected a map"),
        ("- {release: 'churn:v1', to: staging, too: x}\n", 1, "[0].too", "unknown"),
        ("- {release: 'churn@staging', to: staging}\n", 1, "[0].release", "is an alias"),
        ("- release: churn\n  to: staging\n", 1, "[0].release", "names neither a release nor an alias"),
        ("- {release: 'churn:v1', to: '../x'}\n", 1, "[0].to", ""),
        (
            "- {release: 'churn:v1', to: staging}\n" * 2,
            2,
            "[1].release",
            "promoted twice, here and on line 1",
        ),
        (
            "- {release: 'churn:v1', to: staging}\n- {release: 'churn:v1', to: canary}\n",
            2,
            "[1].release",
            "a batch of its own",
        ),
        ("- &a {release: 'churn:v1', to: staging}\n", 1, "", "anchor"),
    ],
)
def test_a_file_that_cannot_be_used(
    text: str, line: int | None, field: str, message: str, ready: Registry
) -> None:
    file = batch(ready, text)
    done = ready.refuses("promote", "--batch", file, expect=2)
    place = file + (f":{line}" if line else "") + (f": {field}" if field else "")
    assert f"error: {place}" in done.err
    assert message in done.err


def test_releases_and_environments_that_are_not_there(ready: Registry) -> None:
    one = batch(ready, "- {release: 'churn:v1', to: staging}\n- {release: 'churn2:v1', to: staging}\n")
    done = ready.refuses("promote", "--batch", one, expect=3)
    assert f"error: {one}:2: [1]: there is no model 'churn2'" in done.err
    two = batch(ready, "- {release: 'churn:v7', to: staging}\n\n- {release: 'fraud:v1', to: nowhere}\n")
    done = ready.refuses("promote", "--batch", two, expect=3)
    assert f"error: {two}: 2 of 2 promotions name what is not there" in done.err
    assert "line 1: model churn has no release v7" in done.err
    assert "line 3: the policy knows no environment 'nowhere'" in done.err


def test_a_file_that_is_not_there(ready: Registry) -> None:
    done = ready.refuses("promote", "--batch", "nowhere.yaml", expect=2)
    assert "error: nowhere.yaml: cannot read the batch: No such file or directory" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("churn:v1", "--batch", "x.yaml"), "--batch says what to promote and where"),
        (("--to", "staging", "--batch", "x.yaml"), "--batch says what to promote and where"),
        (("churn:v1",), "promote needs an environment"),
        (("--to", "staging"), "promote needs a release"),
        ((), "promote needs a release"),
    ],
)
def test_a_batch_or_one_release(arguments: tuple[str, ...], message: str, ready: Registry) -> None:
    assert message in ready.refuses("promote", *arguments, expect=2).err
