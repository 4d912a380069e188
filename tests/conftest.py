"""What every test has: a home of its own; and for those that ask, keys and registries ready to copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support import templates
from tests.support.isolation import isolate
from tests.support.keys import make_keys
from tests.support.object_store import empty_server, s3_server
from tests.support.registry import Registry

# Where Linux keeps files in memory, and how many bytes must be free there: a run that passes needs a tenth.
_IN_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 4 << 30


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Thousands of repositories, each of them synced at every step, need not wait for a disk.

    ``--basetemp``, ``$TMPDIR`` and ``$PYTEST_DEBUG_TEMPROOT`` still say where else they are to be made.
    """
    named = config.option.basetemp or {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & os.environ.keys()
    measured = any("benchmarks" in Path(argument).parts for argument in config.args)  # disks and all
    if not named and not measured and _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free >= _ROOM:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_IN_MEMORY)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-rule", metavar="CODE", help="Switch a rule off: some test must turn red.")


@pytest.fixture(scope="session", autouse=True)
def switched_off(request: pytest.FixtureRequest) -> Iterator[None]:
    """The rule of ``--without-rule``, switched off in this process."""
    code = request.config.getoption("--without-rule")
    if not code:
        yield
        return
    from tests.support.without_rule import without_rule  # noqa: PLC0415 - for that option alone

    with without_rule(code):
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no test sees the configuration of this machine."""
    folder = tmp_path_factory.mktemp("home")
    isolate(monkeypatch, folder)
    return folder


@pytest.fixture(scope="session")
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same for what is built once."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, tmp_path_factory.mktemp("session-home"))
        yield


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Everybody's private key by short name; ``.pub`` lies beside it."""
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def s3_process() -> Iterator[str]:
    """The address of an S3 server on this machine, which knows what earlier tests left there."""
    with s3_server() as address:
        yield address


@pytest.fixture(name="s3_server")
def s3_server_fixture(s3_process: str) -> Iterator[str]:
    """The address of an empty S3 server on this machine."""
    yield s3_process
    empty_server(s3_process)


@pytest.fixture(scope="session")
def empty_template(
    session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Registry:
    return templates.build_empty(tmp_path_factory.mktemp("empty"), keys)


@pytest.fixture(scope="session")
def registered_template(empty_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return templates.build_registered(empty_template, tmp_path_factory.mktemp("registered") / "copy")


@pytest.fixture(scope="session")
def approved_template(registered_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return templates.build_approved(registered_template, tmp_path_factory.mktemp("approved") / "copy")


@pytest.fixture(scope="session")
def live_template(approved_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return templates.build_live(approved_template, tmp_path_factory.mktemp("live") / "copy")


@pytest.fixture(scope="session")
def two_template(live_template: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return templates.build_two(live_template, tmp_path_factory.mktemp("two") / "copy")


@pytest.fixture
def empty_registry(empty_template: Registry, tmp_path: Path) -> Registry:
    """A registry with alice, bob, carol and ci in trust, and no model."""
    return empty_template.copy(tmp_path / "empty")


@pytest.fixture
def registered(registered_template: Registry, tmp_path: Path) -> Registry:
    """``churn:v1`` registered and nothing more."""
    return registered_template.copy(tmp_path / "registered")


@pytest.fixture
def approved(approved_template: Registry, tmp_path: Path) -> Registry:
    """``churn:v1`` in canary, with evidence and approvals for production."""
    return approved_template.copy(tmp_path / "approved")


@pytest.fixture
def live(live_template: Registry, tmp_path: Path) -> Registry:
    """``churn:v1`` in production."""
    return live_template.copy(tmp_path / "live")


@pytest.fixture
def two(two_template: Registry, tmp_path: Path) -> Registry:
    """``churn:v2`` in production, ``churn:v1`` before it."""
    return two_template.copy(tmp_path / "two")
