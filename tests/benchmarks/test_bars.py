"""The bars of the project: ratios against something measured in the same run. ``make bench`` runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import process_time

import pytest
from yaml import CSafeLoader, load

from gitregistry.records.digests import namespace_of
from gitregistry.records.kinds import KINDS
from gitregistry.records.strict_yaml import read
from gitregistry.registry.opening import open_signed
from gitregistry.signing.sshsig import read_signatures
from gitregistry.signing.sshsig import verify as verify_signature
from tests.benchmarks.big_registry import check_resolvable, git
from tests.benchmarks.measure import Action, by_turns, compare, in_turn, process, python, report

REGISTRY = Path(sys.executable).with_name("registry")
BARE_PYTHON = process(*python("-c", "pass"))


def test_resolve_is_quick_and_does_not_grow_with_the_registry(
    releases_10: Path, releases_10000: Path
) -> None:
    for folder in (releases_10, releases_10000):
        check_resolvable(folder, "model-0@staging")
    resolve: list[str | Path] = [REGISTRY, "resolve", "model-0@staging", "--json"]
    small = process(*resolve, cwd=releases_10)
    large = process(*resolve, cwd=releases_10000)
    report("resolve, 10 releases", compare(small, BARE_PYTHON, 31), 12)
    report("resolve, 10,000 releases", compare(large, BARE_PYTHON, 31), 12)
    report("resolve, 10,000 releases against 10", compare(large, small, 31), 1.2)


def test_help_is_quick() -> None:
    report("--help", compare(process(REGISTRY, "--help"), BARE_PYTHON, 31), 7)


def test_promote_costs_little_more_than_the_signed_commit(
    releases_10: Path, keys: Mapping[str, Path], tmp_path: Path
) -> None:
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    for folder in (ours, plain):
        subprocess.run(["cp", "-r", releases_10, folder], check=True)
        _add_files(folder, 10_000)
    for name, value in (
        ("user.name", "alice"),
        ("user.email", "alice@example.com"),
        ("gpg.format", "ssh"),
        ("user.signingkey", str(keys["alice"])),
    ):
        git(plain, "config", name, value)
    promote = process(REGISTRY, "promote", "model-0:v0", "--to", "staging", "--key", keys["alice"], cwd=ours)
    record = plain / "registry/models/model-0/aliases/staging.yaml"

    def commit() -> None:
        for path in (record, record.with_name("staging.yaml.sig")):
            path.write_bytes(os.urandom(400).hex().encode())
        process("git", "add", "registry", cwd=plain)()
        process("git", "commit", "-q", "-S", "-m", "Promote model-0:v0 to staging", cwd=plain)()

    report("promote, 10,000 files", compare(promote, in_turn(commit, BARE_PYTHON), 21), 4)


def _add_files(folder: Path, count: int) -> None:
    for number in range(count):
        path = folder / "training" / f"part-{number % 100}" / f"file-{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n")
    git(folder, "add", "training")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "Add files")


def test_a_batch_of_a_thousand_costs_less_than_twenty_promotions(
    ready_1000: Path, keys: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "registry"
    subprocess.run(["cp", "-r", ready_1000, folder], check=True)
    for count, runs in ((200, 5), (1000, 3)):
        batches = []
        ones = []
        for version in ("v1", "v2"):
            file = tmp_path / f"{count}-{version}.yaml"
            wishes = (f'- {{release: "model-{n}:{version}", to: staging}}\n' for n in range(count))
            file.write_text("".join(wishes), "utf-8")
            batches.append(promote(folder, "--batch", file, "--key", keys["alice"]))
            ones.append(promote(folder, f"model-999:{version}", "--to", "staging", "--key", keys["alice"]))
        found = compare(by_turns(*batches), by_turns(*ones), runs)
        report(f"a batch of {count} against one promotion", found, 20)


def test_all_that_a_thousand_models_have_in_staging_moves_like_a_batch(
    ready_1000: Path, keys: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "registry"
    subprocess.run(["cp", "-r", ready_1000, folder], check=True)
    policy = folder / "registry/policy.yaml"
    text = policy.read_text("utf-8")
    start, end = text.index("  to_canary:"), text.index("  to_production:")
    asks = text[text.index("  to_staging:") : start].replace("to_staging", "to_canary")
    policy.write_text(text[:start] + asks + text[end:], "utf-8")
    process(REGISTRY, "sign", "registry/policy.yaml", "--key", keys["alice"], cwd=folder)()
    to_staging = []
    ones = []
    for version in ("v1", "v2"):
        file = tmp_path / f"{version}.yaml"
        wishes = (f'- {{release: "model-{n}:{version}", to: staging}}\n' for n in range(1000))
        file.write_text("".join(wishes), "utf-8")
        to_staging.append(promote(folder, "--batch", file, "--key", keys["alice"]))
        ones.append(promote(folder, f"model-999:{version}", "--to", "canary", "--key", keys["alice"]))
    asked = ("--all-in", "staging", "--to", "canary", "--model", "model-*", "--batch")
    every = promote(folder, *asked, "--key", keys["alice"])
    in_turn(*to_staging)()  # both versions were in staging before any goes to canary
    found = compare(every, by_turns(*ones), 3, prepare=by_turns(*to_staging))
    report("all in staging, 1,000 models, against one promotion", found, 20)


def promote(folder: Path, *arguments: str | Path) -> Action:
    return process(REGISTRY, "promote", *arguments, cwd=folder)


def test_two_thousand_records_a_second_are_read_strictly(promotions_5000: Path) -> None:
    folder = promotions_5000 / "registry/models/model-0/releases/v1"
    path = folder / "manifest.yaml"
    data, signature = path.read_bytes(), path.with_name("manifest.yaml.sig").read_bytes()
    name = path.relative_to(promotions_5000).as_posix()
    lines = (
        data + b"labels:\n" + b"".join(b"  label-%d: value\n" % n for n in range(40 - data.count(b"\n") - 1))
    )
    assert lines.count(b"\n") == 40
    count = 1000

    def strict() -> None:
        for _ in range(count):
            open_signed(KINDS["release"], "release", name, data, signature)
            read(lines[len(data) :], name)

    def bare() -> None:
        for _ in range(count):
            load(lines, Loader=CSafeLoader)
            verify_signature(read_signatures(signature)[0], data, namespace_of("release"))

    found = compare(strict, bare, 5)
    start = process_time()
    strict()
    rate = count / (process_time() - start)
    report("strict reading of 40 lines, signature checked, against a lax parse and the check", found, 1.5)
    sys.stdout.write(f"strict reading, signature checked: {rate:.0f} records a CPU second, bar 2000\n")
    assert rate >= 2000


@pytest.fixture(autouse=True)
def _compiled() -> None:
    """What an installed package has: compiled modules."""
    process(REGISTRY, "--help")()
