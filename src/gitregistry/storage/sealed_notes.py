"""Notes that the tool leaves for itself under ``.git/``, and knows again as its own.

Whoever prepared a clone could have written anything there, so every note is sealed with a key of this user's
that never lies in a repository. A note that is missing, altered, or sealed by somebody else is no note.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gitregistry.storage.pins import state_folder
from gitregistry.storage.repository import Repository

_KEY_BYTES = 32
# A note is about as long as the names of all aliases; what is far over that is none.
_LONGEST = 64 << 20


def read_notes(repository: Repository, environment: Mapping[str, str], name: str) -> list[Any]:
    """The notes kept under a name, newest first; none when they are not to be believed."""
    key = _read_key(environment)
    try:
        path = _file(repository, name)
        if key is None or path.stat().st_size > _LONGEST:
            return []
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return []
    if not hmac.compare_digest(seal, _seal(key, name, body)):
        return []
    notes = json.loads(body)  # ours, so it is what write_notes wrote
    return list(notes)


def write_notes(
    repository: Repository, environment: Mapping[str, str], name: str, notes: Sequence[Any]
) -> None:
    """Keep notes (of what JSON holds) under a name, in place of those there. What cannot be kept is left."""
    key = _read_key(environment) or _make_key(environment)
    if key is None:
        return
    body = json.dumps(list(notes), separators=(",", ":")).encode("ascii")
    path = _file(repository, name)
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(_seal(key, name, body) + b"\n" + body)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _file(repository: Repository, name: str) -> Path:
    return repository.common_dir / "gitregistry" / f"{name}.json"


def _seal(key: bytes, name: str, body: bytes) -> bytes:
    return hmac.digest(key, name.encode("ascii") + b"\0" + body, "sha256").hex().encode("ascii")


def _key_file(environment: Mapping[str, str]) -> Path:
    return state_folder(environment) / "seal.key"


def _read_key(environment: Mapping[str, str]) -> bytes | None:
    try:
        key = _key_file(environment).read_bytes()
    except OSError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _make_key(environment: Mapping[str, str]) -> bytes | None:
    """A key of this user's; None where none can be kept. Of two made at once, one is kept by both."""
    path = _key_file(environment)
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(os.urandom(_KEY_BYTES))
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    except OSError:
        return None
    return _read_key(environment)
