"""What ``--lockfile`` fills in: the lock's digest, its packages, the Python, and the framework, if one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.filling import Nearby
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.python_versions import agrees, exact_version
from gitregistry.records.digests import digest_of
from gitregistry.records.names import shown
from gitregistry.records.shapes import is_null
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.storage.lock_files import Lock, read_lock
from gitregistry.storage.requirements_file import Pin
from gitregistry.storage.small_files import read_small

OPTION: Final = "--lockfile"
_MOST_BYTES: Final = 8 << 20
_MOST_LINES: Final = 2000
_MOST_VERSION_FILE: Final = 4096
_FRAMEWORKS: Final = (
    "scikit-learn", "torch", "tensorflow", "xgboost", "lightgbm", "catboost", "jax", "keras", "paddlepaddle",
    "statsmodels", "prophet", "mxnet",
)  # fmt: skip
# Who asks, in an address.
_SECRET: Final = re.compile(r"://[^/\s]*@")
# What one framework brings along as its own part.
_PARTS: Final = {"tensorflow": "keras"}


def lock_nearby(manifest: ManifestInput, path: Path) -> Nearby:
    """What a lock says that the manifest leaves out, or contradicts.

    Raises:
        BadInput: it cannot be read, or is not what its name says.
    """
    data = read_small(path, _MOST_BYTES, f"{OPTION} uv.lock")
    runtime: dict[str, Value] = {"lockfile_digest": digest_of(data)}
    warnings: list[str] = []
    lock = read_lock(data, str(path))
    if lock is None:
        warnings.append(f"{path}: of a lock of this name only the digest is recorded, not its packages")
        lock = Lock((), None, ())
    elif not lock.pins:
        warnings.append(f"{path}: it pins no version")
    if lock.others:
        named = ", ".join(shown(_SECRET.sub("://", other)) for other in lock.others[:3])
        more = f" and {len(lock.others) - 3} more" if len(lock.others) > 3 else ""
        warnings.append(f"{path}: left out of dependencies, for they pin no version: {named}{more}")
    if len(lock.pins) > _MOST_LINES:
        warnings.append(f"{path}: its {len(lock.pins):,} packages are too many; only its digest is recorded")
    elif lock.pins:
        runtime["dependencies"] = [Quoted(pin.line) for pin in lock.pins]
    said = manifest.fields.get("runtime")
    given = said if isinstance(said, dict) else {}
    python = _python(lock, path)
    if python is not None and not _stands(given.get("python"), python):
        runtime["python"] = Quoted(python)
    framework = _framework(lock.pins)
    if framework is not None and _is_of(given.get("framework"), framework):
        runtime["framework"] = Quoted(framework.line)
    return Nearby(str(path), OPTION, {"runtime": runtime}, tuple(warnings))


def _python(lock: Lock, path: Path) -> str | None:
    """The one version that the lock says, else that of ``.python-version`` beside it, else its range."""
    if lock.python is not None and (exact := exact_version(lock.python)) is not None:
        return exact
    beside = path.parent / ".python-version"
    if beside.is_file():
        try:
            lines = read_small(beside, _MOST_VERSION_FILE).decode("ascii").split()
        except (BadInput, UnicodeDecodeError):
            lines = []
        only = lines[0] if len(lines) == 1 else ""
        if exact_version(only) == only and (lock.python is None or agrees(only, lock.python)):
            return only
    return lock.python


def _stands(given: Value | None, found: str) -> bool:
    """Whether the manifest's own version is one that the lock means."""
    return isinstance(given, str) and not is_null(given) and agrees(given, found)


def _framework(pins: tuple[Pin, ...]) -> Pin | None:
    """The one framework among the packages, at one version; None where there are none or several."""
    found = {name: [pin for pin in pins if _plain(pin.name) == name] for name in _FRAMEWORKS}
    named = {name for name, those in found.items() if those}
    named -= {part for whole, part in _PARTS.items() if whole in named}
    if len(named) != 1:
        return None
    (only,) = named
    return found[only][0]._replace(marker="") if len({pin.version for pin in found[only]}) == 1 else None


def _is_of(given: Value | None, found: Pin) -> bool:
    """Whether nothing is said of a framework, or another version of this one, which is a contradiction."""
    if not isinstance(given, str) or is_null(given):
        return True
    name, _, version = given.partition("==")
    return _plain(name.strip()) == found.name.lower() and version.strip() != found.version


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
