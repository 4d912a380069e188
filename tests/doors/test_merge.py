"""``verify --merge``: what merging a proposal would do to the target, against what git then really makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gitregistry.records.release import Release
from tests.doors.steps import edit_alias, write_notes
from tests.support.doors import Server, merge_check, refused_at_every_door
from tests.support.hostile import loose_file, unpack
from tests.support.registry import Registry


@pytest.fixture(scope="module")
def ready_template(approved_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """``v1`` approved for production, ``v2`` ready for staging."""
    registry = approved_template.copy(tmp_path_factory.mktemp("ready") / "copy")
    registry.register("v2")
    registry.pass_staging("v2")
    return registry


@pytest.fixture
def ready(ready_template: Registry, tmp_path: Path) -> Registry:
    return ready_template.copy(tmp_path / "ready")


def branch(registry: Registry, name: str, start: str) -> None:
    registry.git("switch", "--quiet", "-c", name, start)


def really_merged(registry: Registry, proposal: str, *options: str) -> str:
    """What git makes of it, on main; the merge commit."""
    registry.git("switch", "--quiet", "main")
    registry.git("merge", "--quiet", "--no-ff", "-m", "merged", *options, proposal)
    return registry.head


def rules(document: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in document["findings"]}


# --- lawful proposals, and every way a forge lands them ---


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_lawful_proposal_passes_before_and_after(way: str, ready: Registry) -> None:
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v2", "staging")
    ready.git("switch", "--quiet", "main")
    ready.promote("v1", "production")
    document = merge_check(ready, "main", "proposal")
    assert document["verdict"] == "pass", document
    assert document["changed"] == 2
    assert {item["path"] for item in document["requirements"]} == {ready.alias("staging")}
    if way == "merge":
        really_merged(ready, "proposal")
    elif way == "squash":
        ready.git("merge", "--quiet", "--squash", "proposal")
        ready.git("commit", "--quiet", "-m", "squashed")
    else:
        ready.git("cherry-pick", f"{base}..proposal")
    ready.passes()
    assert ready.json("resolve", "churn@staging")["version"] == "v2"
    assert ready.json("resolve", "churn@production")["version"] == "v1"


def test_a_whole_release_in_one_proposal(empty_registry: Registry) -> None:
    """Registered, measured and promoted there: one step here, judged with all that it brings."""
    base = empty_registry.head
    branch(empty_registry, "proposal", base)
    empty_registry.register("v1")
    empty_registry.to_staging("v1")
    document = merge_check(empty_registry, base, "proposal")
    assert document["verdict"] == "pass", document["findings"]
    assert len(document["requirements"]) == 4
    really_merged(empty_registry, "proposal")
    empty_registry.passes()


def test_nothing_is_merged_nothing_is_written(ready: Registry) -> None:
    branch(ready, "proposal", "main")
    ready.promote("v2", "staging")
    ready.git("switch", "--quiet", "main")
    ready.write("registry/trust.yaml", b"dirty")
    before = ready.state(), ready.git("count-objects", "-v")
    assert merge_check(ready, "main", "proposal")["verdict"] == "pass"
    assert (ready.state(), ready.git("count-objects", "-v")) == before


def test_what_is_contained_has_nothing_to_judge(live: Registry) -> None:
    for proposal in ("HEAD", "HEAD~2"):
        document = merge_check(live, "HEAD", proposal)
        assert (document["verdict"], document["changed"]) == ("pass", 0)
    done = live.run("verify", "--merge", "HEAD", "HEAD~1", key=None)
    assert "PASS: the merge would change nothing of the registry" in done.out


def test_what_lies_outside_the_registry_is_not_judged(live: Registry) -> None:
    base = live.head
    branch(live, "proposal", base)
    write_notes(live)
    assert merge_check(live, base, "proposal")["changed"] == 0


# --- clean for git, not lawful ---


def test_a_withdrawal_beside_a_promotion(ready: Registry) -> None:
    """Row 34: git merges them without a word, and production would serve what was withdrawn."""
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v1", "production")
    ready.git("switch", "--quiet", "main")
    ready.run("retire", "churn:v1", "--withdraw", "--reason", "leaks data")
    document = merge_check(ready, "main", "proposal")
    assert document["verdict"] == "fail"
    assert rules(document) == {"release"}
    assert {finding["commit"] for finding in document["findings"]} == {ready.git("rev-parse", "proposal")}
    merged = really_merged(ready, "proposal")
    ready.finds("release", ready.alias(), commit=merged)


def test_two_promotions_from_one_tip(ready: Registry) -> None:
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v2", "staging")
    ready.git("switch", "--quiet", "main")
    ready.promote("v1", "staging")
    document = merge_check(ready, "main", "proposal")
    (finding,) = document["findings"]
    assert finding["rule"] == "merge"
    assert finding["path"] == ready.alias("staging")
    assert finding["hint"] == "registry promote churn:v2 --to staging"
    ready.run("promote", "churn:v2", "--to", "staging")  # what it says works
    ready.passes()


def test_two_promotions_that_git_is_told_to_settle(ready: Registry) -> None:
    """With ``-X theirs`` the merge is clean, and its record follows a tip that is not the target's."""
    branch(ready, "proposal", "main")
    ready.promote("v2", "staging")
    ready.git("switch", "--quiet", "main")
    base = ready.promote("v1", "staging")
    merged = really_merged(ready, "proposal", "-X", "theirs")
    refused_at_every_door(ready, base, merged, "sequence")


