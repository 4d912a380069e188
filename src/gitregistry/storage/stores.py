"""Places that artifacts are written to, each name once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import IO, NamedTuple, Protocol

from gitregistry.errors import BadInput, Refused

OnBytes = Callable[[int], object]
# The option that lets a store be used which cannot promise to write each name once.
OVERWRITING = "--even-if-this-store-may-overwrite"


class Content(NamedTuple):
    """Bytes to be written: how many, and how to read them from the first."""

    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


class Store(Protocol):
    """Somewhere that artifacts are written to."""

    @property
    def uri(self) -> str:
        """The artifact's address, with a scheme."""

    @property
    def at_once(self) -> int:
        """How many small files are to be written at a time."""

    def is_small(self, content: Content) -> bool:
        """Whether it is written in one go, and so may be beside others."""

    def begun(self, largest: Content) -> AbstractContextManager[list[str]]:
        """Make ready to write, and tidy up at the end; the list takes what the user should know.

        Raises:
            Refused: the store cannot promise to write each name once.
        """

    def create(self, path: str, content: Content, on_bytes: OnBytes) -> bool:
        """Write a file whole and at once; False, and nothing is changed, where something has its name."""

    def require_lock(self) -> None:
        """See that what is written can be locked.

        Raises:
            Refused: it cannot be.
        """

    def lock(self, path: str, until: datetime) -> None:
        """Let nobody remove or replace a file before that time."""


def open_store(address: str, *, may_overwrite: bool) -> Store:
    """The place an address means.

    Args:
        may_overwrite: trust in looking first, for a store that has no conditional writes.

    Raises:
        BadInput: nothing can be written there, or the address holds what does not belong into a record.
    """
    scheme, separator, _ = address.partition("://")
    if not separator or scheme == "file":
        from gitregistry.storage.local_store import LocalStore  # noqa: PLC0415 - one of three

        return LocalStore(address)
    _check_address(scheme, address)
    if scheme in ("s3", "s3a"):
        from gitregistry.storage.s3_store import S3Store  # noqa: PLC0415 - s3fs takes long to load

        return S3Store(address.rstrip("/"), may_overwrite=may_overwrite)
    if scheme == "memory":
        from gitregistry.storage.memory_store import MemoryStore  # noqa: PLC0415 - fsspec takes long to load

        return MemoryStore(address.rstrip("/"))
    raise BadInput(
        "nothing is uploaded to this kind of store: whether it writes each name once is not known",
        path=address,
        hint="upload it with the store's own tools, then: registry register MANIFEST.yaml --artifact URI",
    )


def _check_address(scheme: str, address: str) -> None:
    bucket, _, path = address.removeprefix(f"{scheme}://").partition("/")
    secret = "@" in bucket or (":" in bucket and "@" in path)  # a secret may hold a slash
    if secret or "?" in address or "#" in address:
        raise BadInput(
            "an address for uploads holds no user, password, query or fragment",
            path=f"{scheme}://…",
            hint="credentials come from the store's own places, such as AWS_PROFILE or ~/.aws",
        )
    names = path.rstrip("/").split("/")
    if not bucket or any(name in ("", ".", "..") for name in names) or not address.isprintable():
        raise BadInput(
            "this is not the exact place of one artifact",
            path=address,
            hint="name it in full: s3://bucket/model/version/model.onnx",
        )


def no_lock(uri: str) -> Refused:
    """What to say of a store that locks nothing."""
    return Refused(
        "nothing can be locked here: Object Lock is for S3 buckets that were made with it",
        path=uri,
        hint="leave out --object-lock, or make one: aws s3api create-bucket --object-lock-enabled-for-bucket "
        "--bucket NAME",
    )


def parts_of(file: IO[bytes], size: int) -> Iterator[bytes]:
    """A file's bytes, so many at a time; the last ones may be fewer."""
    while part := file.read(size):
        while len(part) < size and (more := file.read(size - len(part))):
            part += more
        yield part
