"""Whole lawful histories pass; whatever is altered, dropped, swapped, replayed or moved in one is found."""

from __future__ import annotations

from typing import Self

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitregistry.audit import shares
from gitregistry.audit.share import Beginning
from gitregistry.records import paths
from gitregistry.rules.findings import Finding
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository
from tests.fuzz.conftest import PROFILE
from tests.support.histories import ACTIONS, Files, Shelf, Story

actions = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 1), st.integers(0, 2)), min_size=3, max_size=12
)
SIGNATURE = paths.SIGNATURE


def found(shelf: Shelf, steps: list[Files]) -> tuple[list[str], list[Finding]]:
    """The commits of a history, and the findings on it."""
    commits = shelf.write(steps)
    verdict = shelf.judge(commits[-1])
    assert verdict.unknown is None
    assert (verdict.verdict == "pass") == (not verdict.findings)
    return commits, list(verdict.findings)


def found_at(shelf: Shelf, steps: list[Files], *positions: int) -> None:
    """See that there are findings on one of these steps, and on no step before the first of them."""
    commits, findings = found(shelf, steps)
    at_fault = {finding.commit for finding in findings}
    assert at_fault & {commits[position] for position in positions}
    assert at_fault <= set(commits[min(positions) :])


def story_of(shelf: Shelf, chosen: list[tuple[str, int, int]]) -> Story:
    story = Story(shelf.base).play(chosen)
    assume(story.steps)
    return story


@PROFILE
@given(chosen=actions)
def test_lawful_histories_pass(shelf: Shelf, chosen: list[tuple[str, int, int]]) -> None:
    _, findings = found(shelf, story_of(shelf, chosen).steps)
    assert findings == []


@PROFILE
@given(chosen=actions, data=st.data())
def test_any_one_byte_of_a_record_or_signature_altered_is_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    steps = story_of(shelf, chosen).steps
    position = data.draw(st.integers(0, len(steps) - 1))
    path = data.draw(st.sampled_from(sorted(steps[position])))
    content = bytearray(steps[position][path] or b"")
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    steps[position] = steps[position] | {path: bytes(content)}
    found_at(shelf, steps, position)


@PROFILE
@given(chosen=actions, data=st.data())
def test_any_byte_dropped_or_added_is_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    steps = story_of(shelf, chosen).steps
    position = data.draw(st.integers(0, len(steps) - 1))
    path = data.draw(st.sampled_from(sorted(steps[position])))
    content = steps[position][path] or b""
    place = data.draw(st.integers(0, len(content)))
    added = data.draw(st.binary(max_size=3))
    taken = data.draw(st.integers(0, 3))
    altered = content[:place] + added + content[place + taken :]
    assume(altered != content)
    steps[position] = steps[position] | {path: altered}
    found_at(shelf, steps, position)


@PROFILE
@given(chosen=actions, data=st.data())
def test_a_record_taken_away_is_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """The record, its signature, or both; in a step of its own, or hidden in a lawful one."""
    steps = story_of(shelf, chosen).steps
    position = data.draw(st.integers(0, len(steps) - 1))
    record = data.draw(st.sampled_from(sorted(steps[position]))).removesuffix(SIGNATURE)
    gone: Files = dict.fromkeys(
        data.draw(st.sampled_from([(record,), (record + SIGNATURE,), (record, record + SIGNATURE)]))
    )
    after = data.draw(st.integers(position + 1, len(steps)))
    if after < len(steps) and not gone.keys() & steps[after].keys() and data.draw(st.booleans()):
        steps[after] = steps[after] | gone
    else:
        steps.insert(after, gone)
    found_at(shelf, steps, after)


def chains(steps: list[Files]) -> dict[str, list[int]]:
    """The records that were written more than once, with the positions of the steps that did."""
    written: dict[str, list[int]] = {}
    for position, step in enumerate(steps):
        for path in step:
            if not path.endswith(SIGNATURE):
                written.setdefault(path, []).append(position)
    return {path: positions for path, positions in written.items() if len(positions) > 1}


moving = st.lists(
    st.tuples(
        st.sampled_from(
            ["promote", "promote", "rollback", "new_trust", "new_policy", "stop", "serve", "describe"]
        ),
        st.integers(0, 1),
        st.integers(0, 2),
    ),
    min_size=5,
    max_size=12,
)