def test_trust_and_what_rests_on_it_are_two_steps(empty_registry: Registry) -> None:
    """Lawful one after the other; as one merge, the release is judged by the trust before it."""
    base = empty_registry.head
    branch(empty_registry, "proposal", base)
    empty_registry.add("dave", "publisher")
    empty_registry.register("v1", key="dave")
    assert "role" in rules(merge_check(empty_registry, base, "proposal"))
    merged = really_merged(empty_registry, "proposal")
    empty_registry.finds("role", commit=merged, also=["key"])


# --- merges made by hand ---


def test_an_evil_merge_is_judged_by_its_result(ready: Registry) -> None:
    """Row 28: what it holds is in neither parent."""
    base = ready.head
    branch(ready, "side", base)
    write_notes(ready)
    ready.git("switch", "--quiet", "main")
    ready.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    ready.write(ready.alias("staging"), ready.read(ready.alias("staging")).replace(b"v1", b"v2"))
    refused_at_every_door(ready, base, ready.commit_all("merged"), "signature")


def test_ours_hides_nothing_along_first_parents(live: Registry) -> None:
    """Row 28: ``-s ours`` onto an older state drops steps while it claims to contain them."""
    tip = live.head
    branch(live, "old", "HEAD~1")
    write_notes(live)
    live.git("merge", "--quiet", "-s", "ours", "-m", "caught up", tip)
    foxtrot = live.head
    server = Server.holding(live, live.folder.parent / "server.git", tip)
    done = server.push(live, source=foxtrot)
    assert "[first-parent]" in done.err
    # Contained, says git of the target; merged the other way round it would change nothing of the registry.
    assert merge_check(live, tip, foxtrot)["verdict"] == "fail"


def test_ours_the_right_way_round_changes_nothing(live: Registry) -> None:
    branch(live, "side", "HEAD")
    edit_alias(live)
    base = live.git("rev-parse", "main")
    live.git("switch", "--quiet", "main")
    live.git("merge", "--quiet", "-s", "ours", "-m", "not that", "side")
    live.passes()
    assert merge_check(live, base, live.head)["changed"] == 0
    server = Server.holding(live, live.folder.parent / "server.git", base)
    assert server.push(live).code == 0


