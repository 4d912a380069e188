"""Steps of a branch: their shapes, names that are attacks, configuration that would hide something."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput, CannotTell
from gitregistry.storage import history
from gitregistry.storage.commit_info import commit_info, parse_commit, parse_trailers
from gitregistry.storage.encoding import LAST_MOMENT, DamagedObject
from gitregistry.storage.history import (
    NotDescended,
    commit_at,
    first_parent_steps,
    is_shallow,
    parse_log,
    resolve_revision,
)
from gitregistry.storage.objects import MissingObject, Objects
from gitregistry.storage.repository import Repository, find_repository
from gitregistry.storage.trees import CommitTree
from tests.storage.helpers import MAIN, commit, git, make, raw_commit, raw_tree


def _dated(top: Path, seconds: int, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", f"@{seconds} +0000")
        patch.setenv("GIT_AUTHOR_DATE", f"@{seconds} +0000")
        git(top, "commit", "--quiet", *arguments)
    return git(top, "rev-parse", "HEAD")


def test_steps_come_oldest_first_with_what_each_changed(repository: Repository) -> None:
    first, _ = commit(repository, {"a": b"1", "b": b"1"}, "first\nline two\n\nbody")
    second, _ = commit(repository, {"a": b"2", "b": None, "sub/c": b"3"}, "second: with colon")
    one, two = first_parent_steps(repository, MAIN)
    zeros = repository.no_object
    assert (one.commit, one.parents, one.subject) == (first, (), "first line two")
    assert [(c.path, c.old_mode, c.new_mode, c.old_oid) for c in one.changes] == [
        ("a", "000000", "100644", zeros),
        ("b", "000000", "100644", zeros),
    ]
    assert (two.commit, two.parents, two.subject) == (second, (first,), "second: with colon")
    assert [(c.path, c.old_mode, c.new_mode) for c in two.changes] == [
        ("a", "100644", "100644"),
        ("b", "100644", "000000"),
        ("sub/c", "000000", "100644"),
    ]
    assert two.changes[0].old_oid == one.changes[0].new_oid
    assert two.changes[1].new_oid == zeros
    with Objects(repository) as objects:
        assert objects.blob(two.changes[2].new_oid) == b"3"


def test_a_merge_is_one_step_against_its_first_parent(repository: Repository, tmp_path: Path) -> None:
    top = tmp_path / "repository"
    base, _ = commit(repository, {"a": b"1"})
    git(top, "checkout", "--quiet", "-b", "side")
    commit(repository, {"side": b"s"}, ref="refs/heads/side")
    git(top, "reset", "--quiet", "--hard")
    git(top, "checkout", "--quiet", "main")
    ours, _ = commit(repository, {"a": b"2"})
    git(top, "reset", "--quiet", "--hard")
    git(top, "merge", "--quiet", "--no-ff", "-m", "merge", "side")
    steps = list(first_parent_steps(repository, MAIN))
    assert [step.commit for step in steps[:2]] == [base, ours]
    assert len(steps[2].parents) == 2
    assert [change.path for change in steps[2].changes] == ["side"]


def test_empty_commits_and_empty_messages_are_steps_too(plain: Repository, tmp_path: Path) -> None:
    commit(plain, {"a": b"1"})
    git(tmp_path / "plain", "commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", "")
    git(tmp_path / "plain", "commit", "--quiet", "--allow-empty", "-m", "commit x")
    steps = list(first_parent_steps(plain, MAIN))
    assert [(step.subject, len(step.changes)) for step in steps] == [("a step", 1), ("", 0), ("commit x", 0)]


@pytest.mark.parametrize(
    "name", ["a\nb", 'q"uote', "commit 1", ":100644 x", "tab\tb", "\u202eevil", "-x", "\udcff"]
)
def test_a_path_is_what_it_is_whatever_it_looks_like(repository: Repository, name: str) -> None:
    commit(repository, {f"registry/{name}": b"1", "registry/z": b"2"})
    (step,) = first_parent_steps(repository, MAIN)
    assert {change.path for change in step.changes} == {f"registry/{name}", "registry/z"}


def test_a_rename_is_a_removal_and_an_addition(plain: Repository) -> None:
    commit(plain, {"a": b"the same content\n" * 10})
    commit(plain, {"a": None, "b": b"the same content\n" * 10})
    *_, step = first_parent_steps(plain, MAIN)
    assert [(change.path, change.new_mode) for change in step.changes] == [("a", "000000"), ("b", "100644")]


def test_only_the_steps_after_a_commit(repository: Repository) -> None:
    commits = [commit(repository, {"a": b"%d" % number})[0] for number in range(4)]
    found = [step.commit for step in first_parent_steps(repository, MAIN, after=commits[1])]
    assert found == commits[2:]
    assert list(first_parent_steps(repository, MAIN, after=commits[3])) == []


def test_only_the_steps_that_touch_a_path(repository: Repository) -> None:
    commit(repository, {"registry/a": b"1", "other": b"1"})
    commit(repository, {"other": b"2"})
    third, _ = commit(repository, {"registry/a": b"2", "other": b"3"})
    steps = list(first_parent_steps(repository, MAIN, paths=["registry"]))
    assert [[change.path for change in step.changes] for step in steps] == [["registry/a"], ["registry/a"]]
    assert steps[1].commit == third


def test_a_path_that_is_a_pathspec_means_itself(plain: Repository) -> None:
    commit(plain, {"a": b"1"})
    assert list(first_parent_steps(plain, MAIN, paths=[":(glob)**", "--all"])) == []


def test_rewritten_history_is_noticed(repository: Repository) -> None:
    first, _ = commit(repository, {"a": b"1"})
    seen, _ = commit(repository, {"a": b"2"})
    git(repository.git_dir, "update-ref", MAIN, first)
    with pytest.raises(NotDescended):
        list(first_parent_steps(repository, MAIN, after=seen))
    commit(repository, {"a": b"3"})
    with pytest.raises(NotDescended):
        list(first_parent_steps(repository, MAIN, after=seen))


def test_a_merge_that_hides_the_seen_commit_behind_its_second_parent_is_noticed(plain: Repository) -> None:
    first, _ = commit(plain, {"a": b"1"})
    seen, _ = commit(plain, {"a": b"2"})
    tree = git(plain.git_dir, "rev-parse", f"{first}^{{tree}}")
    foxtrot = raw_commit(plain, tree, raw_commit(plain, tree, first), seen)
    with pytest.raises(NotDescended):
        list(first_parent_steps(plain, foxtrot, after=seen))


def test_a_missing_parent_cannot_be_told(plain: Repository) -> None:
    tree = raw_tree(plain, b"")
    with pytest.raises(CannotTell, match="history cannot be read"):
        list(first_parent_steps(plain, raw_commit(plain, tree, "1" * 40)))


def test_a_branch_that_does_not_exist_cannot_be_told(plain: Repository) -> None:
    with pytest.raises(CannotTell):
        list(first_parent_steps(plain, "refs/heads/nothing"))


def test_configuration_and_attributes_change_nothing(plain: Repository, tmp_path: Path) -> None:
    top = tmp_path / "plain"
    commit(plain, {"b": b"1", "a": b"1", ".gitattributes": b"* diff=evil filter=evil\n"})
    git(top, "reset", "--quiet", "--hard")
    git(top, "checkout", "--quiet", "-b", "side")
    commit(plain, {"side": b"s"}, ref="refs/heads/side")
    git(top, "reset", "--quiet", "--hard")
    git(top, "checkout", "--quiet", "main")
    commit(plain, {"b": b"2"})
    git(top, "reset", "--quiet", "--hard")
    git(top, "merge", "--quiet", "--no-ff", "-m", "merge", "side")
    before = list(first_parent_steps(plain, MAIN))
    (tmp_path / "order").write_text("b\n")
    trap = f"touch '{tmp_path}/ran'"
    for name, value in {
        "log.diffMerges": "off",
        "log.showSignature": "true",
        "log.showRoot": "false",
        "log.follow": "true",
        "log.decorate": "full",
        "log.mailmap": "true",
        "log.date": "relative",
        "format.pretty": "fuller",
        "diff.orderFile": str(tmp_path / "order"),
        "diff.relative": "true",
        "diff.ignoreSubmodules": "all",
        "diff.renames": "copies",
        "diff.external": trap,
        "diff.evil.textconv": trap,
        "diff.evil.command": trap,
        "filter.evil.clean": trap,
        "gpg.program": trap,
        "core.fsmonitor": trap,
        "core.pager": trap,
        "core.quotePath": "true",
        "core.abbrev": "7",
        "color.ui": "always",
        "i18n.logOutputEncoding": "latin1",
    }.items():
        git(top, "config", name, value)
    assert list(first_parent_steps(plain, MAIN)) == before
    with Objects(plain) as objects:
        list(CommitTree(objects, before[-1].commit).walk(""))
        commit_info(objects, [step.commit for step in before])
    resolve_revision(plain, "main~1")
    assert not (tmp_path / "ran").exists()


def test_a_submodule_is_seen_though_configuration_ignores_submodules(plain: Repository) -> None:
    git(plain.git_dir, "config", "diff.ignoreSubmodules", "all")
    tree = raw_tree(plain, b"160000 m\0" + bytes.fromhex("12" * 20))
    (step,) = first_parent_steps(plain, raw_commit(plain, tree))
    assert [(change.path, change.new_mode) for change in step.changes] == [("m", "160000")]


def test_grafts_and_replacements_do_not_bend_history(plain: Repository) -> None:
    commits = [commit(plain, {"a": b"%d" % number})[0] for number in range(3)]
    (plain.git_dir / "info").mkdir(exist_ok=True)
    (plain.git_dir / "info" / "grafts").write_text(f"{commits[2]} {commits[0]}\n")
    git(plain.git_dir, "replace", commits[1], commits[0])
    assert [step.commit for step in first_parent_steps(plain, MAIN)] == commits


def test_times_outside_the_calendar_are_drawn_to_its_ends(plain: Repository) -> None:
    tree = raw_tree(plain, b"")
    text = f"tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a> 99999999999999999 +0000\n\nx\n".encode()
    strange = git(plain.git_dir, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)
    (step,) = first_parent_steps(plain, strange)
    assert 0 <= step.time <= LAST_MOMENT
    nobody = f"tree {tree}\n\nx\n".encode()
    strange = git(plain.git_dir, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=nobody)
    (step,) = first_parent_steps(plain, strange)
    assert step.time == 0


def test_a_subject_of_megabytes_is_cut_not_kept(plain: Repository) -> None:
    commit(plain, {"a": b"1"}, "x" * (3 << 20))
    after, _ = commit(plain, {"a": b"2"}, "short")
    one, two = first_parent_steps(plain, MAIN)
    assert len(one.subject) < 2 << 20
    assert [change.path for change in one.changes] == ["a"]
    assert (two.commit, two.subject) == (after, "short")


def test_a_step_with_too_many_changes_ends_the_reading(
    plain: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_MOST_CHANGES", 10)
    commit(plain, {f"f{number}": b"1" for number in range(20)})
    with pytest.raises(CannotTell, match="changes more files"):
        list(first_parent_steps(plain, MAIN))


def test_leaving_early_leaves_no_process_behind(plain: Repository) -> None:
    for number in range(3):
        commit(plain, {"a": b"%d" % number})
    steps = first_parent_steps(plain, MAIN)
    next(steps)
    steps.close()  # type: ignore[attr-defined] # an iterator to callers, a generator here


def test_output_that_ends_in_the_middle_is_noticed() -> None:
    with pytest.raises(CannotTell, match="middle"):
        list(parse_log(io.BytesIO(b"commit " + b"1" * 40 + b" 5 \nsubject\0\n:000000 100644")))


OIDS = st.binary(min_size=20, max_size=20).map(bytes.hex)
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
CHANGES = st.lists(
    st.builds(
        history.Change,
        WORDS.filter(bool),
        st.sampled_from(["000000", "100644"]),
        st.sampled_from(["000000", "100644", "120000"]),
        OIDS,
        OIDS,
    ),
    max_size=5,
).map(tuple)
STEPS = st.lists(
    st.builds(
        history.Step,
        OIDS,
        st.lists(OIDS, max_size=3).map(tuple),
        st.integers(0, LAST_MOMENT),
        WORDS.filter(lambda text: "\n" not in text),
        CHANGES,
    ),
    max_size=5,
)


@given(STEPS)
def test_any_log_reads_back(steps: list[history.Step]) -> None:
    written = b""
    for step in steps:
        head = f"commit {step.commit} {step.time} {' '.join(step.parents)}\n{step.subject}"
        written += head.encode() + b"\0"
        for number, change in enumerate(step.changes):
            meta = f":{change.old_mode} {change.new_mode} {change.old_oid} {change.new_oid} M"
            written += (b"" if number else b"\n") + meta.encode() + b"\0" + change.path.encode() + b"\0"
    assert list(parse_log(io.BytesIO(written))) == steps


def test_the_commit_at_a_moment(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / "repository"
    start = 1_700_000_000
    commits = [
        _dated(top, start + hour * 3600, "--allow-empty", "-m", str(hour), monkeypatch=monkeypatch)
        for hour in range(3)
    ]
    moment = datetime.fromtimestamp(start, UTC)
    assert commit_at(repository, MAIN, moment + timedelta(hours=1)) == commits[1]
    assert commit_at(repository, MAIN, moment + timedelta(hours=1, minutes=59)) == commits[1]
    assert commit_at(repository, MAIN, moment + timedelta(days=400)) == commits[2]
    assert commit_at(repository, MAIN, moment - timedelta(seconds=1)) is None
    with pytest.raises(BadInput, match="no time zone"):
        commit_at(repository, MAIN, datetime(2026, 1, 1))


def test_a_commit_dated_back_does_not_hide_those_behind_it(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / "plain"
    for seconds in (1_700_000_000, 1_800_000_000):
        _dated(top, seconds, "--allow-empty", "-m", "x", monkeypatch=monkeypatch)
    back = _dated(top, 1_600_000_000, "--allow-empty", "-m", "back", monkeypatch=monkeypatch)
    _dated(top, 1_900_000_000, "--allow-empty", "-m", "y", monkeypatch=monkeypatch)
    # Order comes from parentage: walking from the tip, the first commit not after the moment is this one.
    assert commit_at(plain, MAIN, datetime.fromtimestamp(1_750_000_000, UTC)) == back


def test_what_people_type_is_resolved(repository: Repository, tmp_path: Path) -> None:
    first, _ = commit(repository, {"a": b"1"})
    second, _ = commit(repository, {"a": b"2"})
    git(tmp_path / "repository", "tag", "-a", "v1", "-m", "one", first)
    for text, meant in {
        "HEAD~1": first,
        "main": second,
        "v1": first,
        second[:10]: second,
        first: first,
    }.items():
        assert resolve_revision(repository, text) == meant


def test_a_branch_goes_before_a_tag_of_its_name_and_an_id_before_a_branch(plain: Repository) -> None:
    first, _ = commit(plain, {"a": b"1"})
    second, _ = commit(plain, {"a": b"2"})
    git(plain.git_dir, "update-ref", "refs/tags/main", first)
    git(plain.git_dir, "update-ref", f"refs/heads/{second}", first)
    assert resolve_revision(plain, "main") == second
    assert resolve_revision(plain, second) == second


@pytest.mark.parametrize("text", ["", "--all", "-x", "nothing", "main\n--all", "main..main", "HEAD:a", "a b"])
def test_what_is_no_commit_is_refused(plain: Repository, text: str) -> None:
    commit(plain, {"a": b"1"})
    with pytest.raises(BadInput):
        resolve_revision(plain, text)


def test_a_shallow_clone_is_known_as_one(plain: Repository, tmp_path: Path) -> None:
    commit(plain, {"a": b"1"})
    commit(plain, {"a": b"2"})
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{plain.git_dir}", "shallow")
    assert is_shallow(find_repository(tmp_path / "shallow"))
    assert not is_shallow(plain)


def test_a_commits_own_words(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "Promote churn\n\nBecause.\n\nRegistry-Action: promote\nRegistry-Release: churn:1\n"
    new, _ = commit(repository, {"a": b"1"}, message)
    second, _ = commit(repository, {"a": b"2"}, "plain")
    with Objects(repository) as objects:
        found = commit_info(objects, [new, second])
    info = found[new]
    assert info.subject == "Promote churn"
    assert info.body == "Because.\n\nRegistry-Action: promote\nRegistry-Release: churn:1"
    assert info.trailers == (("Registry-Action", "promote"), ("Registry-Release", "churn:1"))
    assert info.author[:2] == ("Alice", "alice@example.com")
    assert info.time == info.committer.time > 0
    assert not info.signed
    assert found[second].parents == (new,)
    assert found[second].trailers == ()


def test_a_commit_that_is_missing_or_is_none(plain: Repository) -> None:
    oid = git(plain.git_dir, "hash-object", "-w", "--stdin", stdin=b"x")
    with Objects(plain) as objects:
        with pytest.raises(MissingObject):
            commit_info(objects, ["1" * 40])
        with pytest.raises(DamagedObject):
            commit_info(objects, [oid])


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_as_a_commit(data: bytes) -> None:
    parse_commit(data)


def test_a_signed_commit_is_seen_to_be_signed() -> None:
    data = b"tree x\nauthor A <a@b> 5 +0200\ncommitter A <a@b> 6 +0200\ngpgsig -----BEGIN\n more\n\nsubject\n"
    info = parse_commit(data)
    assert info.signed
    assert (info.author.time, info.author.zone, info.committer.time) == (5, "+0200", 6)


@pytest.mark.parametrize(
    ("body", "trailers"),
    [
        ("", ()),
        ("Only: one", (("Only", "one"),)),
        ("text\n\nA: 1\nnot a trailer", ()),
        ("A: 1\n\nlast words", ()),
        ("A: 1: 2\nB:  x ", (("A", "1: 2"), ("B", "x"))),
    ],
)
def test_trailers_are_the_last_paragraph_or_nothing(body: str, trailers: tuple[tuple[str, str], ...]) -> None:
    assert parse_trailers(body) == trailers


def test_objects_in_quarantine_are_read_inside_pre_receive(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(plain, {"a": b"1"})
    bare = make(tmp_path / "server.git", "--bare")
    quarantine = tmp_path / "quarantine"
    (quarantine / "pack").mkdir(parents=True)
    new = git(plain.git_dir, "rev-parse", MAIN)
    monkeypatch.setenv("GIT_QUARANTINE_PATH", str(quarantine))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(plain.common_dir / "objects"))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(bare.common_dir / "objects"))
    with Objects(bare) as objects:
        assert objects.resolve(new) == new
    assert [step.commit for step in first_parent_steps(bare, new)] == [new]
    assert os.listdir(bare.common_dir / "objects" / "pack") == []  # noqa: PTH208
