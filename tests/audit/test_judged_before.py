"""What was judged is remembered; no note of somebody else's, and no old one, turns a fail into a pass."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitregistry.audit import judged_before
from gitregistry.audit.judged_before import recall, remember
from gitregistry.storage.repository import find_repository
from tests.audit.test_shares import judged, known_until
from tests.support.registry import Registry


def note(registry: Registry) -> Path:
    return registry.folder / ".git/gitregistry/judged.json"


def make_unlawful(registry: Registry) -> str:
    registry.write("registry/models/beta/stray.txt", b"x\n")
    return registry.commit_all("A stray file")


def remembered(registry: Registry) -> str | None:
    found = recall(find_repository(registry.folder), os.environ, registry.head)
    return found.commit if found else None


def test_what_passed_is_remembered_and_only_the_rest_is_judged(lawful: Registry) -> None:
    lawful.passes()
    assert remembered(lawful) == lawful.head
    before = lawful.head
    lawful.run("rollback", "alpha", "--in", "staging", "--reason", "slow")
    assert remembered(lawful) == before
    lawful.passes()
    assert remembered(lawful) == lawful.head
    assert judged(lawful, remembering=True) == judged(lawful)


def test_what_is_unlawful_after_it_is_found(lawful: Registry) -> None:
    lawful.passes()
    make_unlawful(lawful)
    lawful.finds("tree", "registry/models/beta/stray.txt")


def test_a_history_that_failed_is_not_remembered(lawful: Registry) -> None:
    lawful.passes()
    passed = lawful.head
    make_unlawful(lawful)
    lawful.finds("tree", "registry/models/beta/stray.txt")
    assert remembered(lawful) == passed


def test_a_rewritten_history_is_judged_anew(lawful: Registry) -> None:
    lawful.git("branch", "before")
    lawful.passes()
    lawful.git("reset", "--quiet", "--hard", "HEAD~1")
    lawful.run("trust", "pin", lawful.pin, "--forget")
    make_unlawful(lawful)
    lawful.finds("tree", "registry/models/beta/stray.txt")


def forged_by_hand(registry: Registry, head: str) -> None:
    seal, _, body = note(registry).read_bytes().partition(b"\n")
    notes = json.loads(body)
    notes[0]["commit"] = head
    note(registry).write_bytes(seal + b"\n" + json.dumps(notes).encode())


def sealed_by_another_user(registry: Registry, head: str) -> None:
    elsewhere = {"XDG_STATE_HOME": str(registry.folder.parent / "another user")}
    remember(find_repository(registry.folder), elsewhere, known_until(registry, head))


def not_even_a_note(registry: Registry, head: str) -> None:
    note(registry).write_bytes(head.encode())


def an_empty_seal(registry: Registry, head: str) -> None:
    note(registry).write_bytes(b"\n" + note(registry).read_bytes().partition(b"\n")[2].replace(b"0", b"1"))
    assert head


@pytest.mark.parametrize(
    "forge",
    [forged_by_hand, sealed_by_another_user, not_even_a_note, an_empty_seal],
    ids=lambda f: f.__name__,
)
def test_a_note_that_this_user_did_not_seal_is_not_believed(
    lawful: Registry, forge: Callable[[Registry, str], None]
) -> None:
    lawful.passes()
    head = make_unlawful(lawful)
    forge(lawful, head)
    assert remembered(lawful) is None
    lawful.finds("tree", "registry/models/beta/stray.txt")


def test_a_note_of_another_clone_says_only_what_is_true_there_too(
    lawful: Registry, unlawful: Registry
) -> None:
    lawful.passes()
    note(unlawful).parent.mkdir(exist_ok=True)
    note(unlawful).write_bytes(note(lawful).read_bytes())
    assert judged(unlawful, remembering=True) == judged(unlawful)


def test_a_note_under_another_name_is_not_believed(lawful: Registry) -> None:
    lawful.passes()
    note(lawful).rename(note(lawful).with_name("other.json"))
    assert remembered(lawful) is None


def test_other_rules_remember_nothing(lawful: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    lawful.passes()
    monkeypatch.setattr(judged_before, "_judge", lambda: "the digest of other code")
    assert remembered(lawful) is None


def test_the_digest_of_the_code_changes_with_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").mkdir()
    rule = tmp_path / "rules/rule.py"
    rule.write_text("lawful = True\n")
    monkeypatch.setattr(judged_before, "__file__", str(tmp_path / "audit/judged_before.py"))
    before = judged_before._judge.__wrapped__()
    rule.write_text("lawful = False\n")
    assert judged_before._judge.__wrapped__() != before


def test_a_clock_that_was_set_back_is_found_although_all_was_judged(
    lawful: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    lawful.passes()
    with monkeypatch.context() as patch:
        patch.setattr("tests.audit.test_shares.moment_text", lambda _moment: "2020-01-01T00:00:00Z")
        verdict = judged(lawful, remembering=True)
    assert {finding.rule for finding in verdict.findings} == {"time"}


def test_another_pin_is_found_although_all_was_judged(lawful: Registry) -> None:
    lawful.passes()
    document = lawful.json("verify", "--pin", "sha256:" + "0" * 64, expect=1)
    assert [finding["rule"] for finding in document["findings"]] == ["pin"]


def test_anew_judges_from_the_first_step(lawful: Registry) -> None:
    lawful.passes()
    head = make_unlawful(lawful)
    remember(find_repository(lawful.folder), os.environ, known_until(lawful, head))
    lawful.passes()
    document = lawful.json("verify", "--anew", expect=1)
    assert [finding["rule"] for finding in document["findings"]] == ["tree"]


def test_where_nothing_can_be_kept_the_verdict_is_the_same(
    lawful: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert lawful.json("verify", "--pin", lawful.pin)["verdict"] == "pass"
    assert remembered(lawful) is None


def test_windows_and_mends_are_remembered(lawful: Registry) -> None:
    lawful.git("revert", "--no-edit", "HEAD")
    lawful.run("rollback", "alpha", "--in", "staging", "--reason", "slow")
    first = lawful.passes()
    assert len(first["mended"]) == 1
    assert lawful.passes() == first