@pytest.mark.parametrize("bad", [False, True], ids=["lawful", "one arm unlawful"])
def test_an_octopus_is_one_step(bad: bool, ready: Registry) -> None:
    base = ready.head
    branch(ready, "one", base)
    ready.promote("v2", "staging")
    branch(ready, "two", base)
    ready.promote("v1", "production")
    branch(ready, "three", base)
    if bad:
        ready.write(ready.manifest("v2"), ready.read(ready.manifest("v2")) + b"# edited\n")
        ready.commit_all()
    else:
        write_notes(ready)
    ready.git("switch", "--quiet", "main")
    ready.git("merge", "--quiet", "--no-ff", "-m", "all of them", "one", "two", "three")
    octopus = ready.head
    assert len(ready.git("show", "--no-patch", "--format=%P").split()) == 4
    if bad:
        refused_at_every_door(ready, base, octopus, "immutable")
    else:
        assert merge_check(ready, base, octopus)["verdict"] == "pass"
        server = Server.holding(ready, ready.folder.parent / "server.git", base)
        assert server.push(ready).code == 0
        server.is_sound()


# --- where git's own merge would be in doubt ---


def test_criss_cross_bases_that_agree_are_no_conflict(ready: Registry) -> None:
    base = ready.head
    branch(ready, "left", base)
    write_notes(ready, "left.txt")
    branch(ready, "right", base)
    write_notes(ready, "right.txt")
    left, right = ready.git("rev-parse", "left"), ready.git("rev-parse", "right")
    ready.git("merge", "--quiet", "--no-ff", "-m", "x", left)
    ready.git("switch", "--quiet", "left")
    ready.git("merge", "--quiet", "--no-ff", "-m", "y", right)
    ready.promote("v2", "staging")
    assert len(ready.git("merge-base", "--all", "left", "right").split()) == 2
    document = merge_check(ready, "right", "left")
    assert (document["verdict"], document["changed"]) == ("pass", 2)


def test_criss_cross_bases_that_differ_are_a_conflict(ready: Registry) -> None:
    base = ready.head
    branch(ready, "left", base)
    ready.promote("v2", "staging")
    branch(ready, "right", base)
    write_notes(ready)
    left, right = ready.git("rev-parse", "left"), ready.git("rev-parse", "right")
    ready.git("merge", "--quiet", "-s", "ours", "-m", "x", left)
    ready.git("switch", "--quiet", "left")
    ready.git("merge", "--quiet", "--no-ff", "-m", "y", right)
    document = merge_check(ready, "right", "left")
    assert rules(document) == {"merge"}


def test_strangers_are_refused(live: Registry) -> None:
    tree = live.git("rev-parse", "HEAD^{tree}")
    other = live.git("commit-tree", "-m", "another beginning", tree)
    document = merge_check(live, "HEAD", other)
    (finding,) = document["findings"]
    assert finding["rule"] == "merge"
    assert "no commit in common" in finding["message"]


def test_a_file_where_the_target_has_a_folder(live: Registry) -> None:
    base = live.head
    blob = live.blob(b"x")
    live.commit_entries(("100644", blob, "registry/models/other/model.yaml"))
    target = live.head
    live.git("update-ref", "refs/heads/main", base)
    live.git("read-tree", base)
    live.commit_entries(("100644", blob, "registry/models/other"))
    document = merge_check(live, target, live.head)
    assert {(found["rule"], found["path"]) for found in document["findings"]} == {
        ("merge", "registry/models/other")
    }


def test_a_merge_driver_or_attribute_has_no_say(ready: Registry, tmp_path: Path) -> None:
    """``merge=union`` would make one file of both; a driver would run a program."""
    seen = tmp_path / "seen"
    ready.git("config", "merge.evil.driver", f"touch {seen}; true")
    ready.write(".gitattributes", b"* merge=evil\n")
    base = ready.commit_all("attributes")
    branch(ready, "proposal", base)
    ready.promote("v2", "staging")
    ready.git("switch", "--quiet", "main")
    ready.promote("v1", "staging")
    assert rules(merge_check(ready, "main", "proposal")) == {"merge"}
    assert not seen.exists()


# --- the target's law, pin and history ---


def test_faults_of_the_target_are_not_the_proposals(ready: Registry) -> None:
    edit_alias_of_staging(ready)
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v1", "production")
    document = merge_check(ready, base, "proposal")
    assert (document["verdict"], document["outside"]) == ("pass", 1)


def edit_alias_of_staging(registry: Registry) -> None:
    path = registry.alias("staging")
    registry.write(path, registry.read(path) + b"# edited\n")
    registry.commit_all()


