"""``mirror mlflow``: aliases in MLflow say what the registry says, and nothing undoes what is newer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gitregistry.cli.main import main
from gitregistry.integrations.mlflow import tracking_server
from gitregistry.integrations.mlflow_mirror import mirror as mirrored
from gitregistry.integrations.mlflow_rest import Client
from gitregistry.operations.pointings import pointings
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from tests.support.mlflow import MODEL_ID, RUN, Answer, Mlflow, tracking
from tests.support.registry import Registry

OTHER, OTHER_RUN = "m-" + "b" * 32, "c" * 32
STAGING = "gitregistry.alias.staging"


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mlflow]:
    monkeypatch.setattr("gitregistry.integrations.mlflow_rest._PAUSES", (0.0, 0.0))
    with tracking() as held:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", held.uri)
        held.version("3")
        held.version("4", model_id=OTHER, run_id=OTHER_RUN)
        yield held


@pytest.fixture
def staged(mlflow: Mlflow, empty_registry: Registry) -> Registry:
    """``churn:v3`` is in staging; both it and ``churn:v4`` came from MLflow."""
    for version in ("3", "4"):
        register(empty_registry, f"models:/churn/{version}", f"churn:v{version}")
    empty_registry.to_staging("v3")
    mlflow.asked.clear()
    return empty_registry


def register(registry: Registry, reference: str, name: str) -> None:
    registry.run("register", "--from-mlflow", reference, "--as", name)


def mirror(registry: Registry, *arguments: str, expect: int = 0) -> dict[str, Any]:
    return registry.json("mirror", "mlflow", *arguments, key=None, expect=expect)


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    return {f"{one['model_name']}@{one['environment']}": one["outcome"] for one in document["aliases"]}


def aliases(mlflow: Mlflow, name: str = "churn") -> dict[str, str]:
    found: dict[str, str] = mlflow.registered[name]["aliases"]
    return found


def mark(mlflow: Mlflow, tag: str = STAGING) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(mlflow.registered["churn"]["tags"][tag])
    return found


def write_mark(mlflow: Mlflow, **changes: Any) -> None:
    mlflow.registered["churn"]["tags"][STAGING] = json.dumps(mark(mlflow) | changes)


def test_a_promotion_and_a_rollback_reach_mlflow(mlflow: Mlflow, staged: Registry) -> None:
    first = mirror(staged)
    assert outcomes(first) == {"churn@staging": "set"}
    assert aliases(mlflow) == {"staging": "3"}
    assert mark(mlflow) == {
        "registry_id": staged.pin,
        "model": "churn",
        "sequence": 1,
        "commit": staged.head,
        "version": "3",
    }
    digest = staged.json("resolve", "churn@staging")["release_digest"]
    assert mlflow.versions["churn", "3"]["tags"] == {
        "gitregistry.registry_id": staged.pin,
        "gitregistry.release": "churn:v3",
        "gitregistry.release_digest": digest,
    }
    staged.to_staging("v4")
    mirror(staged)
    assert aliases(mlflow) == {"staging": "4"}
    staged.rollback("staging")
    told = mirror(staged)["aliases"][0]
    assert (told["target"], told["found"], told["sequence"]) == ("churn/3", "4", 3)
    assert (aliases(mlflow), mark(mlflow)["sequence"]) == ({"staging": "3"}, 3)


def test_the_same_again_changes_nothing(mlflow: Mlflow, staged: Registry) -> None:
    mirror(staged)
    staged.register("v5")  # a step that moves nothing
    mlflow.asked.clear()
    again = staged.run("mirror", "mlflow", key=None)
    assert "nothing differs: nothing was changed" in again.out
    assert not mlflow.writes


@pytest.mark.parametrize("how", ["--check", "--dry-run"])
def test_what_would_change_is_said_and_not_done(mlflow: Mlflow, staged: Registry, how: str) -> None:
    mirror(staged)
    staged.to_staging("v4")
    mlflow.asked.clear()
    told = mirror(staged, how, expect=1 if how == "--check" else 0)
    assert (told["mode"], told["differing"], told["failed"]) == (how[2:], 1, 0)
    assert told["aliases"][0]["reason"].startswith("it stood at 3; its mark is of number 1")
    assert (aliases(mlflow), mlflow.writes) == ({"staging": "3"}, [])
    mirror(staged)
    assert mirror(staged, how)["differing"] == 0


def test_an_alias_that_was_moved_behind_its_back_is_found_and_put_back(
    mlflow: Mlflow, staged: Registry
) -> None:
    mirror(staged)
    aliases(mlflow)["staging"] = "4"
    found = staged.run("mirror", "mlflow", "--check", key=None, expect=1)
    assert "it stood at 4, although it had been set to 3" in " ".join(found.out.split())
    del aliases(mlflow)["staging"]
    assert "it was not set, although it had been set to 3" in mirror(staged)["aliases"][0]["reason"]
    assert aliases(mlflow) == {"staging": "3"}
    mlflow.versions["churn", "3"]["tags"]["gitregistry.release"] = "churn:v9"
    assert mirror(staged, "--check", expect=1)["aliases"][0]["reason"] == (
        "models:/churn/3 has another gitregistry.release"
    )
    mlflow.registered["churn"]["tags"][STAGING] = "{}"
    assert "its mark cannot be read" in mirror(staged)["aliases"][0]["reason"]
    assert outcomes(mirror(staged, "--check")) == {"churn@staging": "same"}


def test_an_old_clone_does_not_undo_a_newer_run(mlflow: Mlflow, staged: Registry, tmp_path: Path) -> None:
    old = replace(staged, folder=tmp_path / "old")
    staged.git("clone", "--quiet", str(staged.folder), str(old.folder))
    staged.to_staging("v4")
    mirror(staged)
    mlflow.asked.clear()
    for arguments in ((), ("--check",)):
        told = mirror(old, *arguments, expect=1)["aliases"][0]
        assert told["outcome"] == "failed"
        assert "was set by number 2 of churn@staging" in told["reason"]
        assert told["hint"].startswith("git pull")
    assert (aliases(mlflow), mlflow.writes) == ({"staging": "4"}, [])
    old.git("pull", "--quiet")
    assert mirror(old)["differing"] == 0


def test_another_history_with_the_same_numbers_is_no_newer_one(
    mlflow: Mlflow, staged: Registry, tmp_path: Path
) -> None:
    other = replace(staged, folder=tmp_path / "other")
    staged.git("clone", "--quiet", str(staged.folder), str(other.folder))
    staged.to_staging("v4")
    mirror(staged)
    other.git("config", "user.name", "somebody")
    other.git("config", "user.email", "somebody@example.com")
    other.to_staging("v4")
    other.rollback("staging")
    assert "this branch holds 3" in mirror(other, expect=1)["aliases"][0]["reason"]
    assert aliases(mlflow) == {"staging": "4"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"registry_id": "sha256:" + "0" * 64}, "is set for another registry"),
        ({"model": "churn-eu"}, "is set for the model 'churn-eu'"),
        ({"sequence": 99}, "was set by number 99"),
        ({"commit": "--upload-pack=x"}, "of the step '--upload-pac'"),
        ({"commit": "0" * 40}, "was set by number 1"),
    ],
)
def test_a_mark_of_somebody_else_is_left_alone(
    mlflow: Mlflow, staged: Registry, changes: dict[str, Any], words: str
) -> None:
    mirror(staged)
    write_mark(mlflow, **changes)
    mlflow.asked.clear()
    told = mirror(staged, expect=1)["aliases"][0]
    assert words in told["reason"]
    assert "tag gitregistry.alias.staging of the registered model churn in MLflow" in told["hint"]
    assert not mlflow.writes


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "7", '{"sequence": 1}', "x" * 5000, '{"sequence": "Ā"}', "{" * 200]
)
def test_a_mark_that_is_none_is_written_anew(mlflow: Mlflow, staged: Registry, text: str) -> None:
    mirror(staged)
    mlflow.registered["churn"]["tags"][STAGING] = text
    assert outcomes(mirror(staged)) == {"churn@staging": "set"}
    assert mark(mlflow)["sequence"] == 1


def test_a_release_of_another_name_takes_its_alias_along(mlflow: Mlflow, staged: Registry) -> None:
    mirror(staged)
    mlflow.version("1", "churn-next", "m-" + "d" * 32, "e" * 32)
    register(staged, "models:/churn-next/1", "churn:v5")
    staged.to_staging("v5")
    mlflow.fault = lambda path: Answer(403, b"{}") if path.startswith("POST ") else None
    mirror(staged, expect=1)
    assert aliases(mlflow) == {"staging": "3"}, "what could not be set leaves the old one where it is"
    mlflow.fault = None
    told = mirror(staged)["aliases"][0]
    assert "models:/churn@staging stood at 3" in told["reason"]
    assert (aliases(mlflow), aliases(mlflow, "churn-next")) == ({}, {"staging": "1"})
    assert STAGING not in mlflow.registered["churn"]["tags"]
    assert mirror(staged, "--check")["differing"] == 0


def test_an_environment_that_points_at_nothing_loses_the_alias_that_was_ours(
    mlflow: Mlflow, staged: Registry
) -> None:
    mirror(staged)
    aliases(mlflow)["production"] = "4"  # a person's, which nobody here set
    staged.remove(paths.alias("churn", "staging"))
    staged.commit_all("a step past the registry")
    assert outcomes(mirror(staged, "--check", expect=1)) == {"churn@staging": "removed"}
    assert outcomes(mirror(staged)) == {"churn@staging": "removed"}
    assert aliases(mlflow) == {"production": "4"}
    assert mirror(staged, "--check")["aliases"] == []


def test_an_alias_that_others_moved_since_is_not_ours_to_remove(mlflow: Mlflow, staged: Registry) -> None:
    mirror(staged)
    aliases(mlflow)["staging"] = "4"
    staged.remove(paths.alias("churn", "staging"))
    staged.commit_all("a step past the registry")
    assert "keeps its mark; the alias is at 4 by others" in mirror(staged)["aliases"][0]["reason"]
    assert (aliases(mlflow), mlflow.registered["churn"]["tags"]) == ({"staging": "4"}, {})


def test_a_forged_alias_is_told_to_nobody(mlflow: Mlflow, staged: Registry) -> None:
    mirror(staged)
    path = paths.alias("churn", "staging")
    staged.write(path, staged.read(path).replace(b"version: v3", b"version: v4"))
    staged.commit_all()
    mlflow.asked.clear()
    assert "cannot be used" in mirror(staged, expect=1)["aliases"][0]["reason"]
    assert (aliases(mlflow), mlflow.writes) == ({"staging": "3"}, [])


def test_a_withdrawn_release_is_told_to_nobody(mlflow: Mlflow, staged: Registry) -> None:
    staged.run("retire", "churn:v3", "--withdraw", "--reason", "leaks")
    told = mirror(staged, expect=1)["aliases"][0]
    assert "was withdrawn: it must not serve" in told["reason"]
    assert "registry rollback churn --in staging" in told["hint"]


def test_one_model_that_cannot_be_told_stops_no_other(mlflow: Mlflow, staged: Registry) -> None:
    mlflow.version("1", "pricing", "m-" + "d" * 32, "e" * 32)
    register(staged, "models:/pricing/1", "pricing:v1")
    for check in ("artifact_signature_verified", "offline_eval_passed", "schema_compatibility_passed"):
        staged.attest("v1", check, model="pricing")
    staged.attest("v1", "security_scan_passed", model="pricing")
    staged.run("promote", "pricing:v1", "--to", "staging")
    denied = Answer(403, b'{"message": "Permission denied"}')
    mlflow.fault = lambda path: denied if "name=churn&" in path or path.endswith("name=churn") else None
    told = mirror(staged, expect=1)
    told["aliases"] = [one for one in told["aliases"] if one["environment"] == "staging"]
    assert outcomes(told) == {"churn@staging": "failed", "pricing@staging": "set"}
    assert "does not let us in (403): 'Permission denied'" in told["aliases"][0]["reason"]
    assert aliases(mlflow, "pricing") == {"staging": "1"}
    assert mirror(staged, "--model", "pricing")["failed"] == 0


@pytest.mark.parametrize(
    ("asked", "answer", "words"),
    [
        ("model-versions/get", Answer(404, b"gone"), "has nothing there: 'gone'"),
        ("model-versions/get", Answer(200, b'{"model_version": []}'), "answers nothing at"),
        ("model-versions/get", Answer(500, b"<html>"), "answered 500"),
        ("registered-models/get", Answer(200, b"\xff\xfe"), "is not UTF-8"),
        ("registered-models/get", Answer(200, b'{"registered_model": {"aliases": 7}}'), "no list of maps"),
        ("registered-models/get", Answer(200, b"["), "is not JSON"),
        (
            "POST /api/2.0/mlflow/registered-models/alias",
            Answer(400, b'{"message": "no"}'),
            "answered 400: 'no'",
        ),
        ("POST /api/2.0/mlflow/registered-models/set-tag", Answer(403, b"{}"), "does not let us in"),
        ("POST /api/2.0/mlflow/registered-models/alias", Answer(200, b"{}"), "was moved by somebody else"),
        ("POST /api/2.0/mlflow/registered-models/alias", Answer(200, b"gibberish"), "is not JSON"),
    ],
)
def test_a_server_that_answers_badly_is_a_fault_with_words(
    mlflow: Mlflow, staged: Registry, asked: str, answer: Answer, words: str
) -> None:
    mlflow.fault = lambda path: answer if asked in path else None
    told = mirror(staged, expect=1)
    assert words in told["aliases"][0]["reason"]
    mlflow.fault = None
    assert mirror(staged)["failed"] == 0
    assert aliases(mlflow) == {"staging": "3"}


def test_a_server_that_does_not_answer_is_not_asked_for_every_model(mlflow: Mlflow, staged: Registry) -> None:
    """Nor is it known whether an environment that points at nothing still has an alias there."""
    calls = 0
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            nonlocal calls
            while True:
                try:
                    listening.accept()[0].close()
                except OSError:
                    return
                calls += 1

        thread = threading.Thread(target=hang_up)
        thread.start()
        uri = f"http://127.0.0.1:{listening.getsockname()[1]}"
        told = mirror(staged, "--tracking-uri", uri, expect=1)
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert {*outcomes(told).values()} == {"failed"}
    assert len(told["aliases"]) == 3
    assert all("the server cannot be asked" in one["reason"] for one in told["aliases"])
    assert calls == 3


def test_another_server_with_the_same_numbers_is_not_told(mlflow: Mlflow, staged: Registry) -> None:
    with tracking() as other:
        other.version("3", model_id=OTHER, run_id=OTHER_RUN)
        told = mirror(staged, "--tracking-uri", other.uri, expect=1)["aliases"][0]
        assert f"is another model there: it came from '{OTHER}', churn:v3 from '{MODEL_ID}'" in told["reason"]
        other.versions["churn", "3"]["source"] = "s3://copied"
        told = mirror(staged, "--tracking-uri", other.uri, expect=1)["aliases"][0]
        assert f"it came from '{OTHER_RUN}', churn:v3 from '{RUN}'" in told["reason"]
        assert not other.writes


def test_a_release_that_did_not_come_from_mlflow_is_found_by_a_tag_there(
    mlflow: Mlflow, empty_registry: Registry
) -> None:
    empty_registry.register("v1")
    empty_registry.to_staging("v1")
    digest = empty_registry.json("resolve", "churn:v1")["release_digest"]
    told = mirror(empty_registry, expect=1)["aliases"][0]
    assert "nothing says which version in MLflow churn:v1 is" in told["reason"]
    assert f"gitregistry.release_digest = {digest}" in told["hint"]
    assert not mlflow.writes
    assert outcomes(mirror(empty_registry, "--known-only")) == {"churn@staging": "left out"}
    for version in ("3", "4"):
        mlflow.versions["churn", version]["tags"]["gitregistry.release_digest"] = digest
    assert (
        "several versions in MLflow are tagged as churn:v1: churn/3, churn/4"
        in (mirror(empty_registry, expect=1)["aliases"][0]["reason"])
    )
    del mlflow.versions["churn", "4"]["tags"]["gitregistry.release_digest"]
    assert mirror(empty_registry)["aliases"][0]["target"] == "churn/3"
    assert aliases(mlflow) == {"staging": "3"}


def test_two_models_of_one_registered_model_are_both_refused(mlflow: Mlflow, staged: Registry) -> None:
    register(staged, "models:/churn/4", "churn-eu:v1")
    for check in ("artifact_signature_verified", "offline_eval_passed", "schema_compatibility_passed"):
        staged.attest("v1", check, model="churn-eu")
    staged.attest("v1", "security_scan_passed", model="churn-eu")
    staged.run("promote", "churn-eu:v1", "--to", "staging")
    told = mirror(staged, expect=1)
    assert outcomes(told) == {"churn-eu@staging": "failed", "churn@staging": "failed"}
    assert "churn and churn-eu all come from models:/churn" in told["aliases"][0]["reason"]
    assert not mlflow.writes
    assert outcomes(mirror(staged, "--model", "churn")) == {"churn@staging": "set"}
    assert (
        "is set for the model 'churn'"
        in mirror(staged, "--model", "churn-*", expect=1)["aliases"][0]["reason"]
    )


def test_a_label_that_names_no_version_is_said(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    artifact = tmp_path / "a.onnx"
    artifact.write_bytes(b"x")
    manifest = tmp_path / "m.yaml"
    manifest.write_text("model_name: churn\nversion: v1\nlabels:\n  mlflow.model_version: three\n", "utf-8")
    empty_registry.run("register", str(manifest), "--artifact", str(artifact))
    empty_registry.to_staging("v1")
    assert "'three', not NAME/VERSION" in mirror(empty_registry, expect=1)["aliases"][0]["reason"]


def test_models_that_are_not_there(mlflow: Mlflow, staged: Registry) -> None:
    assert "there is no model 'nope'" in staged.run("mirror", "mlflow", "--model", "nope", expect=3).err
    assert "no model fits no*" in staged.run("mirror", "mlflow", "--model", "no*", expect=3).err


def test_a_server_must_be_named(staged: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert "no tracking server is named" in staged.run("mirror", "mlflow", expect=2).err
    assert main(["mirror"]) == 2


def test_a_shallow_clone_cannot_tell(mlflow: Mlflow, staged: Registry, tmp_path: Path) -> None:
    shallow = replace(staged, folder=tmp_path / "shallow")
    staged.git("clone", "--quiet", "--depth", "1", staged.folder.as_uri(), str(shallow.folder))
    shallow.run("mirror", "mlflow", key=None, expect=5)
    assert not mlflow.writes


@pytest.mark.parametrize("environment", ["v1", "latest", "stage.eu"])
def test_an_environment_that_mlflow_takes_no_alias_for(
    mlflow: Mlflow, staged: Registry, environment: str
) -> None:
    with Workspace(staged.folder) as workspace:
        found = pointings(workspace, [])
        there = found._replace(all=(found.all[0]._replace(environment=environment),))
        client = Client(tracking_server(mlflow.uri, {}))
        (told,) = mirrored(client, there, write=True, known_only=False)
    assert told.reason == f"MLflow takes no alias called '{environment}'"
    assert not mlflow.writes


@pytest.mark.parametrize("known_only", [True, False])
def test_a_release_that_is_not_in_mlflow_leaves_no_older_one_under_its_alias(
    mlflow: Mlflow, staged: Registry, known_only: bool
) -> None:
    mirror(staged)
    staged.register("v5")
    staged.to_staging("v5")
    told = mirror(staged, *(["--known-only"] if known_only else []), expect=0 if known_only else 1)["aliases"]
    assert told[0]["outcome"] == ("removed" if known_only else "failed")
    assert "models:/churn@staging stood at 3" in told[0]["reason"]
    assert aliases(mlflow) == {}
    assert outcomes(mirror(staged, "--known-only")) == {"churn@staging": "left out"}
