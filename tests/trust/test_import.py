"""Keys from the file that a forge serves at ``/<user>.keys``."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.trust import Grant, Trust
from tests.support.keys import IDS, public_line, ssh_keygen
from tests.support.registry import Registry

ERIN = "erin@example.com"
TOKEN = (
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIGzhAwi7Q2x1FLxLhHc5uRSo0w4ThXvJ"
    "pQ4v5hQBx9xkAAAABHNzaDo="
)


@pytest.fixture(scope="session")
def other_types(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One public key of each type that a forge also lists."""
    folder = tmp_path_factory.mktemp("types")
    made = {}
    for name, options in {"rsa": ("-b", "2048"), "ecdsa": ()}.items():
        path = folder / name
        ssh_keygen("-q", "-t", name, *options, "-N", "", "-C", "", "-f", str(path))
        made[name] = public_line(path)
    return made


def served(folder: Path, *lines: str, end: str = "\n") -> str:
    file = folder / "erin.keys"
    file.write_text("\n".join(lines) + end, "utf-8")
    return str(file)


def take(registry: Registry, file: str, *options: str) -> tuple[str, ...]:
    return "trust", "import", "--github-keys", file, "--as", ERIN, *options


def keys_of(registry: Registry, who: str) -> list[str]:
    trust = registry.record(Trust, paths.TRUST)
    return [key.public_key for known in trust.principals if known.id == who for key in known.keys]


@pytest.mark.parametrize("end", ["\n", "", "\r\n"], ids=repr)
def test_the_usable_ones_enter_and_the_others_are_named(
    known: Registry, other_types: dict[str, str], tmp_path: Path, end: str
) -> None:
    usable = [public_line(known.keys["erin"]), public_line(known.keys["frank"])]
    file = served(tmp_path, other_types["rsa"], usable[0], other_types["ecdsa"], "", *usable[::-1], end=end)
    before = int(known.git("rev-list", "--count", "HEAD"))
    said = known.run(*take(known, file, "--role", "promoter", "--model", "churn*")).err
    assert keys_of(known, ERIN) == usable
    assert "line 1 passed over (ssh-rsa): RSA keys are not accepted" in said
    assert "line 3 passed over (ecdsa-sha2-nistp256): ECDSA keys are not accepted" in said
    assert "line 6 passed over (ssh-ed25519): it stands twice" in said
    assert said.count("usable: SHA256:") == 2
    assert int(known.git("rev-list", "--count", "HEAD")) == before + 1
    granted = Grant(principal=ERIN, role="promoter", models=("churn*",))
    assert [given for given in known.record(Trust, paths.TRUST).grants if given.principal == ERIN] == [
        granted
    ]
    known.passes()
    known.run("promote", "churn:v1", "--to", "canary", key="frank")
    known.passes()


def test_a_tokens_key_is_usable(known: Registry, tmp_path: Path) -> None:
    known.run(*take(known, served(tmp_path, TOKEN)))
    assert keys_of(known, ERIN) == [TOKEN]


def test_standard_input_is_read_for_a_dash(known: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    data = f"{public_line(known.keys['erin'])}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    known.run(*take(known, "-"))
    assert keys_of(known, ERIN) == [public_line(known.keys["erin"])]


def test_none_that_can_be_used_is_an_error_that_says_why(
    known: Registry, other_types: dict[str, str], tmp_path: Path
) -> None:
    said = known.refuses(*take(known, served(tmp_path, *other_types.values())), expect=2).err
    assert "no usable key: line 1: RSA" in said
    assert "line 2: ECDSA" in said
    assert "it is empty" in known.refuses(*take(known, served(tmp_path, "")), expect=2).err


def test_somebody_elses_key_is_an_error(known: Registry, tmp_path: Path) -> None:
    file = served(tmp_path, public_line(known.keys["erin"]), public_line(known.keys["bob"]))
    assert f"already belongs to {IDS['bob']}" in known.refuses(*take(known, file), expect=2).err


def test_keys_that_are_theirs_already_are_left_as_they_are(known: Registry, tmp_path: Path) -> None:
    first, second = public_line(known.keys["erin"]), public_line(known.keys["frank"])
    known.run(*take(known, served(tmp_path, first), "--kind", "bot"))
    assert "already" in known.refuses(*take(known, served(tmp_path, first)), expect=2).err
    known.run(*take(known, served(tmp_path, first, second)))
    assert keys_of(known, ERIN) == [first, second]


def test_a_page_of_something_else_is_refused(known: Registry, tmp_path: Path) -> None:
    said = known.refuses(*take(known, served(tmp_path, "<html>", "Not Found")), expect=2).err
    assert "no usable key" in said
    (tmp_path / "erin.keys").write_bytes(b"\xff\xfe\0")
    assert "it is not text" in known.refuses(*take(known, str(tmp_path / "erin.keys")), expect=2).err
    said = known.refuses(*take(known, str(known.keys["erin"])), expect=2).err
    assert "private key" in said


def test_a_private_key_on_a_pipe_is_refused(known: Registry, more_keys: dict[str, Path]) -> None:
    command = [sys.executable, "-m", "gitregistry", "-C", str(known.folder), *take(known, "-")]
    done = subprocess.run(command, input=more_keys["erin"].read_bytes(), capture_output=True, check=False)
    assert done.returncode == 2
    assert b"private key" in done.stderr
