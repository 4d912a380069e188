"""Attack 33: names that differ by case, look alike, hide characters, climb out, or fit no file system."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from tests.support.registry import Registry


def refile(registry: Registry, path: str) -> str:
    """Put the manifest of v1, signature and all, at a path that no work tree need be able to hold."""
    source = registry.manifest("v1")
    record, signature = registry.blob(registry.read(source)), registry.blob(registry.read(f"{source}.sig"))
    return registry.commit_entries(("100644", record, path), ("100644", signature, f"{path}.sig"))


@pytest.mark.parametrize(
    "version",
    [
        "con", "aux", "NUL.txt", "com1", "LPT9.a",
        "-rf", "--version", ".hidden", "..hidden", "v1.", "v1.sig", "v1.lock",
        "v1 ", "v1\u200b", "v\u0131", "\u0475 1", "v1\u202e", "v1\x1b[31m", "v1\n", "v1\\", "v1:2", "v1*",
        "v1?",
        "x" * 101, "v1\ufeff", "caf\u00e9", "cafe\u0301",
    ],
)  # fmt: skip
def test_a_version_that_is_no_name_is_found(registered: Registry, version: str) -> None:
    refile(registered, paths.manifest("churn", version))
    registered.finds("name", paths.manifest("churn", version), also=["subject"])


@pytest.mark.parametrize("model", ["Churn2", "prn", "churn_\u0440", "-churn", "x" * 101])
def test_a_model_that_is_no_name_is_found(registered: Registry, model: str) -> None:
    refile(registered, paths.manifest(model, "v1"))
    registered.finds("name", paths.manifest(model, "v1"), also=["subject"])


@pytest.mark.parametrize("name", ["Production", "aux", "production\u200b", "-production"])
def test_an_environment_that_is_no_name_is_found(live: Registry, name: str) -> None:
    source = live.alias()
    record, signature = live.blob(live.read(source)), live.blob(live.read(f"{source}.sig"))
    path = paths.alias("churn", name)
    live.commit_entries(("100644", record, path), ("100644", signature, f"{path}.sig"))
    live.finds("name", path, also=["subject"])


@pytest.mark.parametrize("version", ["V1", "v1"])
def test_two_versions_that_differ_by_case_are_found_and_refused(registered: Registry, version: str) -> None:
    if version == "V1":
        manifest = registered.folder.parent / "upper.yaml"
        manifest.write_text(f"model_name: churn\nversion: {version}\n", "utf-8")
        artifact = registered.folder.parent / "artifacts" / "churn-v1.tar.gz"
        registered.refuses("register", str(manifest), "--artifact", str(artifact))
    refile(registered, paths.manifest("churn", "V1"))
    registered.finds("name", message="differ by case alone", also=["subject"])


def test_two_models_that_differ_by_case_are_found(registered: Registry) -> None:
    refile(registered, "registry/models/CHURN/releases/v1/manifest.yaml")
    registered.finds("name", message="differ by case alone", also=["subject"])


@pytest.mark.parametrize(
    "path",
    [
        "Registry/trust.yaml",
        "REGISTRY/models/churn/aliases/production.yaml",
        "registry/Trust.yaml",
        "registry/models/churn/Aliases/production.yaml",
        "registry/models/churn/aliases/production.yml",
        "registry/models/churn/aliases/more/production.yaml",
        "registry/models/churn/aliases/production.yaml.yaml.txt",
        "registry/.gitattributes",
        "registry/models/churn/.git-hidden",
        "registry/notes.md",
        "registry/models/churn/releases/v1/evidence/x.json",
        "registry/models/churn/releases/v1/evidence/\u202etxt.yaml.exe",
    ],
)
def test_a_file_where_no_record_lies_is_found(registered: Registry, path: str) -> None:
    registered.commit_entries(("100644", registered.blob(b"x\n"), path))
    registered.finds("tree", path, message="no record lies at", also=["name"])


def test_a_signature_without_a_record_is_found(registered: Registry) -> None:
    path = registered.alias()
    registered.commit_entries(("100644", registered.blob(b"x\n"), f"{path}.sig"))
    registered.finds("tree", path, message="a signature without a record")


def test_what_a_message_shows_of_a_hostile_name_is_inert(registered: Registry) -> None:
    refile(registered, paths.manifest("churn", "v1\x1b]0;pwned\x07"))
    result = registered.run("verify", "--pin", registered.pin, key=None, expect=1)
    assert "\x1b" not in result.out + result.err


@pytest.mark.parametrize(
    "reference", ["churn:../v1", "../churn:v1", "-churn:v1", "churn:v1\n", "churn:", "CHURN:v1", "churn:con"]
)
def test_a_reference_that_is_no_name_is_bad_input(registered: Registry, reference: str) -> None:
    before = registered.state()
    assert registered.run("promote", "--to", "staging", "--", reference, expect=None).code == 2
    assert registered.state() == before


@pytest.mark.parametrize("mode", ["100755", "120000"])
def test_an_alias_that_is_a_program_or_a_link_is_found(live: Registry, mode: str) -> None:
    path = live.alias()
    live.commit_entries((mode, live.blob(live.read(path)), path))
    live.finds("tree", path, message="records are plain files")


def test_a_submodule_is_found(live: Registry) -> None:
    live.commit_entries(("160000", live.head, "registry/models/fraud"))
    live.finds("tree", "registry/models/fraud", message="submodule")
