"""One change of trust signed by several: proposed in a work tree, carried on a branch, landed as one step."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from gitregistry.records import paths
from gitregistry.records.trust import Trust
from tests.support.keys import IDS
from tests.support.registry import Registry
from tests.trust.people import clone_of

FILES = (paths.TRUST, paths.TRUST + paths.SIGNATURE)
GRANT = ("trust", "grant", IDS["bob"], "promoter")


class Clones(NamedTuple):
    """A bare repository and the clones of two administrators."""

    bare: Path
    hers: Registry
    his: Registry

    def tip(self) -> str:
        command = ["git", "-C", str(self.bare), "rev-parse", "main"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


@pytest.fixture
def clones(ruled: Registry, tmp_path: Path) -> Clones:
    bare = tmp_path / "shared.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ruled.folder), str(bare)], check=True)
    return Clones(bare, clone_of(ruled, bare, tmp_path / "hers"), clone_of(ruled, bare, tmp_path / "his"))


def version(registry: Registry, revision: str) -> int:
    text = registry.git("show", f"{revision}:{paths.TRUST}")
    return int(next(line for line in text.splitlines() if line.startswith("version: ")).split()[1])


def hand_over(clones: Clones, branch: str = "proposal") -> None:
    """Alice's work tree goes to Dave as a commit on a branch of its own."""
    clones.hers.git("switch", "--quiet", "--create", branch)
    clones.hers.git("add", *FILES)
    clones.hers.git("commit", "--quiet", "--message", "Proposed: bob may promote")
    clones.hers.git("push", "--quiet", "origin", branch)
    clones.his.git("fetch", "--quiet", "origin", branch)
    clones.his.git("switch", "--quiet", "--create", branch, "FETCH_HEAD")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", IDS["mallory"], "--key", "{mallory}", "--role", "promoter"),
        ("grant", IDS["bob"], "promoter"),
        ("revoke", IDS["bob"], "--reason", "left"),
        ("rotate", IDS["bob"], "--key", "{mallory}", "--reason", "new laptop"),
        ("import", "--github-keys", "{mallory}", "--as", IDS["mallory"]),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_a_proposal_commits_nothing_even_where_one_signature_is_enough(
    empty_registry: Registry, arguments: tuple[str, ...]
) -> None:
    before = empty_registry.head
    filled = [word.format(mallory=f"{empty_registry.keys['mallory']}.pub") for word in arguments]
    document = empty_registry.json("trust", *filled, "--propose")
    assert document["in_force"] is False
    assert document["missing"] == []
    assert empty_registry.head == before
    assert empty_registry.git("status", "--porcelain").split() == ["M", FILES[0], "M", FILES[1]]
    assert empty_registry.json("sign", paths.TRUST)["in_force"] is True
    assert empty_registry.git("status", "--porcelain") == ""
    empty_registry.passes()


def test_who_signed_already_and_is_not_enough_is_told(ruled: Registry) -> None:
    ruled.run(*GRANT, "--propose")
    said = ruled.refuses("sign", paths.TRUST, expect=2)
    assert "another administrator must sign it" in said.err


def test_across_clones_the_last_signature_lands_one_lawful_step(clones: Clones) -> None:
    before = clones.tip()
    document = clones.hers.json(*GRANT, "--propose")
    assert len(document["missing"]) == 2
    hand_over(clones)
    done = clones.his.json("sign", paths.TRUST, "--branch", "main", "--push", key="dave")
    assert done["in_force"] is True
    assert clones.tip() == done["commit"]
    assert clones.his.git("rev-parse", "main^") == before
    changed = clones.his.git("diff", "--name-only", "main^", "main").split()
    assert changed == list(FILES)
    clones.his.git("switch", "--quiet", "main")
    clones.his.passes()
    clones.hers.git("switch", "--quiet", "main")
    clones.hers.git("pull", "--quiet", "--ff-only")
    clones.hers.passes()


def test_signed_on_the_proposals_own_branch_it_says_which_branch_to_name(clones: Clones) -> None:
    clones.hers.run(*GRANT, "--propose")
    hand_over(clones)
    said = clones.his.refuses("sign", paths.TRUST, key="dave", expect=2)
    assert "carries this as a proposal" in said.err
    assert f"registry sign {paths.TRUST} --branch main" in said.err


def test_a_signature_can_go_back_to_the_branch_and_be_merged_there(clones: Clones) -> None:
    """A forge where nobody pushes to main: the branch collects the signatures, its merge is the step."""
    clones.hers.run(*GRANT, "--propose")
    hand_over(clones)
    clones.his.run("sign", paths.TRUST, "--branch", "main", "--propose", key="dave")
    clones.his.git("commit", "--quiet", "--all", "--message", "Signed")
    clones.his.git("switch", "--quiet", "main")
    clones.his.git("merge", "--quiet", "--no-ff", "--message", "Bob may promote", "proposal")
    clones.his.passes()
    assert clones.his.record(Trust, paths.TRUST).version == version(clones.his, "main^") + 1


def test_what_was_proposed_before_another_change_came_is_refused(clones: Clones) -> None:
    clones.hers.run(*GRANT, "--propose")
    hand_over(clones)
    clones.hers.git("switch", "--quiet", "main")
    clones.hers.run("trust", "grant", IDS["carol"], "operator")
    clones.hers.run("sign", paths.TRUST, "--push", key="dave")
    said = clones.his.run("sign", paths.TRUST, "--branch", "main", "--push", key="dave", expect=1)
    assert "must be followed by" in said.err


def test_a_change_of_trust_is_pushed_where_one_signature_is_enough(
    empty_registry: Registry, tmp_path: Path
) -> None:
    bare = tmp_path / "shared.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(empty_registry.folder), str(bare)], check=True)
    clones = Clones(
        bare, clone_of(empty_registry, bare, tmp_path / "a"), clone_of(empty_registry, bare, tmp_path / "b")
    )
    clones.his.run(*GRANT, "--push")
    done = clones.hers.json("trust", "grant", IDS["bob"], "operator", "--push")
    assert clones.tip() == done["commit"] == clones.hers.head
    clones.hers.passes()


def test_a_newcomer_whom_the_new_threshold_needs_signs_before_being_in_force(ruled: Registry) -> None:
    """Three must agree from now on, and the third is only known by the trust that is proposed."""
    ruled.run("trust", "add", "erin@example.com", "--key", f"{ruled.keys['erin']}.pub", "--propose")
    text = ruled.read(paths.TRUST).decode()
    text = text.replace("  trust: 2\n", "  trust: 3\n")
    where = text.index("thresholds:")
    grant = '  - principal: "erin@example.com"\n    role: administrator\n'
    grant += '    models:\n      - "*"\n    environments:\n      - "*"\n'
    ruled.write(paths.TRUST, (text[:where] + grant + text[where:]).encode())
    for name in ("alice", "dave"):
        assert ruled.json("sign", paths.TRUST, key=name)["in_force"] is False
    assert ruled.json("sign", paths.TRUST, key="erin")["in_force"] is True
    ruled.passes()


def test_a_stranger_or_a_robot_adds_no_signature(ruled: Registry) -> None:
    ruled.run(*GRANT, "--propose")
    for name in ("mallory", "ci", "bob"):
        ruled.refuses("sign", paths.TRUST, key=name)
