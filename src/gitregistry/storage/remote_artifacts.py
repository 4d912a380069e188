"""Artifacts in object storage, through fsspec: the only module that loads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import fsspec
from fsspec.core import url_to_fs

from gitregistry.errors import BadInput, RegistryError
from gitregistry.storage.artifacts import Member, NothingThere, changed
from gitregistry.storage.ranges import Lost, Piece

_BLOCK = 8 << 20
# What stores call the thing that changes whenever the object does.
_MARKS = ("ETag", "etag", "versionId", "mtime", "LastModified", "last_modified", "created", "md5Hash", "size")


class RemoteSource:
    """An object, or everything under a prefix, at an address such as ``s3://bucket/key``."""

    def __init__(self, address: str) -> None:
        self.uri = address.rstrip("/")
        self._files, self._top = file_system(self.uri)

    def members(self) -> list[Member]:
        with understood(self.uri):
            facts = self._info(self._top)
            if facts["type"] != "directory":
                return [Member("", int(facts["size"]))]
            top = facts["name"].rstrip("/") + "/"
            found = self._files.find(self._top, detail=True, withdirs=False)
            # An object whose key ends in a slash is how consoles draw an empty folder.
            return [
                Member(name.removeprefix(top), int(item["size"]))
                for name, item in found.items()
                if item["type"] != "directory" and not name.endswith("/")
            ]

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        path = f"{self._top.rstrip('/')}/{member.path}" if member.path else self._top
        with understood(f"{self.uri}/{member.path}".rstrip("/")):
            before = self._info(path)
            with self._files.open(path, "rb", block_size=_BLOCK) as file:
                yield file
            after = self._info(path)
        if any(before.get(mark) != after.get(mark) for mark in _MARKS):
            raise changed(self.uri, member)

    def _info(self, path: str) -> dict[str, Any]:
        self._files.invalidate_cache()
        facts: dict[str, Any] = self._files.info(path)
        return facts


class RemoteRanges:
    """The same place, read range by range, many at a time where the store's package can."""

    def __init__(self, address: str) -> None:
        self.uri = address.rstrip("/")
        self._files, self._top = file_system(self.uri)

    def fetch(self, pieces: Sequence[Piece]) -> list[bytes | Lost]:
        names = [f"{self._top.rstrip('/')}/{piece.path}" if piece.path else self._top for piece in pieces]
        with understood(self.uri):
            answers = self._files.cat_ranges(
                names, [piece.start for piece in pieces], [piece.end for piece in pieces], on_error="return"
            )
        return [self._answer(piece, answer) for piece, answer in zip(pieces, answers, strict=True)]

    def _answer(self, piece: Piece, answer: object) -> bytes | Lost:
        if isinstance(answer, bytes):
            return answer
        if isinstance(answer, FileNotFoundError | PermissionError):
            with understood(f"{self.uri}/{piece.path}".rstrip("/")):
                raise answer
        return Lost(f"{type(answer).__name__}: {answer}")


def file_system(address: str) -> tuple[Any, str]:
    """What fsspec knows of an address: the kind of store, and the path in it."""
    try:
        files, path = url_to_fs(address)
    except ImportError as error:
        raise BadInput(f"this kind of address needs a package: {error}", path=address) from error
    except ValueError as error:
        known = ", ".join(
            name for name in ("file", "s3", "gs", "az", "https") if name in fsspec.available_protocols()
        )
        raise BadInput(f"cannot be an address: {error}", path=address, hint=f"use one of: {known}") from error
    return files, path


@contextmanager
def understood(address: str, doing: str = "read") -> Iterator[None]:
    """What a store's package raises, as one of ours."""
    try:
        yield
    except RegistryError:
        raise
    except FileNotFoundError as error:
        raise NothingThere(
            "there is nothing at this address",
            path=address,
            hint="it was moved or removed from the store: put it back under this address",
        ) from error
    except PermissionError as error:
        raise BadInput(
            f"access denied: {error}",
            path=address,
            hint="check the credentials, for S3 with: aws sts get-caller-identity",
        ) from error
    except Exception as error:  # every store has exceptions of its own, and no common root
        raise BadInput(
            f"cannot be {doing}: {type(error).__name__}: {error}",
            path=address,
            hint="check the address, the endpoint and the credentials",
        ) from error
