"""Writing artifacts to S3 with conditional writes: no object is ever replaced, none is ever half there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from gitregistry.errors import BadInput
from gitregistry.storage.remote_artifacts import understood
from gitregistry.storage.s3_lock import S3Lock
from gitregistry.storage.s3_probe import probed
from gitregistry.storage.s3_requests import S3Requests, is_taken
from gitregistry.storage.stores import Content, OnBytes, parts_of

# Bytes in one request. What is on its way is held in memory: this, times the requests at a time.
_PART = 8 << 20
_PARTS_AT_ONCE = 4
# S3 knows ten thousand parts of one object.
_MOST_PARTS = 9_000


class S3Store:
    """An object, or all below a prefix."""

    at_once = 8

    def __init__(self, address: str, *, may_overwrite: bool) -> None:
        self.uri = address
        self._requests = S3Requests(address)
        self._lock = S3Lock(address, self._requests)
        self._may_overwrite = may_overwrite
        self._unless_taken: dict[str, str] = {} if may_overwrite else {"IfNoneMatch": "*"}

    def is_small(self, content: Content) -> bool:
        return content.size <= _PART

    @contextmanager
    def begun(self, largest: Content) -> Iterator[list[str]]:
        notes: list[str] = []
        if not self._may_overwrite:
            with understood(self.uri, "written"):
                notes += probed(self._requests, self.uri, in_parts=not self.is_small(largest))
        yield notes

    def create(self, path: str, content: Content, on_bytes: OnBytes) -> bool:
        key = self._key(path)
        with understood(f"{self.uri}/{path}" if path else self.uri, "written"):
            try:
                if not self.is_small(content):
                    return self._create_in_parts(key, content, on_bytes)
                with content.open() as source:
                    data = b"".join(parts_of(source, _PART))
                self._requests.ask("put_object", Key=key, Body=data, **self._unless_taken)
                on_bytes(len(data))
            except Exception as error:
                if is_taken(error):  # by others, or by ourselves and the answer was lost
                    return False
                raise
        return True

    def require_lock(self) -> None:
        self._lock.require()

    def lock(self, path: str, until: datetime) -> None:
        self._lock.lock(self._key(path), until)

    def _key(self, path: str) -> str:
        return f"{self._requests.key}/{path}" if path else self._requests.key

    def _create_in_parts(self, key: str, content: Content, on_bytes: OnBytes) -> bool:
        upload = self._requests.ask("create_multipart_upload", Key=key)["UploadId"]
        try:
            parts = {"Parts": self._send(key, upload, content, on_bytes)}
            self._complete(key, upload, parts)
        except BaseException as error:  # Ctrl-C as well: what was sent costs until it is taken away
            self._abandon(key, upload, error)
            raise
        return True

    def _complete(self, key: str, upload: str, parts: dict[str, Any]) -> None:
        said = {"Key": key, "UploadId": upload, "MultipartUpload": parts, **self._unless_taken}
        with suppress(FileNotFoundError):  # completed, and the answer was lost: reading it back will tell
            self._requests.ask("complete_multipart_upload", **said)

    def _send(self, key: str, upload: str, content: Content, on_bytes: OnBytes) -> list[dict[str, Any]]:
        """Send the parts, few at a time; on an error those on their way are waited for."""
        size = max(_PART, -(-content.size // _MOST_PARTS))
        parts: list[dict[str, Any]] = []
        sending: deque[Future[dict[str, Any]]] = deque()

        def send(number: int, data: bytes) -> dict[str, Any]:
            said = {"Key": key, "UploadId": upload, "PartNumber": number}
            answer = self._requests.ask("upload_part", Body=data, **said)
            on_bytes(len(data))
            return {"ETag": answer["ETag"], "PartNumber": number}

        with content.open() as source, ThreadPoolExecutor(_PARTS_AT_ONCE) as pool:
            for number, data in enumerate(parts_of(source, size), 1):
                if len(sending) == _PARTS_AT_ONCE:
                    parts.append(sending.popleft().result())
                sending.append(pool.submit(send, number, data))
            parts += [sent.result() for sent in sending]
        return parts

    def _abandon(self, key: str, upload: str, error: BaseException) -> None:
        """Take away what was sent of an object that will not be."""
        try:
            self._requests.abandon(key, upload)
        except Exception as failed:  # noqa: BLE001 - every store has exceptions of its own
            if isinstance(error, Exception) and not is_taken(error):
                raise BadInput(
                    f"the upload failed ({type(error).__name__}: {error}), and the parts that were sent "
                    f"could not be taken away ({type(failed).__name__})",
                    path=self.uri,
                    hint="run it again; a lifecycle rule AbortIncompleteMultipartUpload removes such parts",
                ) from error
