"""A disk that takes no more: one message, the old state or the new, and a repository that git finds sound.

Permission bits do not bind root, so real file systems are mounted, in a namespace that ends with the command.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.errors.failing import Process, check_words, everything
from tests.support.registry import Registry

PROMOTE = ("promote", "churn:v1", "--to", "production")
NAMESPACE = ("unshare", "--map-root-user", "--mount")

# $1 is the folder; what follows is the command.
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 99; shift; exec "$@"'

# $1 is the folder, $2 an empty one that stands for a disk, $3 the bytes left on it. What it holds in the end
# goes back to the folder.
FULL = """
home=$1 disk=$2 left=$3; shift 3
mount -t tmpfs -o size=4m tmpfs "$disk" || exit 99
cp -a "$home/." "$disk/" && mount --bind "$disk" "$home" || exit 99
cd "$home"
free=$(($(stat -f -c '%a * %S' .) - left))
head -c "$free" /dev/zero > "$disk/.git/filler"
"$@"; code=$?
rm "$disk/.git/filler"
mkdir "$disk/../result" && cp -a "$disk/." "$disk/../result/"
exit $code
"""


@pytest.fixture(scope="module", autouse=True)
def namespace() -> None:
    """Skip where this machine lets nobody mount."""
    probe = [*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    done = subprocess.run(probe, capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip(f"cannot mount file systems here: {done.stderr.strip()}")


@pytest.mark.parametrize(
    "arguments",
    [
        PROMOTE,
        ("attest", "churn:v1", "offline_eval_passed", "--passed"),
        ("trust", "grant", "ci", "promoter"),
    ],
    ids=" ".join,
)
def test_a_read_only_disk(arguments: tuple[str, ...], approved: Registry) -> None:
    before = everything(approved.folder)
    process = Process(approved.folder, approved.keys["alice"])
    start = (*NAMESPACE, "sh", "-c", READ_ONLY, "sh", str(approved.folder))
    result = process.run(*arguments, before=start)
    assert result.code == 2, result.err
    check_words(result, "cannot write to this repository: the file system is read-only; nothing was changed")
    assert everything(approved.folder) == before
    approved.git("fsck", "--strict", "--no-dangling")


def test_on_a_read_only_disk_everything_can_be_read(two: Registry) -> None:
    process = Process(two.folder)
    start = (*NAMESPACE, "sh", "-c", READ_ONLY, "sh", str(two.folder))
    for arguments in (
        ("resolve", "churn@production"),
        ("why", "churn@production"),
        ("verify", "--pin", two.pin),
    ):
        assert process.run(*arguments, before=start).code == 0


def test_init_on_a_read_only_disk(healthy: Registry, tmp_path: Path) -> None:
    process = Process(tmp_path, healthy.keys["alice"])
    start = (*NAMESPACE, "sh", "-c", READ_ONLY, "sh", str(tmp_path))
    result = process.run("init", "new", "--name", "x", "--id", "alice", before=start)
    assert result.code == 2
    check_words(result, f"{tmp_path / 'new'}: cannot make this folder: Read-only file system")


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 5, 8, 12, 20, 40, 200])
def test_a_full_disk(pages: int, approved: Registry, tmp_path: Path) -> None:
    """However much is left, the command does all of it or says that nothing was changed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    old = approved.head
    process = Process(approved.folder, approved.keys["alice"])
    start = (*NAMESPACE, "sh", "-c", FULL, "sh", str(approved.folder), str(disk), str(pages * 4096))
    result = process.run(*PROMOTE, before=start)
    (tmp_path / "result").rename(tmp_path / "registry")
    left = Registry(tmp_path / "registry", approved.pin, approved.keys)
    left.git("fsck", "--strict", "--no-dangling")
    if left.head == old:
        assert result.code == 2, result.out + result.err
        check_words(result, "the disk is full")
        left.run(*PROMOTE)
    else:
        assert result.code == 0, result.err
    assert left.json("resolve", "churn@production")["version"] == "v1"
    left.attest("v1", "offline_eval_passed")
    assert left.git("status", "--porcelain") == ""
    assert left.passes()