@PROFILE
@given(chosen=moving, data=st.data())
def test_a_link_left_out_of_a_chain_is_found_at_the_next(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    steps = story_of(shelf, chosen).steps
    chain = chains(steps)
    assume(chain)
    path = data.draw(st.sampled_from(sorted(chain)))
    number = data.draw(st.integers(0, len(chain[path]) - 2))
    left_out, following = chain[path][number], chain[path][number + 1]
    del steps[left_out]
    # Records in between may rest on it too: policy and trust are named by every alias record.
    found_at(shelf, steps, *range(left_out, following))


@PROFILE
@given(chosen=moving, data=st.data())
def test_two_steps_of_a_chain_swapped_are_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    steps = story_of(shelf, chosen).steps
    chain = chains(steps)
    assume(chain)
    positions = chain[data.draw(st.sampled_from(sorted(chain)))]
    one = data.draw(st.integers(0, len(positions) - 2))
    other = data.draw(st.integers(one + 1, len(positions) - 1))
    first, second = positions[one], positions[other]
    steps[first], steps[second] = steps[second], steps[first]
    found_at(shelf, steps, *range(first, second + 1))


@PROFILE
@given(chosen=moving, data=st.data())
def test_an_older_record_put_back_is_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    steps = story_of(shelf, chosen).steps
    chain = chains(steps)
    assume(chain)
    path = data.draw(st.sampled_from(sorted(chain)))
    number = data.draw(st.integers(0, len(chain[path]) - 2))
    old = {name: steps[chain[path][number]][name] for name in (path, path + SIGNATURE)}
    after = data.draw(st.integers(chain[path][number + 1] + 1, len(steps)))
    steps.insert(after, old)
    found_at(shelf, steps, after)


@PROFILE
@given(chosen=actions, data=st.data())
def test_a_record_moved_to_another_place_is_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """Copied with its signature to another model, version, environment or kind of record."""
    steps = story_of(shelf, chosen).steps
    position = data.draw(st.integers(0, len(steps) - 1))
    source = data.draw(st.sampled_from(sorted(steps[position]))).removesuffix(SIGNATURE)
    target = data.draw(
        st.sampled_from(
            [
                paths.alias("model-0", "production"),
                paths.alias("model-9", "staging"),
                paths.manifest("model-0", "v9"),
                paths.manifest("model-9", "v0"),
                paths.retirement("model-1", "v1"),
                f"{paths.evidence_folder('model-0', 'v1')}/security_scan_passed-9.yaml",
                f"{paths.approvals_folder('model-1', 'v0')}/production-bob@example.com-9.yaml",
                "registry/models/model-0/model.yaml",
                "registry/models/model-0/deployments/staging.yaml",
                f"{paths.lifts_folder('model-0', 'v1')}/staging-alice@example.com-9.yaml",
                paths.line("model-0"),
                paths.line(None),
                paths.TRUST,
                paths.POLICY,
            ]
        )
    )
    # Evidence and approvals carry a free part in their names: beside their own release they stay themselves.
    assume(target.rpartition("/")[0] != source.rpartition("/")[0])
    moved = {target: steps[position][source], target + SIGNATURE: steps[position][source + SIGNATURE]}
    after = data.draw(st.integers(position + 1, len(steps)))
    steps.insert(after, moved)
    found_at(shelf, steps, after)


@PROFILE
@given(chosen=actions, data=st.data())
def test_signatures_of_two_records_exchanged_are_found(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    steps = story_of(shelf, chosen).steps
    signatures = [(at, path) for at, step in enumerate(steps) for path in step if path.endswith(SIGNATURE)]
    assume(len(signatures) > 1)
    one, other = data.draw(st.lists(st.sampled_from(signatures), min_size=2, max_size=2, unique=True))
    first, second = steps[one[0]][one[1]], steps[other[0]][other[1]]
    steps[one[0]] = steps[one[0]] | {one[1]: second}
    steps[other[0]] = steps[other[0]] | {other[1]: first}
    found_at(shelf, steps, min(one[0], other[0]))


# --- replay in any split equals replay whole ---


def unlawful(shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject) -> list[Files]:
    """A history with up to three faults somewhere."""
    steps = story_of(shelf, chosen).steps
    for _ in range(data.draw(st.integers(0, 3))):
        position = data.draw(st.integers(0, len(steps) - 1))
        path = data.draw(st.sampled_from(sorted(steps[position])))
        content = steps[position][path]
        steps[position] = steps[position] | {path: None if content is None else content[:-2] + b"\n\n"}
    return steps


@PROFILE
@given(chosen=actions, data=st.data())
def test_a_beginning_is_judged_as_within_the_whole(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    commits, findings = found(shelf, unlawful(shelf, chosen, data))
    end = data.draw(st.integers(1, len(commits)))
    beginning = [finding for finding in findings if finding.commit in commits[:end]]
    assert list(shelf.judge(commits[end - 1]).findings) == beginning


@PROFILE
@given(chosen=actions, data=st.data())
def test_ranges_share_the_findings_out_among_them(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    commits = shelf.write(unlawful(shelf, chosen, data))
    whole = shelf.judge(commits[-1])
    cut = data.draw(st.integers(0, len(commits)))
    parts = [whole.about(frozenset(commits[:cut])), whole.about(frozenset(commits[cut:]))]
    assert [finding for part in parts for finding in part.findings] == list(whole.findings)
    for part in parts:
        assert (part.verdict, part.outside) == (whole.verdict, len(whole.findings) - len(part.findings))


@PROFILE
@given(chosen=actions, data=st.data())
def test_what_an_earlier_replay_remembered_changes_no_verdict(
    shelf: Shelf,
    chosen: list[tuple[str, int, int]],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    commits = shelf.write(unlawful(shelf, chosen, data))
    memory = {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("state"))}
    shelf.judge(commits[data.draw(st.integers(0, len(commits) - 1))], memory)
    assert shelf.judge(commits[-1], memory) == shelf.judge(commits[-1])


@PROFILE
@given(chosen=actions, data=st.data(), count=st.integers(2, 4))
def test_a_replay_shared_out_by_model_says_what_one_alone_says(
    shelf: Shelf, chosen: list[tuple[str, int, int]], data: st.DataObject, count: int
) -> None:
    """As ``verify`` shares a long history out to processes; here to shares in this one."""
    commits = shelf.write(unlawful(shelf, chosen, data))
    alone = shelf.judge(commits[-1])
    with pytest.MonkeyPatch.context() as patch, Objects(shelf.repository) as objects:

        class Near(shares.Here):
            """A share like those in processes of their own, but here."""

            def __init__(self) -> None:
                """Begun when it is said what the tasks are about."""

            def begin(self, _: Repository, beginning: Beginning) -> None:
                super().__init__(objects, beginning)

            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                """There is no process to end."""

        patch.setattr(shares, "WORTH_SHARING", 1)
        patch.setattr(shares, "processes", lambda: count)
        patch.setattr(shares, "Elsewhere", Near)
        assert shelf.judge(commits[-1]) == alone
