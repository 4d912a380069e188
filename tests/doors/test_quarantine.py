"""``verify --quarantine``: sources that nobody vouches for, fetched into a copy and judged there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.storage.quarantine import source_of
from tests.doors.steps import edit_alias, write_notes
from tests.support.hostile import loose_file, unpack
from tests.support.registry import Registry


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies are made: empty again after every test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def quarantine(registry: Registry, *options: str, expect: int = 0) -> dict[str, object]:
    """Judge a registry's folder from elsewhere, under its pin."""
    elsewhere = Registry(registry.folder.parent, registry.pin, registry.keys)
    arguments = ("verify", "--quarantine", str(registry.folder), "--pin", registry.pin, *options)
    return elsewhere.json(*arguments, key=None, expect=expect)


def test_a_folder_is_judged_from_anywhere_and_the_copy_is_gone(live: Registry, temporary: Path) -> None:
    document = quarantine(live)
    assert (document["verdict"], document["head"]) == ("pass", live.head)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("bare", [False, True])
def test_a_folder_and_its_url_are_one_source(bare: bool, live: Registry, tmp_path: Path) -> None:
    folder = live.folder
    if bare:
        folder = tmp_path / "bare.git"
        live.git("clone", "--quiet", "--bare", ".", str(folder))
    for place in (str(folder), folder.as_uri()):
        said = live.json("verify", "--quarantine", place, "--pin", live.pin, key=None)
        assert said["verdict"] == "pass"


def test_a_branch_can_be_named_and_a_tag_of_its_name_is_not_it(live: Registry) -> None:
    live.git("switch", "--quiet", "-c", "wip")
    edit_alias(live)
    live.git("tag", "main")
    live.git("switch", "--quiet", "-c", "other")
    assert quarantine(live, "--branch", "main")["verdict"] == "pass"
    assert quarantine(live, "--branch", "wip", expect=1)["verdict"] == "fail"
    live.run("verify", "--quarantine", str(live.folder), "--branch", "none", expect=3)


def test_head_that_is_detached_asks_for_a_branch(live: Registry) -> None:
    live.git("switch", "--quiet", "--detach")
    done = live.run("verify", "--quarantine", str(live.folder), expect=3)
    assert "--branch NAME" in done.err


def test_the_kept_pin_of_another_clone_says_nothing_of_it(live: Registry) -> None:
    live.run("trust", "pin", live.pin, key=None)
    said = live.json("verify", "--quarantine", str(live.folder), key=None, expect=5)
    assert "no pin is known" in str(said["unknown"])


