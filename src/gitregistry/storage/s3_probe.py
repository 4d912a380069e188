"""Whether an S3 store keeps its word about conditional writes: seen on one small object, removed again."""

from __future__ import annotations

import os
from typing import Any

from gitregistry.errors import Refused
from gitregistry.storage.s3_requests import NOT_IMPLEMENTED, S3Requests, is_taken, status_of
from gitregistry.storage.stores import OVERWRITING

_BYTES = b"registry looks whether this store overwrites; this object may be removed\n"


def probed(requests: S3Requests, uri: str, *, in_parts: bool) -> list[str]:
    """Try to write one name twice; what the user should know of it.

    Args:
        in_parts: try it with an upload in parts as well, whose condition is a matter of its own.

    Raises:
        Refused: the second write was taken, or the store knows no such condition.
    """
    key = f"{requests.key}.registry-probe-{os.urandom(8).hex()}"
    try:
        try:
            _put(requests, key)
        except Exception as error:
            if not is_taken(error):  # that would be ours, whose answer was lost on the way
                raise
        overwrites = not _is_refused(_put, requests, key)
        if in_parts and not overwrites:
            overwrites = not _is_refused(_put_in_parts, requests, key)
    except Exception as error:
        if status_of(error) == NOT_IMPLEMENTED:
            raise _unfit("this store answers that it knows no conditional writes (501)", uri) from error
        raise
    finally:
        left = _remove(requests, key)
    if overwrites:
        raise _unfit("this store ignores the condition of a write, and would overwrite what is there", uri)
    return left


def _put(requests: S3Requests, key: str) -> None:
    requests.ask("put_object", Key=key, Body=_BYTES, IfNoneMatch="*")


def _put_in_parts(requests: S3Requests, key: str) -> None:
    upload = requests.ask("create_multipart_upload", Key=key)["UploadId"]
    said = {"Key": key, "UploadId": upload}
    try:
        part = requests.ask("upload_part", PartNumber=1, Body=_BYTES, **said)
        parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
        requests.ask("complete_multipart_upload", MultipartUpload=parts, IfNoneMatch="*", **said)
    except BaseException:
        requests.abandon(key, upload)
        raise


def _is_refused(write: Any, requests: S3Requests, key: str) -> bool:
    try:
        write(requests, key)
    except Exception as error:
        if is_taken(error):
            return True
        raise
    return False


def _remove(requests: S3Requests, key: str) -> list[str]:
    try:
        requests.ask("delete_object", Key=key)
    except Exception as error:  # noqa: BLE001 - who may write need not be allowed to remove
        return [f"the small object {key} could not be removed ({type(error).__name__}); it may be"]
    return []


def _unfit(message: str, uri: str) -> Refused:
    return Refused(
        f"{message}; nothing was uploaded",
        path=uri,
        hint="use a store with conditional writes. If nobody else writes there, looking first may do: "
        f"{OVERWRITING}",
    )