def test_trust_that_came_unlawfully_to_the_target_is_not_its_law(ready: Registry) -> None:
    """mallory wrote herself into trust; the target is at fault, and still nothing she signs counts."""
    base = ready.head
    trust = ready.read("registry/trust.yaml").decode()
    alice = (ready.keys["alice"].with_suffix(".pub")).read_text("utf-8").split()[1]
    mallory = (ready.keys["mallory"].with_suffix(".pub")).read_text("utf-8").split()[1]
    assert alice in trust
    ready.next_text("registry/trust.yaml", alice, mallory, "mallory")
    ready.commit_all("a trust of mine")
    ready.git("branch", "target")
    release = replace(ready.record(Release, ready.manifest("v1")), version="v9")
    ready.forge(ready.manifest("v9"), release, "mallory")
    ready.commit_all("a release of mine")
    ready.git("branch", "proposal")
    document = merge_check(ready, "target", "proposal")
    assert document["verdict"] == "fail"
    assert "role" in rules(document)
    assert merge_check(ready, base, "target")["verdict"] == "fail"


def test_without_a_pin_it_cannot_be_told(
    ready: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v2", "staging")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "no-state"))
    document = ready.json("verify", "--merge", base, "proposal", key=None, expect=5)
    assert document["verdict"] == "unknown"
    assert "no pin is known" in document["unknown"]


def test_another_pin_is_another_registry(ready: Registry) -> None:
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v2", "staging")
    other = "sha256:" + "0" * 64
    document = ready.json("verify", "--merge", base, "proposal", "--pin", other, key=None, expect=1)
    assert rules(document) == {"pin"}


def test_a_proposal_that_begins_the_registry(empty_registry: Registry) -> None:
    """The target has none yet: its first trust must be the pin's."""
    tree = empty_registry.git("mktree", stdin=b"")
    start = empty_registry.git("commit-tree", "-m", "begin", tree)
    begun = empty_registry.git("commit-tree", "-p", start, "-m", "a registry", _first(empty_registry))
    assert merge_check(empty_registry, start, begun)["verdict"] == "pass"
    other = "sha256:" + "0" * 64
    found = empty_registry.json("verify", "--merge", start, begun, "--pin", other, key=None, expect=1)
    assert rules(found) == {"pin"}


def _first(registry: Registry) -> str:
    first = registry.git("rev-list", "--max-parents=0", "HEAD")
    return f"{first}^{{tree}}"


def test_a_shallow_clone_cannot_tell(live: Registry) -> None:
    (live.folder / ".git/shallow").write_text(live.git("rev-parse", "HEAD~1") + "\n", "ascii")
    document = merge_check(live, "HEAD~1", "HEAD")
    assert document["verdict"] == "unknown"
    assert "shallow" in document["unknown"]


def test_a_history_with_a_hole_cannot_be_told(live: Registry) -> None:
    hole = live.git("rev-parse", "HEAD~3")
    unpack(live)
    loose_file(live.folder / ".git", hole).unlink()
    edit_alias(live)
    for target in ("HEAD~1", "HEAD~2"):
        assert merge_check(live, target, "HEAD")["verdict"] == "unknown"


def test_what_it_prints_for_people(ready: Registry) -> None:
    base = ready.head
    branch(ready, "proposal", base)
    ready.promote("v2", "staging")
    done = ready.run("verify", "--merge", base, "proposal", "--pin", ready.pin, key=None)
    assert ready.alias("staging") in done.out
    assert "✓  offline_eval_passed" in done.out
    assert "PASS: the merge would be a lawful step" in done.out


def test_questions_that_exclude_each_other(live: Registry) -> None:
    live.run("verify", "HEAD", "--merge", "HEAD", "HEAD", expect=2)
    live.run("verify", "--merge", "HEAD", "HEAD", "--quarantine", ".", expect=2)
    live.run("verify", "--merge", "HEAD", "HEAD", "--branch", "main", expect=2)
    live.run("verify", "--merge", "HEAD", "no-such-branch", expect=2)
