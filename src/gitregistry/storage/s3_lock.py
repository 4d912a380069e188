"""S3 Object Lock: objects that nobody may remove or replace before a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gitregistry.storage.remote_artifacts import understood
from gitregistry.storage.s3_requests import S3Requests, status_of
from gitregistry.storage.stores import no_lock

# What stores without the feature, and buckets made without it, answer when they are asked about it.
_WITHOUT = (400, 404, 405, 501)


class S3Lock:
    """Retention of one bucket's objects.

    The mode is that of the bucket's own rule, else GOVERNANCE: COMPLIANCE cannot be undone by anybody.
    """

    def __init__(self, uri: str, requests: S3Requests) -> None:
        self._uri = uri
        self._requests = requests
        self._mode = "GOVERNANCE"

    def require(self) -> None:
        """See that the bucket locks.

        Raises:
            Refused: it does not.
        """
        with understood(self._uri):
            rules = self._rules()
        if rules.get("ObjectLockEnabled") != "Enabled":
            raise no_lock(self._uri)
        self._mode = rules.get("Rule", {}).get("DefaultRetention", {}).get("Mode", self._mode)

    def lock(self, key: str, until: datetime) -> None:
        """Hold an object until then; one that is held as long already is left as it is."""
        with understood(self._uri, "locked"):
            held = self._requests.ask("head_object", Key=key)
            held_until = held.get("ObjectLockRetainUntilDate")
            if held_until is not None and held_until >= until:
                return
            retention = {"Mode": held.get("ObjectLockMode", self._mode), "RetainUntilDate": until}
            self._requests.ask("put_object_retention", Key=key, Retention=retention)

    def _rules(self) -> dict[str, Any]:
        """What the bucket says of locking; nothing where it knows none."""
        try:
            answer = self._requests.ask("get_object_lock_configuration")
        except Exception as error:
            if status_of(error) in _WITHOUT and not isinstance(error, PermissionError):
                return {}
            raise
        rules: dict[str, Any] = answer.get("ObjectLockConfiguration", {})
        return rules
