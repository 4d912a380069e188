"""What the training code's repository fills in, and that nothing of a hostile one is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.nearby_code import code_nearby
from gitregistry.storage.training_code import (
    differences,
    is_same_place,
    training_repository,
    without_credentials,
)
from tests.support.hostile import TRAPS, Trap
from tests.support.registry import Registry
from tests.support.training import training_code

NOTHING = ManifestInput({}, b"", "m.yaml", ())


@pytest.fixture
def code(tmp_path: Path) -> Registry:
    return training_code(tmp_path / "code", "https://bob:token@git.example.com/team/churn.git?x=1")


def said(text: str) -> ManifestInput:
    return ManifestInput({"git_commit": text}, f"git_commit: {text}\n".encode(), "m.yaml", ())


def test_the_commit_and_the_address_without_credentials(code: Registry) -> None:
    (code.folder / "sub").mkdir()
    found = code_nearby(NOTHING, code.folder / "sub", even_if_dirty=False)
    assert found is not None
    assert found.fields == {
        "git_commit": code.head,
        "git_repository": "https://git.example.com/team/churn.git",
    }
    assert found.warnings == ()


@pytest.mark.parametrize("how", ["edited", "staged", "removed", "program", "conflicted"])
def test_tracked_changes_are_refused_or_recorded(code: Registry, how: str) -> None:
    train = code.folder / "train.py"
    if how == "removed":
        train.unlink()
    elif how == "program":
        train.chmod(0o755)
    elif how == "conflicted":
        blob = code.git("rev-parse", "HEAD:train.py")
        lines = "".join(f"100644 {blob} {stage}\ttrain.py\n" for stage in (1, 2, 3))
        code.git("update-index", "--index-info", stdin=f"0 {'0' * 40}\ttrain.py\n{lines}".encode())
    else:
        train.write_text("fat()\n")  # as long as before
    if how == "staged":
        code.git("add", "train.py")
        train.write_text("fit()\n")
    with pytest.raises(Refused) as refused:
        code_nearby(NOTHING, code.folder, even_if_dirty=False)
    assert "train.py: not as committed" in refused.value.message
    assert refused.value.hint is not None
    assert "--even-if-the-code-is-not-committed" in refused.value.hint
    found = code_nearby(NOTHING, code.folder, even_if_dirty=True)
    assert found is not None
    assert found.fields["labels"] == {"git_dirty": "true"}
    assert "recorded as labels.git_dirty: true" in found.warnings[0]


def test_many_changes_are_counted(code: Registry) -> None:
    for number in range(5):
        (code.folder / f"new\n{number}.py").write_text("x\n")
    code.git("add", "--all")
    with pytest.raises(Refused, match=r"'new\\x0a0.py', 'new\\x0a1.py', 'new\\x0a2.py' and 2 more"):
        code_nearby(NOTHING, code.folder, even_if_dirty=False)


def test_untracked_files_are_told_and_not_refused(code: Registry) -> None:
    (code.folder / "data.csv").write_text("1\n")
    (code.folder / ".gitignore").write_text("ignored\n")
    (code.folder / "ignored").write_text("1\n")
    found = code_nearby(NOTHING, code.folder, even_if_dirty=False)
    assert found is not None
    assert "labels" not in found.fields
    assert "2 untracked files or folders are in no commit" in found.warnings[0]


def test_another_commit_of_the_manifest_stands(code: Registry) -> None:
    first = code.head
    (code.folder / "train.py").write_text("fit(2)\n")
    code.commit_all("again")
    (code.folder / "train.py").write_text("dirty\n")
    for commit in (first, first[:7]):
        found = code_nearby(said(commit), code.folder, even_if_dirty=False)
        assert found is not None
        assert dict(found.fields) == {"git_repository": "https://git.example.com/team/churn.git"}
    assert code_nearby(said("1" * 40), code.folder, even_if_dirty=False) is None
    with pytest.raises(Refused):
        code_nearby(said(code.head), code.folder, even_if_dirty=False)


def test_the_repository_that_the_manifest_names_stands_however_it_is_spelled(code: Registry) -> None:
    given = ManifestInput({"git_repository": "git@git.example.com:team/churn"}, b"", "m.yaml", ())
    found = code_nearby(given, code.folder, even_if_dirty=False)
    assert found is not None
    assert dict(found.fields) == {"git_commit": code.head}


def test_the_only_remote_is_taken_and_of_several_origin(code: Registry) -> None:
    code.git("remote", "rename", "origin", "upstream")
    found = code_nearby(NOTHING, code.folder, even_if_dirty=False)
    assert found is not None
    assert found.fields["git_repository"] == "https://git.example.com/team/churn.git"
    code.git("remote", "add", "fork", "git@example.com:me/churn.git")
    found = code_nearby(NOTHING, code.folder, even_if_dirty=False)
    assert found is not None
    assert "git_repository" not in found.fields
    assert "it has 2 remotes, and none is called origin" in found.warnings[0]


def test_where_there_is_no_commit_or_no_repository(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        code_nearby(NOTHING, tmp_path / "none", even_if_dirty=False)
    with pytest.raises(BadInput, match="not inside a Git repository"):
        code_nearby(NOTHING, tmp_path, even_if_dirty=False)
    Registry(tmp_path, "", {}).git("init", "--quiet")
    with pytest.raises(BadInput, match="no commit in it yet"):
        code_nearby(NOTHING, tmp_path, even_if_dirty=False)


def test_a_bare_repository_has_nothing_uncommitted(code: Registry, tmp_path: Path) -> None:
    code.git("clone", "--quiet", "--bare", str(code.folder), str(tmp_path / "bare"))
    found = code_nearby(NOTHING, tmp_path / "bare", even_if_dirty=False)
    assert found is not None
    assert found.fields == {"git_commit": code.head, "git_repository": str(code.folder)}


def test_a_work_tree_that_lies_elsewhere_is_not_vouched_for(code: Registry, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    code.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(BadInput, match="its work tree lies elsewhere"):
        code_nearby(NOTHING, code.folder, even_if_dirty=False)


@pytest.mark.parametrize("name", TRAPS)
def test_nothing_that_the_repository_names_is_run(code: Registry, tmp_path: Path, name: str) -> None:
    trap = Trap(tmp_path / "trap")
    (code.folder / "registry" / "models").mkdir(parents=True)
    TRAPS[name](code, trap)
    (code.folder / "train.py").write_text("fat()\n")
    os.utime(code.folder / "train.py", (1, 1))
    assert differences(training_repository(code.folder)).changed == ("train.py",)
    assert trap.ran == []


def test_a_filter_of_any_name_is_not_run_and_plain_git_would_run_it(code: Registry, tmp_path: Path) -> None:
    trap = Trap(tmp_path / "trap")
    code.git("config", "filter.a=b.clean", trap.command("clean"))
    code.git("config", "filter.a=b.required", "true")
    (code.folder / ".git" / "info" / "attributes").write_text("* filter=a=b\n")
    (code.folder / "train.py").write_text("fat()\n")
    assert differences(training_repository(code.folder)).changed == ("train.py",)
    assert trap.ran == []
    subprocess.run(["git", "-C", str(code.folder), "status"], capture_output=True, check=False)
    assert trap.ran != []


def test_a_filter_of_an_included_file_is_not_run(code: Registry, tmp_path: Path) -> None:
    trap = Trap(tmp_path / "trap")
    (code.folder / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    for number, name in enumerate(("include.path", "includeIf.onbranch:**.path")):
        included = tmp_path / f"included-{number}"
        code.git(
            "config",
            "--file",
            str(included),
            f"filter.evil.{'clean' if number else 'process'}",
            trap.command("x"),
        )
        code.git("config", name, str(included))
    (code.folder / "train.py").write_text("fat()\n")
    assert differences(training_repository(code.folder)).changed == ("train.py",)
    assert trap.ran == []


def test_a_damaged_repository_is_said_to_be_so(code: Registry) -> None:
    shutil.rmtree(code.folder / ".git" / "objects")
    (code.folder / ".git" / "objects").mkdir()
    with pytest.raises(BadInput):
        code_nearby(NOTHING, code.folder, even_if_dirty=False)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://tok@h.example/o/r.git", "https://h.example/o/r.git"),
        ("https://u:p@h.example:8443/o/r?private_token=x#y", "https://h.example:8443/o/r"),
        ("ssh://git:p@h.example:22/o/r.git", "ssh://git@h.example:22/o/r.git"),
        ("git@h.example:o/r.git", "git@h.example:o/r.git"),
        ("https://[::1]:80/r", "https://[::1]:80/r"),
        ("/srv/git/r.git", "/srv/git/r.git"),
        ("file:///srv/git/r.git", "file:///srv/git/r.git"),
        ("../r.git", None),
        ("ext::sh -c id", None),
        ("https://h.example:port/r", None),
        ("https://h/\x1b[31m", None),
        ("https://[h/r", None),
        ("", None),
    ],
)
def test_addresses_are_recorded_without_secrets(address: str, kept: str | None) -> None:
    assert without_credentials(address) == kept


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8),
    st.sampled_from(["https", "ssh", "ftp"]),
)
def test_a_password_never_stays(password: str, scheme: str) -> None:
    kept = without_credentials(f"{scheme}://me:{password}@git.invalid/path")
    assert kept is not None
    assert password not in kept


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_address_has_an_answer(address: str) -> None:
    kept = without_credentials(address)
    assert kept is None or without_credentials(kept) == kept
    assert is_same_place(address, address)
