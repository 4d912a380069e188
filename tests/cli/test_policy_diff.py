"""``registry policy diff``: policies by version, revision or file, and what a signer sees before signing."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from tests.support.registry import Registry

MORE = "latency_p95_ms may now be up to 80 ms (was 60)"


@pytest.fixture
def changed(live: Registry) -> Registry:
    """Policy 2 allows 80 ms; the work tree's allows 100."""
    live.change_policy("max: 60", "max: 80")
    live.write(paths.POLICY, live.read(paths.POLICY).replace(b"max: 80", b"max: 100"))
    return live


def words(registry: Registry, *named: str) -> list[tuple[str, str]]:
    document = registry.json("policy", "diff", *named, key=None)
    return [(change["direction"], change["words"]) for change in document["changes"]]


def test_by_version_by_revision_and_by_file(changed: Registry) -> None:
    expected = [("looser", f"canary: {MORE}")]
    first = changed.git("log", "--format=%H", "--diff-filter=A", "--", paths.POLICY)
    before = changed.folder.parent / "before.yaml"
    before.write_text(changed.git("show", f"{first}:{paths.POLICY}") + "\n", "utf-8")
    for old in ("1", first, first[:10], "HEAD~1", str(before)):
        assert words(changed, old, "2") == expected, old
    assert words(changed, "2", "1") == [
        ("stricter", "canary: latency_p95_ms must now be at most 60 ms (was 80)")
    ]
    assert words(changed, "2", "HEAD") == []


def test_what_is_left_out_is_the_one_in_force_and_the_work_trees(changed: Registry) -> None:
    assert words(changed) == [("looser", "canary: latency_p95_ms may now be up to 100 ms (was 80)")]
    assert words(changed, "1") == [("looser", "canary: latency_p95_ms may now be up to 100 ms (was 60)")]
    text = changed.run("policy", "diff", key=None).out
    assert "from policy 2, in force to the work tree's policy" in text
    assert "looser  canary: latency_p95_ms may now be up to 100 ms (was 80)" in text


def test_comments_alone_are_no_change_in_meaning(live: Registry) -> None:
    live.write(paths.POLICY, b"# as before\n" + live.read(paths.POLICY))
    assert "no change in meaning" in live.run("policy", "diff", key=None).out
    assert words(live) == []


def test_a_name_of_nothing_says_what_there_is(changed: Registry) -> None:
    result = changed.run("policy", "diff", "7", key=None, expect=3)
    assert "'7' is no version of the policy (1 to 2), no file, and no revision" in result.err
    changed.remove(paths.POLICY)
    changed.commit_all()
    changed.git("revert", "--no-edit", "HEAD")
    assert "there is no policy at HEAD~1" in changed.run("policy", "diff", "HEAD~1", key=None, expect=3).err


def test_a_version_that_nobody_lawfully_made_is_not_that_version(live: Registry) -> None:
    live.next_text(paths.POLICY, "max: 60", "max: 6000", "mallory")
    live.commit_all()
    live.git("revert", "--no-edit", "HEAD")
    live.change_policy("max: 60", "max: 50")
    assert words(live, "1", "2") == [
        ("stricter", "canary: latency_p95_ms must now be at most 50 ms (was 60)")
    ]


def test_a_policy_that_cannot_be_read_is_refused(live: Registry) -> None:
    live.write(paths.POLICY, b"kind: [")
    live.run("policy", "diff", key=None, expect=2)
    live.commit_all()
    live.git("revert", "--no-edit", "HEAD")
    assert "cannot be used" in live.run("policy", "diff", "HEAD~1", key=None, expect=1).err


def test_a_signer_sees_what_they_agree_to(changed: Registry) -> None:
    signed = changed.run("sign", paths.POLICY)
    assert "looser  canary: latency_p95_ms may now be up to 100 ms (was 80)" in signed.err
    assert "may now be" not in signed.out


def test_a_cosigner_sees_it_too(live: Registry) -> None:
    live.two_administrators()
    live.write(paths.POLICY, live.read(paths.POLICY).replace(b"max: 60", b"max: 80"))
    live.run("sign", paths.POLICY)
    assert f"looser  canary: {MORE}" in live.run("sign", paths.POLICY, key="dave").err
