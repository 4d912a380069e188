"""Attacks: a command is run only from the policy in force at the branch's tip, never from a proposal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gitregistry.records import paths
from tests.sources.conftest import EVIDENCE, Checked

RUN = f"  {EVIDENCE}:\n"


def evil(checked: Checked) -> str:
    """Lines of a policy whose command leaves a mark."""
    (checked.scripts / "evil.py").write_text("import pathlib; pathlib.Path('ran').touch()\n", "utf-8")
    return f'{RUN}    run: ["{sys.executable}", evil.py]\n'


def test_an_edited_policy_in_the_work_tree_is_not_read(checked: Checked) -> None:
    checked.script("")
    text = checked.registry.read(paths.POLICY).decode()
    checked.registry.write(paths.POLICY, text.replace("check.py", "evil.py").encode())
    evil(checked)
    checked.check(EVIDENCE)
    assert not checked.ran
    run = checked.evidence().run
    assert run is not None
    assert run.command[1] == "check.py"


def test_a_command_that_the_work_tree_adds_is_not_known(checked: Checked) -> None:
    text = checked.registry.read(paths.POLICY).decode()
    checked.registry.write(paths.POLICY, text.replace(RUN, evil(checked)).encode())
    result = checked.registry.run(
        "check", "churn:v1", EVIDENCE, "--directory", str(checked.scripts), key="ci", expect=3
    )
    assert "the policy names no command" in result.err
    assert not checked.ran


def test_a_staged_policy_is_not_read(checked: Checked) -> None:
    checked.registry.next_text(paths.POLICY, RUN, evil(checked), "alice")
    checked.registry.git("add", "--all")
    checked.check(EVIDENCE, expect=3)
    assert not checked.ran


def test_an_unsigned_policy_at_the_tip_breaks_the_law_and_is_not_run(checked: Checked) -> None:
    checked.script("")
    text = checked.registry.read(paths.POLICY).decode()
    checked.registry.write(paths.POLICY, text.replace(f'"{sys.executable}", "check.py"', "evil").encode())
    checked.registry.commit_all()
    assert "registry verify" in checked.refuses(EVIDENCE).err


@pytest.mark.parametrize("signer", ["bob", "ci", "dave"])
def test_a_policy_that_others_signed_is_not_run(checked: Checked, signer: str) -> None:
    checked.registry.next_text(paths.POLICY, RUN, evil(checked), signer)
    checked.registry.commit_all()
    assert "no administrator signed the policy" in checked.refuses(EVIDENCE).err
    assert not checked.ran


def test_a_policy_that_too_few_administrators_signed_is_not_run(checked: Checked) -> None:
    checked.registry.two_administrators()
    checked.registry.next_text(paths.POLICY, RUN, evil(checked), "alice")
    checked.registry.commit_all()
    result = checked.refuses(EVIDENCE)
    assert "did not come into force lawfully: none of its commands is run" in result.err
    assert "registry verify" in result.err
    assert not checked.ran


def test_a_policy_that_enough_administrators_signed_is_run(checked: Checked) -> None:
    checked.registry.two_administrators()
    checked.registry.next_text(paths.POLICY, RUN, evil(checked), "alice", "dave")
    checked.registry.commit_all()
    checked.check(EVIDENCE)
    assert checked.ran
    checked.registry.passes()


def test_a_policy_under_a_trust_that_somebody_put_there_is_not_run(checked: Checked) -> None:
    """Bob makes himself administrator, and signs a policy as one."""
    text = checked.registry.read(paths.TRUST).decode()
    granted = "grants:\n  - principal: bob@example.com\n    role: administrator\n"
    assert "grants:\n" in text
    checked.registry.next_text(paths.TRUST, "grants:\n", granted, "bob")
    checked.registry.commit_all()
    checked.registry.next_text(paths.POLICY, RUN, evil(checked), "bob")
    checked.registry.commit_all()
    assert "lawfully" in checked.refuses(EVIDENCE).err
    assert not checked.ran


@pytest.mark.parametrize("signer", [None, "bob"])
def test_an_unlawful_policy_that_was_taken_back_stops_nobody(checked: Checked, signer: str | None) -> None:
    checked.script("")
    lawful = checked.registry.head
    if signer is None:
        checked.registry.write(paths.POLICY, b"kind: [")
    else:
        checked.registry.next_text(paths.POLICY, '"check.py"', '"evil.py"', signer)
    checked.registry.commit_all()
    checked.registry.git("checkout", lawful, "--", paths.POLICY, paths.POLICY + paths.SIGNATURE)
    checked.registry.commit_all("Put the policy back")
    checked.check(EVIDENCE)


def test_an_older_policy_put_back_is_not_run(checked: Checked) -> None:
    """A command that was taken out of the policy, validly signed in its day."""
    checked.registry.change_policy(RUN, evil(checked))
    old = [checked.registry.read(path) for path in (paths.POLICY, paths.POLICY + paths.SIGNATURE)]
    checked.registry.change_policy(evil(checked), RUN)
    for path, data in zip((paths.POLICY, paths.POLICY + paths.SIGNATURE), old, strict=True):
        checked.registry.write(path, data)
    checked.registry.commit_all()
    checked.refuses(EVIDENCE)
    assert not checked.ran


def test_a_branch_with_another_policy_that_is_checked_out_is_not_the_registry(checked: Checked) -> None:
    """A pull request's branch is checked out, as runners do; the registry's branch is named."""
    checked.script("")
    checked.registry.git("switch", "--quiet", "--create", "proposal")
    checked.registry.next_text(paths.POLICY, '"check.py"', '"evil.py"', "bob")
    evil(checked)
    checked.registry.commit_all()
    checked.refuses(EVIDENCE)
    checked.check(EVIDENCE, "--branch", "main")
    assert not checked.ran
    assert checked.registry.git("log", "-1", "--format=%s", "main").startswith("Attest")


def test_a_detached_head_is_refused_before_anything_is_run(checked: Checked) -> None:
    checked.script("import pathlib; pathlib.Path('ran').touch()")
    checked.registry.git("switch", "--quiet", "--detach")
    assert "HEAD is detached" in checked.refuses(EVIDENCE, expect=2).err
    assert not checked.ran


def test_another_registry_on_the_branch_is_not_run(checked: Checked, tmp_path: Path) -> None:
    """Somebody's own registry, lawful in itself, in the place of this one."""
    registry = checked.registry
    other = tmp_path / "other"
    other.mkdir()
    made = registry.json(
        "-C", str(other), "init", "registry", "--name", "demo", "--id", "bob@example.com", key="bob"
    )
    assert made["pin"] != registry.pin
    for path in (paths.TRUST, paths.POLICY):
        for name in (path, path + paths.SIGNATURE):
            registry.write(name, (other / "registry" / name).read_bytes())
    registry.commit_all()
    assert checked.refuses(EVIDENCE, expect=1).err
    assert not checked.ran