def test_both_object_formats(keys: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    made = Registry(tmp_path, "", keys).json(
        "init", "registry", "--name", "demo", "--id", "alice@example.com"
    )
    monkeypatch.delenv("GIT_DEFAULT_HASH")
    registry = Registry(tmp_path / "registry", made["pin"], keys)
    assert registry.git("rev-parse", "--show-object-format") == "sha256"
    document = quarantine(registry)
    assert (document["verdict"], document["head"]) == ("pass", registry.head)


@pytest.mark.parametrize(
    "text",
    [
        "ext::sh -c touch% seen",
        "ext::sh",
        "git://127.0.0.1/x",
        "ftp://127.0.0.1/x",
        "-oProxyCommand=x",
        "--upload-pack=x",
        "ssh://-oProxyCommand=x/y",
        "-x:y",
        "host:-x",
        "fd::7",
        "https://a b/",
        "http://x\n",
        "file+ext://x",
        "no/such/folder",
        "",
    ],
)
def test_other_ways_than_four_are_refused(text: str, live: Registry) -> None:
    with pytest.raises(BadInput):
        source_of(text)
    assert live.run("verify", f"--quarantine={text}", expect=2).err.startswith("error: ")


def test_addresses_and_what_they_may_speak(tmp_path: Path) -> None:
    assert source_of("https://forge.example/r.git").protocols == "https"
    assert source_of("http://forge.example/r.git").protocols == "http:https"
    assert source_of("ssh://git@forge.example:22/r.git").protocols == "ssh"
    assert source_of("git@forge.example:team/r.git").protocols == "ssh"
    assert source_of("file:///srv/r.git").protocols == "file"
    assert source_of(str(tmp_path)).address == str(tmp_path)


def test_a_source_that_is_not_there(live: Registry, tmp_path: Path) -> None:
    done = live.run("verify", "--quarantine", str(tmp_path), expect=2)
    assert "it cannot be fetched from" in done.err


# --- sources that an attacker prepared ---


def test_nothing_of_the_source_runs(live: Registry, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {seen}\nexit 1\n", "utf-8")
    program.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.alternateRefsCommand",
        "uploadpack.packObjectsHook",
    ):
        live.git("config", name, str(program))
    for name in ("post-checkout", "reference-transaction", "pre-receive", "post-update"):
        hook = live.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes(program.read_bytes())
        hook.chmod(0o755)
    assert quarantine(live)["verdict"] == "pass"
    assert not seen.exists()


def test_a_partial_clone_fetches_nothing_from_whom_it_names(live: Registry, tmp_path: Path) -> None:
    """A promised object would be fetched from a remote of the source's choice, by a program of its choice."""
    seen = tmp_path / "seen"
    oid = live.git("rev-parse", f"HEAD:{live.alias()}")
    unpack(live)
    loose_file(live.folder / ".git", oid).unlink()
    live.git("config", "core.repositoryFormatVersion", "1")
    live.git("config", "extensions.partialClone", "evil")
    live.git("config", "remote.evil.url", str(live.folder))
    live.git("config", "remote.evil.promisor", "true")
    live.git("config", "remote.evil.uploadpack", f"touch {seen}; git-upload-pack")
    document = quarantine(live, expect=5)
    assert "git refused what" in str(document["unknown"])
    assert not seen.exists()


def test_replaced_and_grafted_commits_are_not_believed(live: Registry) -> None:
    bad = edit_alias(live)
    good = live.git("rev-parse", "HEAD~1")
    live.git("replace", bad, live.git("commit-tree", "-p", good, "-m", "clean", f"{good}^{{tree}}"))
    assert quarantine(live, expect=1)["verdict"] == "fail"
    live.git("replace", "--delete", bad)
    (live.folder / ".git/info").mkdir(exist_ok=True)
    (live.folder / ".git/info/grafts").write_text(f"{bad}\n", "ascii")
    assert quarantine(live, expect=5)["verdict"] == "unknown"


def test_a_shallow_source_cannot_be_told(live: Registry) -> None:
    (live.folder / ".git/shallow").write_text(live.git("rev-parse", "HEAD~1") + "\n", "ascii")
    assert quarantine(live, expect=5)["verdict"] == "unknown"


def test_a_tampered_object_is_refused_in_gits_words(live: Registry) -> None:
    oid = live.git("rev-parse", f"HEAD:{live.alias()}")
    unpack(live)
    loose = loose_file(live.folder / ".git", oid)
    data = zlib.decompress(loose.read_bytes())
    loose.chmod(0o644)
    loose.write_bytes(zlib.compress(data.replace(b"v1", b"v2", 1)))
    document = quarantine(live, expect=5)
    assert document["verdict"] == "unknown"
    assert "git refused what" in str(document["unknown"])


def test_what_fsck_refuses_is_named(live: Registry) -> None:
    """A folder that holds one name twice: every reader may see another file."""
    blob = bytes.fromhex(live.blob(b"x"))
    entry = b"100644 twice\0" + blob
    tree = live.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=entry * 2)
    live.git("update-ref", "refs/heads/main", live.git("commit-tree", "-p", "HEAD", "-m", "twice", tree))
    document = quarantine(live, expect=5)
    assert "duplicateEntries" in str(document["unknown"])


def test_an_alternate_that_the_source_names_is_copied_not_followed_later(
    live: Registry, tmp_path: Path
) -> None:
    borrowed = tmp_path / "borrowed"
    live.git("clone", "--quiet", "--shared", ".", str(borrowed))
    assert (borrowed / ".git/objects/info/alternates").exists()
    assert quarantine(Registry(borrowed, live.pin, live.keys))["verdict"] == "pass"


def test_the_users_own_configuration_has_no_say(live: Registry, home: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    (home / ".gitconfig").write_text(
        f'[url "ext::touch {seen} "]\n\tinsteadOf = /\n[safe]\n\tbareRepository = explicit\n'
        "[fetch]\n\tfsckObjects = false\n[transfer]\n\tfsckObjects = false\n",
        "utf-8",
    )
    assert quarantine(live)["verdict"] == "pass"
    assert not seen.exists()


# --- the copy is always deleted ---


def test_the_copy_is_gone_after_an_error(live: Registry, temporary: Path) -> None:
    write_notes(live)
    (live.folder / ".git/HEAD").write_text("ref: refs/heads/none\n", "ascii")
    live.run("verify", "--quarantine", str(live.folder), expect=3)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_copy_is_gone_after_an_interruption(number: int, live: Registry, temporary: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "gitregistry",
        "verify",
        "--quarantine",
        str(live.folder),
        "--pin",
        live.pin,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, process_group=0, env=dict(os.environ)
    )
    while not list(temporary.iterdir()) and process.poll() is None:
        time.sleep(0.005)
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert list(temporary.iterdir()) == []
