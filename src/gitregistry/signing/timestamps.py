"""RFC 3161 timestamps: asking an authority for one, and checking what it signed.

A timestamp shows that bytes existed before a moment, by the word of an authority that the verifier chose. The
format is read by ``rfc3161-client``, an optional dependency: most registries never meet a timestamp.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING

from cryptography import x509

from gitregistry.errors import BadInput

if TYPE_CHECKING:
    from rfc3161_client import TimeStampTokenInfo

# The largest seen are some 8 KiB: the token with its whole chain of certificates.
_LARGEST = 256 * 1024


class TimestampFault(Exception):
    """A timestamp that shows nothing; the message says why."""


def timestamp_query(message: bytes) -> bytes:
    """A request (DER) for a timestamp over the sha256 of ``message``, with the authority's certificate in it.

    Raises:
        BadInput: the extra ``timestamp`` is not installed.
    """
    library = _library()
    builder = library.TimestampRequestBuilder(data=message, hash_algorithm=library.HashAlgorithm.SHA256)
    query: bytes = builder.build().as_bytes()
    return query


def existed_before(response: bytes, message: bytes, authorities: bytes) -> datetime:
    """The moment before which ``message`` existed, in UTC.

    Args:
        response: the authority's whole answer (a ``.tsr`` file, DER).
        authorities: the certificates (PEM) of those whom the verifier believes.

    Raises:
        TimestampFault: it is over other bytes, was altered, or none of the authorities vouches for its signer
            as one who makes timestamps.
        BadInput: the authorities cannot be read, or the extra ``timestamp`` is not installed.
    """
    library = _library()
    builder = library.VerifierBuilder()
    for certificate in _certificates(authorities):
        builder = builder.add_root_certificate(certificate)
    if len(response) > _LARGEST:
        raise TimestampFault(f"it is longer than {_LARGEST} bytes")
    try:
        answer = library.decode_timestamp_response(response)
        builder.build().verify_message(answer, message)
        return _latest(answer.tst_info)
    except (ValueError, OverflowError, library.VerificationError) as fault:
        raise TimestampFault(_words(str(fault))) from None


def _words(fault: str) -> str:
    """What is wrong, without the stack that OpenSSL's own errors come wrapped in."""
    inner = re.search('Verify error: ([^"]+)', fault)
    plain = inner[1] if inner is not None else fault.partition(": ErrorStack")[0]
    return plain.strip().rstrip(".")


def _latest(info: TimeStampTokenInfo) -> datetime:
    """The end of the span that the authority's clock may have meant, in whole seconds."""
    made, accuracy, span = info.gen_time, info.accuracy, timedelta()
    if accuracy is not None:
        millis, micros = accuracy.millis or 0, accuracy.micros or 0
        span = timedelta(seconds=accuracy.seconds or 0, milliseconds=millis, microseconds=micros)
    end = (made if made.tzinfo else made.replace(tzinfo=UTC)) + span
    return end if not end.microsecond else end.replace(microsecond=0) + timedelta(seconds=1)


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        found = dict.fromkeys(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise BadInput(
            "no certificates of a timestamp authority", hint="--tsa takes a file of PEM certificates"
        ) from None
    return list(found)


def _library() -> ModuleType:
    try:
        import rfc3161_client  # noqa: PLC0415 - optional, and only checkpoints with timestamps need it
    except ImportError:
        raise BadInput(
            "timestamps are read by a package that is not installed here",
            hint="pip install 'gitregistry[timestamp]'",
        ) from None
    return rfc3161_client
