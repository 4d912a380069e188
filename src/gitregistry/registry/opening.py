"""Opening a record: size, then signature over the exact bytes, then strict parse of them, then schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from gitregistry.errors import BadInput
from gitregistry.records import alike
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.paths import SIGNATURE
from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.signing.keys import PublicKey
from gitregistry.signing.sshsig import Check, SignatureFault, check_of, read_signatures, require

RecordType = TypeVar("RecordType", bound=Record)
RecordType_co = TypeVar("RecordType_co", bound=Record, covariant=True)


class Broken(Exception):
    """A record that cannot be used: the finding's code, what is wrong, and what to do.

    ``code`` is one of the rules of ``rules/catalogue.py``; ``keys`` signed the bytes, where they are signed
    well and mean nothing.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        line: int | None = None,
        keys: tuple[PublicKey, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.line = line
        self.keys = keys


class Opened(NamedTuple, Generic[RecordType_co]):
    """A record whose bytes were signed by ``keys``. Whether those keys may sign it is for trust to say."""

    path: str
    record: RecordType_co
    digest: str
    keys: tuple[PublicKey, ...]


def open_signed(
    record: type[RecordType],
    kind: str,
    path: str,
    data: bytes | None,
    signatures: bytes | None,
    require: Callable[[Check], None] = require,
) -> Opened[RecordType]:
    """Check and read one record.

    Args:
        record: the class that lies at such a path; ``kind`` is its name.
        path: only for messages; what it claims is compared with the record by the judge.
        data: the exact bytes in Git; None when they are over the size limit.
        signatures: the bytes of the ``.sig`` beside it; None when there is none.
        require: raises SignatureFault unless Ed25519 says yes.

    Raises:
        Broken: ``parse``, ``signature``, ``signature-format`` or ``namespace``.
    """
    if data is None:
        raise Broken("parse", f"the record is longer than {MAX_BYTES} bytes")
    if signatures is None:
        raise Broken("signature", f"the record has no signature: {path}{SIGNATURE} is missing")
    keys = []
    try:
        for signature in read_signatures(signatures):
            require(check_of(signature, data, namespace_of(kind)))
            keys.append(signature.public_key)
        read = alike.read(record, data, path)
    except SignatureFault as fault:
        raise Broken(fault.code, fault.message) from None
    except BadInput as error:
        field = f"{error.field}: " if error.field else ""
        raise Broken("parse", f"{field}{error.message}", line=error.line, keys=tuple(keys)) from None
    return Opened(path, read, digest_of(data), tuple(keys))
