"""Requests to S3 that change something: asked again when a network or a busy server loses them."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from gitregistry.storage.remote_artifacts import file_system

# Seconds to wait before asking again; as many more attempts as there are.
_PAUSES = (0.1, 0.4, 1.6, 3.2)
_BUSY = (408, 409, 429)
NOT_IMPLEMENTED = 501
_CONDITION_FAILED = 412


class S3Requests:
    """Requests about objects of one bucket.

    Attributes:
        key: the object, or the prefix, that the address names.
    """

    def __init__(self, address: str) -> None:
        self._files, path = file_system(address)
        self._bucket, self.key, _ = self._files.split_path(path)

    def ask(self, what: str, **request: Any) -> dict[str, Any]:
        """The answer to a request, called as botocore calls it.

        Raises:
            Exception: what s3fs raises; ``status_of`` says what the server answered.
        """
        for wait in _PAUSES:
            try:
                return self._ask(what, request)
            except Exception as error:
                if not _may_come(error):
                    raise
            time.sleep(wait)
        return self._ask(what, request)

    def abandon(self, key: str, upload: str) -> None:
        """Take away what was sent in parts; no matter if it is gone, or was completed after all."""
        with suppress(FileNotFoundError):
            self.ask("abort_multipart_upload", Key=key, UploadId=upload)

    def _ask(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._files.call_s3(what, Bucket=self._bucket, **request)
        return answer


def status_of(error: BaseException) -> int | None:
    """The HTTP status that a server answered with; None when it did not answer."""
    for known in (error, error.__cause__):
        response = getattr(known, "response", None)
        if isinstance(response, dict):
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return int(status) if status is not None else None
    return None


def is_taken(error: BaseException) -> bool:
    """Whether a write was refused because the name is taken."""
    return status_of(error) == _CONDITION_FAILED


def _may_come(error: Exception) -> bool:
    """Whether the same request may do better in a moment."""
    status = status_of(error)
    if status is None:
        from botocore.exceptions import ConnectionError as NoConnection  # noqa: PLC0415 - rarely needed
        from botocore.exceptions import HTTPClientError  # noqa: PLC0415

        return isinstance(error, OSError | NoConnection | HTTPClientError)
    return status in _BUSY or (status >= 500 and status != NOT_IMPLEMENTED)
