"""The bars for judging long histories."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitregistry.audit.simulate import simulate
from gitregistry.audit.trial import Proposed
from gitregistry.audit.verdict import Verdict
from gitregistry.audit.verify import verify
from gitregistry.cli.main import main
from gitregistry.records.digests import namespace_of
from gitregistry.records.paths import SIGNATURE, locate
from gitregistry.records.strict_yaml import read
from gitregistry.registry.moments import moment_text
from gitregistry.signing.sshsig import read_signatures
from gitregistry.signing.sshsig import verify as verify_signature
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.benchmarks.big_registry import git, pin_of
from tests.benchmarks.measure import compare, process, python, report

REGISTRY = Path(sys.executable).with_name("registry")
BARE_PYTHON = process(*python("-c", "pass"))

RecordBytes = tuple[str, bytes, bytes]


def test_verify_of_5000_promotions_is_near_what_it_cannot_do_without(promotions_5000: Path) -> None:
    judged = _verifying(promotions_5000)
    first = judged()
    assert first.findings == ()
    assert first.steps > 5_000
    records = _all_records(promotions_5000)

    def floor() -> None:
        _read_log(promotions_5000)
        _check(records)

    report("verify of 5,000 promotions", compare(judged, floor, 5), 2.5)


def test_simulating_5000_promotions_takes_little_longer_than_verifying_them(promotions_5000: Path) -> None:
    """Each promotion judged by two policies instead of one, the second with a tighter bound."""
    with Objects(find_repository(promotions_5000)) as objects:
        text = git(promotions_5000, "show", "HEAD:registry/policy.yaml")
        head = git(promotions_5000, "rev-parse", "HEAD").decode().strip()
        assert b"security_scan_passed" in text
        later = moment_text(datetime.now(UTC) + timedelta(minutes=1))
        fewer = text.replace(b"      - security_scan_passed\n", b"      - staging_smoke_test_passed\n", 1)
        found = simulate(objects, head, Proposed(fewer), later)
    assert len(found.tried) == len(found.refused) == 5_000
    proposed = Proposed(text)

    def simulated() -> None:
        with Objects(find_repository(promotions_5000)) as objects:
            assert simulate(objects, head, proposed, later).refused == ()

    report("simulate of 5,000 promotions", compare(simulated, _verifying(promotions_5000), 5), 1.5)


def test_verify_of_20000_steps_is_near_what_it_cannot_do_without(steps_20000: Path) -> None:
    judged = _verifying(steps_20000)
    first = judged()
    assert first.findings == ()
    assert first.steps == 20_000
    cores = len(os.sched_getaffinity(0))
    records = _all_records(steps_20000)
    shares = [records[number::cores] for number in range(cores)]
    fork = multiprocessing.get_context("fork")

    def floor() -> None:
        _read_log(steps_20000)
        processes = [fork.Process(target=_check, args=(share,)) for share in shares]
        for one in processes:
            one.start()
        for one in processes:
            one.join()
            assert one.exitcode == 0

    report("verify of 20,000 steps", compare(judged, floor, 3), 1.5)


def test_verify_of_20000_steps_needs_little_memory(steps_20000: Path) -> None:
    command: list[str | Path] = [REGISTRY, "verify", "--anew", "--pin", pin_of(steps_20000)]
    most = 0
    with subprocess.Popen(command, cwd=steps_20000, stdout=subprocess.DEVNULL) as verifying:
        while verifying.poll() is None:
            most = max(most, _memory_of(verifying.pid))
            time.sleep(0.05)
    sys.stdout.write(f"\nverify of 20,000 steps: {most / 1e6:.0f} MB in all its processes, bar 400\n")
    assert verifying.returncode == 0
    assert 0 < most < 400_000_000


def test_after_one_more_step_verify_does_little_more_than_start(judged_20000: Path) -> None:
    assert main(["-C", str(judged_20000), "verify"]) == 0
    verifying = process(REGISTRY, "verify", cwd=judged_20000)
    found = compare(verifying, BARE_PYTHON, 21, prepare=_one_more_step(judged_20000))
    report("verify after one more step", found, 20)


def test_pre_receive_of_one_promotion_does_little_more_than_start(judged_20000: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(judged_20000), str(bare))
    promote = _one_more_step(judged_20000)
    pushes: list[str] = []

    def push() -> None:
        """The objects arrive; the branch is moved when the hook has said yes."""
        if pushes:
            git(bare, "update-ref", "refs/heads/main", pushes[-1].split()[1])
        old = git(bare, "rev-parse", "main").decode().strip()
        promote()
        git(bare, "fetch", "--quiet", str(judged_20000), "main")
        pushes.append(f"{old} {git(bare, 'rev-parse', 'FETCH_HEAD').decode().strip()} refs/heads/main\n")

    def receive() -> None:
        command: list[str | Path] = [REGISTRY, "hook", "pre-receive"]
        subprocess.run(command, cwd=bare, input=pushes[-1].encode(), stdout=subprocess.DEVNULL, check=True)

    report("pre-receive of one promotion", compare(receive, BARE_PYTHON, 21, prepare=push), 25)


@pytest.fixture
def judged_20000(steps_20000: Path, keys: Mapping[str, Path], tmp_path: Path) -> Path:
    """A copy, with its pin kept, that this test may promote in."""
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-r", steps_20000, folder], check=True)
    assert main(["-C", str(folder), "trust", "pin", pin_of(folder)]) == 0
    git(folder, "config", "user.signingkey", str(keys["alice"]))
    git(folder, "config", "gpg.format", "ssh")
    return folder


def _one_more_step(folder: Path) -> Callable[[], None]:
    models: Iterator[int] = iter(range(1000))

    def step() -> None:
        assert main(["-C", str(folder), "promote", f"model-{next(models)}:v2", "--to", "staging"]) == 0

    return step


def _verifying(folder: Path) -> Callable[[], Verdict]:
    """Verify from the first step, whatever was judged before."""
    repository = find_repository(folder)
    head = git(folder, "rev-parse", "HEAD").decode().strip()
    later = moment_text(datetime.now(UTC) + timedelta(minutes=1))

    def judged() -> Verdict:
        with Objects(repository) as objects:
            return verify(objects, head, None, later)

    return judged


def _read_log(folder: Path) -> None:
    git(folder, "log", "--first-parent", "-m", "--raw", "-z")


def _check(records: Sequence[RecordBytes]) -> None:
    """The bare signature checks and strict parses."""
    for kind, data, signature in records:
        for one in read_signatures(signature):
            verify_signature(one, data, namespace_of(kind))
        read(data, "record")


def _memory_of(process_id: int) -> int:
    """Bytes in memory of a process and all its children; what they share is counted for each."""
    try:
        pages = Path(f"/proc/{process_id}/statm").read_text().split()[1]
        children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") + sum(_memory_of(int(child)) for child in children)


def _all_records(folder: Path) -> list[RecordBytes]:
    """Every version of every record in the history, with its signature."""
    raw = git(folder, "log", "--first-parent", "--raw", "-z", "--no-abbrev", "--root", "--format=").decode()
    tokens = raw.split("\0")
    oids: dict[str, list[str]] = {}
    for meta, path in zip(tokens[::2], tokens[1::2], strict=False):
        oids.setdefault(path, []).append(meta.split(" ")[3])
    with Objects(find_repository(folder)) as objects:
        blobs = {path: [objects.blob(oid) for oid in found] for path, found in oids.items()}
    records = []
    for path, found in blobs.items():
        location = locate(path)
        if location is not None and path.startswith("registry/") and path + SIGNATURE in blobs:
            for data, signature in zip(found, blobs[path + SIGNATURE], strict=True):
                assert isinstance(data, bytes)
                assert isinstance(signature, bytes)
                records.append((location.kind, data, signature))
    return records


@pytest.fixture(autouse=True)
def _compiled() -> None:
    """What an installed package has: compiled modules."""
    process(REGISTRY, "--help")()
