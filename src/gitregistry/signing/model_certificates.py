"""Certificates in model-signing bundles: whose key one holds, and whether one that is named vouches for it.

Whoever puts a file into an artifact chose every byte of them, and they are read before anybody vouched:
whatever ``cryptography`` raises of them is an answer, and no fault of the registry's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.signing.model_signing import NotTheirs

# The digest that goes with a curve, by the size of its keys in bits.
DIGESTS: Final = {256: SHA256(), 384: SHA384(), 521: SHA512()}
# What ``cryptography`` raises of certificates and keys that it does not understand; only the first says so.
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_FOR_CODE: Final = frozenset({ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class Holder(NamedTuple):
    """Whom a certificate is for, in words that can be printed, and the key that it certifies."""

    subject: str
    key: ec.EllipticCurvePublicKey


def certified(chain: Sequence[bytes], anchors: Sequence[x509.Certificate], moment: datetime) -> Holder:
    """The holder of a chain's first certificate, which is one of the anchors or was issued under one.

    Args:
        chain: in DER, the signer's first.
        moment: when each must have been valid.

    Raises:
        NotTheirs: it is neither, is not for signatures of this kind, or cannot be read.
    """
    try:
        signer, *others = [x509.load_der_x509_certificate(data) for data in chain]
        key = usable_key(signer.public_key(), "verificationMaterial")
        subject = shown(signer.subject.rfc4514_string())
        may_sign = _may_sign(signer)
    except (*UNREADABLE, BadInput):
        raise NotTheirs("its certificate cannot be read, or is of another kind of key") from None
    if not may_sign:
        raise NotTheirs("its certificate is not for signatures, or not for those of code")
    if signer not in anchors:
        _check_chain(signer, others, anchors, moment)
    elif not signer.not_valid_before_utc <= moment <= signer.not_valid_after_utc:
        raise NotTheirs("its certificate was not valid when the release was registered")
    return Holder(subject, key)


def usable_key(key: object, field: str) -> ec.EllipticCurvePublicKey:
    """A public key that may have signed a model; BadInput, naming the field, when it is of another kind."""
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size in DIGESTS:
        return key
    raise BadInput(
        "is no key on the curve P-256, P-384 or P-521", field=field, hint="model signing knows no others"
    )


def _check_chain(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    moment: datetime,
) -> None:
    if not anchors:
        raise NotTheirs("a certificate signed it, and the policy names none")
    anybody = ExtensionPolicy.permit_all()
    authority = (
        anybody.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_issues)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_for_code)
    )
    policy = PolicyBuilder().store(Store(list(anchors))).time(moment)
    verifier = policy.extension_policies(ca_policy=authority, ee_policy=anybody).build_client_verifier()
    try:
        verifier.verify(signer, list(others))
    except VerificationError as fault:
        raise NotTheirs(f"its certificate does not lead to one that the policy names: {fault}") from None


def _check_issues(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("an authority's key usage is not to sign certificates")


def _check_for_code(_: Policy, __: x509.Certificate, purposes: x509.ExtendedKeyUsage | None) -> None:
    if not _allows_code(purposes):
        raise ValueError("an authority's extended key usage is not to sign code")


def _allows_code(purposes: x509.ExtendedKeyUsage | None) -> bool:
    """Whether code may be signed, as far as purposes are named at all."""
    return purposes is None or not _FOR_CODE.isdisjoint(purposes)


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether its usage names digital signatures or the signing of code, and nothing forbids the latter."""
    usage = _extension(certificate, x509.KeyUsage)
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if not _allows_code(purposes):
        return False
    if usage is not None and usage.digital_signature:
        return True
    return purposes is not None and ExtendedKeyUsageOID.CODE_SIGNING in purposes


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
