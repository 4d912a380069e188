"""``checkpoint`` states a head that passed; ``verify --checkpoint`` holds a clone against the statement."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitregistry.audit.checkpoints import Given, judge_checkpoint
from gitregistry.audit.verify import verify
from gitregistry.records.checkpoint import AliasStanding, Checkpoint
from gitregistry.records.common import Stamp
from gitregistry.records.digests import namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.shapes import read_record
from gitregistry.registry.moments import moment_text
from gitregistry.signing.timestamps import existed_before
from gitregistry.storage.ancestry import follows_first_parents
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.freshness.authority import Authority, openssl
from tests.freshness.mirrors import bare_copy, clone, git
from tests.support import keys as keygen
from tests.support.keys import IDS
from tests.support.registry import Registry

NOW = datetime.now(UTC)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that has seen nothing: what is found is found by the checkpoint alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def state(registry: Registry, file: Path, *options: str, key: str = "alice") -> dict[str, Any]:
    return registry.json("checkpoint", "-o", str(file), "--pin", registry.pin, *options, key=key)


def forget(registry: Registry) -> None:
    registry.run("trust", "pin", registry.pin, "--forget")


def held(registry: Registry, file: Path, *options: str) -> list[str]:
    """What the checkpoint brings to light: the messages of its findings."""
    document = registry.verify("--checkpoint", str(file), *options)
    messages = [one["message"] for one in document["findings"] if one["rule"] == "checkpoint"]
    assert bool(messages) == (document["verdict"] == "fail"), json.dumps(document, indent=2)
    return messages


def edited(
    registry: Registry, file: Path, key: str = "alice", namespace: str = "checkpoint", **changes: Any
) -> Path:
    """The checkpoint with fields changed, signed again by anybody."""
    record = replace(read_record(Checkpoint, file.read_bytes(), str(file)), **changes)
    target = file.with_name("edited.yaml")
    target.write_bytes(encode(record))
    signature = keygen.sign(registry.keys[key], target.read_bytes(), namespace_of(namespace))
    target.with_name("edited.yaml.sig").write_bytes(signature)
    return target


def test_it_says_what_the_branch_was(two: Registry, tmp_path: Path) -> None:
    said = state(two, tmp_path / "head.yaml")
    record = read_record(Checkpoint, (tmp_path / "head.yaml").read_bytes(), "head.yaml")
    assert (record.head, record.branch, record.registry_id) == (two.head, "refs/heads/main", two.pin)
    assert (record.created_by, record.object_format, record.steps) == (IDS["alice"], "sha1", said["steps"])
    production = next(one for one in record.aliases if one.environment == "production")
    assert (production.sequence, production.digest) == (2, two.digest(two.alias()))
    assert said["files"] == [str(tmp_path / "head.yaml"), str(tmp_path / "head.yaml.sig")]
    document = two.verify("--checkpoint", str(tmp_path / "head.yaml"))
    assert document["verdict"] == "pass"
    assert document["checkpoint"]["head"] == two.head
    shown = two.run("verify", "--pin", two.pin, "--checkpoint", str(tmp_path / "head.yaml"), key=None)
    assert f"{two.head}, stated by {IDS['alice']}" in shown.out


def test_ssh_keygen_agrees_with_its_signature(two: Registry, tmp_path: Path) -> None:
    state(two, tmp_path / "head.yaml")
    signers = tmp_path / "signers"
    signers.write_text(two.run("trust", "allowed-signers").out, "utf-8")
    keygen.ssh_keygen(
        "-Y", "verify", "-f", str(signers), "-I", IDS["alice"], "-n", "gitregistry.checkpoint.v1",
        "-s", str(tmp_path / "head.yaml.sig"), message=(tmp_path / "head.yaml").read_bytes(),
    )  # fmt: skip


def test_it_is_named_for_the_head_where_no_name_is_given(
    two: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    two.run("checkpoint", "--pin", two.pin)
    assert (tmp_path / f"registry-checkpoint-{two.head[:12]}.yaml.sig").exists()
    two.refuses("checkpoint", "--pin", two.pin, "-o", "-", expect=2)
    two.refuses("checkpoint", "--pin", two.pin, "-o", "no/such/folder.yaml", expect=2)


def test_a_witness_may_sign_one_and_nobody_else(two: Registry, tmp_path: Path) -> None:
    two.refuses("checkpoint", "--pin", two.pin, "-o", str(tmp_path / "a"), key="bob")
    two.refuses("checkpoint", "--pin", two.pin, "-o", str(tmp_path / "a"), key="mallory")
    two.run("trust", "grant", "ci", "witness", "--model", "churn")
    two.refuses("checkpoint", "--pin", two.pin, "-o", str(tmp_path / "a"), key="ci")
    two.run("trust", "grant", "ci", "witness")
    assert not (tmp_path / "a").exists()
    state(two, tmp_path / "a", key="ci")
    assert held(two, tmp_path / "a") == []


def test_nothing_is_stated_of_what_did_not_pass(two: Registry, tmp_path: Path) -> None:
    target = str(tmp_path / "head.yaml")
    two.refuses("checkpoint", "-o", target, expect=5)
    two.passes()
    two.git("reset", "--hard", "--quiet", "HEAD~1")
    assert "freshness" in two.refuses("checkpoint", "--pin", two.pin, "-o", target).err
    two.git("rm", "--quiet", two.manifest("v1"))
    two.commit_all()
    assert "[" in two.refuses("checkpoint", "--pin", two.pin, "-o", target).err
    assert not Path(target).exists()


def test_one_of_a_head_that_was_not_pushed_says_so(two: Registry, tmp_path: Path) -> None:
    mine = clone(two, bare_copy(two, tmp_path / "shared.git"), tmp_path / "mine")
    options = ("checkpoint", "--pin", two.pin, "-o", str(tmp_path / "head.yaml"))
    assert mine.run(*options).err == ""
    mine.rollback()
    assert "until it is pushed" in mine.run(*options).err
    mine.git("push", "--quiet")
    assert mine.run(*options).err == ""


def test_a_history_that_goes_on_from_it_passes(two: Registry, tmp_path: Path) -> None:
    state(two, tmp_path / "head.yaml")
    two.rollback()
    assert held(two, tmp_path / "head.yaml") == []


def test_a_history_that_was_cut_short_is_found_by_it(two: Registry, tmp_path: Path) -> None:
    state(two, tmp_path / "head.yaml")
    forget(two)
    two.git("reset", "--hard", "--quiet", "HEAD~1")
    first, alias, *_ = held(two, tmp_path / "head.yaml")
    assert "ends before it" in first
    assert "churn@production number 1, below 2" in alias


def test_a_history_that_was_rewritten_is_found_by_it(two: Registry, tmp_path: Path) -> None:
    two.register("v3")
    state(two, tmp_path / "head.yaml")
    forget(two)
    two.git("reset", "--hard", "--quiet", "HEAD~2")
    two.promote("v2", "production")
    first, *others = held(two, tmp_path / "head.yaml")
    assert "does not lead back to it: it was rewritten" in first
    assert any("another record as churn@production number 2" in words for words in others)


def test_an_old_mirror_is_found_by_it_on_another_machine(
    two: Registry, tmp_path: Path, forgetful: None
) -> None:
    mirror = bare_copy(two, tmp_path / "mirror.git")
    two.rollback()
    state(two, tmp_path / "head.yaml")
    stale = clone(two, mirror, tmp_path / "stale")
    forget(two)
    (first, *_) = held(stale, tmp_path / "head.yaml")
    assert "this clone does not hold it" in first


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"registry_id": "sha256:" + "1" * 64}, "it is of the registry"),
        ({"registry_id": None}, "it is of the registry None"),
        ({"object_format": "sha256"}, "it names commits by sha256"),
        ({"head": "1" * 40}, "this clone does not hold it"),
        ({"head": "1" * 64}, "this clone does not hold it"),
        ({"trust": Stamp(version=99, digest="sha256:" + "1" * 64)}, "below 99"),
        ({"policy": Stamp(version=1, digest="sha256:" + "1" * 64)}, "another record as policy version 1"),
        ({"newest": "2999-01-01T00:00:00Z"}, "before 2999-01-01T00:00:00Z"),
        ({"created_at": "2999-01-01T00:00:00Z"}, "after it is here"),
        ({"created_by": "bob@example.com"}, "subject"),
        (
            {
                "aliases": (
                    AliasStanding(
                        model_name="fraud", environment="production", sequence=1, digest="sha256:" + "1" * 64
                    ),
                )
            },
            "no fraud@production number",
        ),
    ],
)
def test_each_thing_that_it_states_is_held_against_the_history(
    two: Registry, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    state(two, tmp_path / "head.yaml")
    assert any(words in message for message in held(two, edited(two, tmp_path / "head.yaml", **changes)))


def test_one_that_somebody_else_signed_is_refused(two: Registry, tmp_path: Path) -> None:
    state(two, tmp_path / "head.yaml")
    file = edited(two, tmp_path / "head.yaml", key="mallory")
    assert any("belongs to nobody" in message for message in held(two, file))
    file = edited(two, tmp_path / "head.yaml", key="bob", created_by=IDS["bob"])
    assert any("does not hold the role witness or administrator" in message for message in held(two, file))


def test_one_signed_as_another_kind_of_record_is_refused(two: Registry, tmp_path: Path) -> None:
    state(two, tmp_path / "head.yaml")
    file = edited(two, tmp_path / "head.yaml", namespace="release")
    assert any("namespace" in message for message in held(two, file))


def test_one_that_was_altered_or_has_no_signature_is_refused(two: Registry, tmp_path: Path) -> None:
    file = tmp_path / "head.yaml"
    state(two, file)
    good = file.read_bytes()
    file.write_bytes(good + b"# more\n")
    assert any("signature" in message for message in held(two, file))
    file.write_bytes(good)
    (tmp_path / "head.yaml.sig").unlink()
    assert any("no signature" in message for message in held(two, file))
    file.write_bytes(b"\x00" * (2 << 20))
    assert held(two, file)
    two.run("verify", "--pin", two.pin, "--checkpoint", str(tmp_path / "none"), expect=2)


def test_one_by_a_key_that_was_revoked_since_is_refused(two: Registry, tmp_path: Path) -> None:
    two.run("trust", "grant", "ci", "witness")
    state(two, tmp_path / "head.yaml", key="ci")
    two.run("trust", "revoke", "ci", "--reason", "its key leaked")
    assert any("was revoked" in message for message in held(two, tmp_path / "head.yaml"))


def test_without_a_pin_a_checkpoint_does_not_make_a_pass(two: Registry, tmp_path: Path) -> None:
    state(two, tmp_path / "head.yaml")
    ended = two.run("verify", "--checkpoint", str(tmp_path / "head.yaml"), "--json", key=None, expect=5)
    assert ended.json["verdict"] == "unknown"
    assert ended.json["checkpoint"]["head"] is None


def test_a_sha256_repository_has_checkpoints_too(
    empty_registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    folder = tmp_path / "long"
    folder.mkdir()
    made = replace(empty_registry, folder=folder).json("init", "registry", "--name", "long", "--id", "alice")
    long = Registry(folder / "registry", made["pin"], empty_registry.keys)
    long.register("v1")
    state(long, tmp_path / "head.yaml")
    assert len(read_record(Checkpoint, (tmp_path / "head.yaml").read_bytes(), "x").head) == 64
    assert held(long, tmp_path / "head.yaml") == []


# --- timestamps ---


def stamped(registry: Registry, file: Path, authority: Authority) -> tuple[str, ...]:
    """A checkpoint with a timestamp, and the options that hand it over."""
    written = state(registry, file, "--timestamp-query")["files"]
    answer = authority.answer(Path(written[2]))
    return ("--timestamp", str(answer), "--tsa", str(authority.ca))


def test_a_timestamp_says_before_when_it_existed(two: Registry, tmp_path: Path, authority: Authority) -> None:
    file = tmp_path / "head.yaml"
    options = stamped(two, file, authority)
    assert held(two, file, *options) == []
    before = two.verify("--checkpoint", str(file), *options)["checkpoint"]["existed_before"]
    assert moment_text(NOW) <= before <= moment_text(datetime.now(UTC) + timedelta(seconds=10))
    shown = two.run("verify", "--pin", two.pin, "--checkpoint", str(file), *options, key=None)
    assert f"timestamped before {before}" in shown.out


def test_openssl_agrees_with_the_request(two: Registry, tmp_path: Path, authority: Authority) -> None:
    file = tmp_path / "head.yaml"
    options = stamped(two, file, authority)
    said = openssl("ts", "-verify", "-in", options[1], "-data", f"{file}.sig", "-CAfile", str(authority.ca))
    assert b"OK" in said


def test_a_timestamp_of_another_checkpoint_shows_nothing(
    two: Registry, tmp_path: Path, authority: Authority
) -> None:
    options = stamped(two, tmp_path / "old.yaml", authority)
    two.register("v3")
    state(two, tmp_path / "head.yaml")
    assert any("shows nothing" in message for message in held(two, tmp_path / "head.yaml", *options))


def test_a_timestamp_by_an_authority_that_is_not_believed_shows_nothing(
    two: Registry, tmp_path: Path, authority: Authority, other_authority: Authority
) -> None:
    file = tmp_path / "head.yaml"
    options = stamped(two, file, authority)
    (message,) = held(two, file, *options[:3], str(other_authority.ca))
    assert "shows nothing" in message
    two.run("verify", "--pin", two.pin, "--checkpoint", str(file), *options[:2], expect=2)
    two.run("verify", "--pin", two.pin, *options, expect=2)


def test_a_key_that_ended_counts_for_what_was_timestamped_before(
    two: Registry, tmp_path: Path, authority: Authority
) -> None:
    ends, later = (moment_text(NOW + timedelta(hours=hours)) for hours in (1, 2))
    options = ("--key", f"{two.keys['dave']}.pub", "--role", "witness", "--valid-until", ends)
    two.run("trust", "add", IDS["dave"], *options)
    file = tmp_path / "head.yaml"
    state(two, file, "--timestamp-query", key="dave")
    answer = authority.answer(tmp_path / "head.yaml.tsq").read_bytes()
    data, signature = file.read_bytes(), file.with_name("head.yaml.sig").read_bytes()
    before = moment_text(existed_before(answer, signature, authority.ca.read_bytes()))
    with Objects(find_repository(two.folder)) as objects:
        verdict = verify(objects, two.head, two.pin, later)
        without = judge_checkpoint(objects, verdict, Given("head.yaml", data, signature), later)
        timestamped = Given("head.yaml", data, signature, before)
        assert judge_checkpoint(objects, verdict, timestamped, later).verdict.verdict == "pass"
    assert ["expired" in finding.message for finding in without.verdict.findings] == [True]


def test_first_parents_alone_count_as_the_way_back(two: Registry) -> None:
    base = two.head
    two.git("checkout", "--quiet", "-b", "side")
    (two.folder / "note").write_text("a note\n", "utf-8")
    side = two.commit_all("on the side")
    two.git("checkout", "--quiet", "main")
    two.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    repository = find_repository(two.folder)
    assert follows_first_parents(repository, base, two.head)
    assert follows_first_parents(repository, two.head, two.head)
    assert not follows_first_parents(repository, side, two.head)
    assert not follows_first_parents(repository, two.head, base)
    assert not follows_first_parents(repository, "1" * 40, base)
    assert git(two.folder, "merge-base", side, "main") == side
