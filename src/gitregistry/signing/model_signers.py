"""Who signed an OpenSSF model-signing bundle: a key, a certificate or an identity that a policy names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.policy import Check, SigningIdentity
from gitregistry.signing.model_signing import Bundle, NotTheirs, Signer

# The digest that goes with a curve, by the size of its keys in bits.
_DIGESTS: Final = {256: SHA256(), 384: SHA384(), 521: SHA512()}


class Named(NamedTuple):
    """Who may have signed.

    Attributes:
        keys: public keys, authorities' certificates and signers' certificates, each in PEM.
        identities: who signs without a key of their own.
        root: whose word counts for those, as Sigstore writes it down; None for its public instance.
    """

    keys: tuple[str, ...] = ()
    identities: tuple[SigningIdentity, ...] = ()
    root: str | None = None


def named_in(check: Check) -> Named:
    """Whom a policy's check names."""
    return Named(check.model_signing_keys, check.model_signing_identities, check.model_signing_root)


def signer_of(bundle: Bundle, named: Named, moment: datetime, name: str) -> Signer:
    """Who signed a bundle.

    Args:
        moment: when a certificate must have been valid, where the bundle bears no time that can be believed.
        name: the bundle's path, for messages.

    Raises:
        NotTheirs: the signature is none of theirs.
        BadInput: what is named cannot be read, or the bundle; or the extra ``sigstore`` is not installed.
    """
    if bundle.keyless:
        return _keyless(bundle, named, name)
    keys, certificates = _read(named.keys)
    if bundle.certificates:
        return Signer(_by_certificate(bundle, certificates, moment))
    for key in keys:
        if _signed(key, bundle):
            return Signer(f"key sha256:{_fingerprint(key)}")
    raise NotTheirs("none of the keys that the policy names signed it")


def _keyless(bundle: Bundle, named: Named, name: str) -> Signer:
    if not named.identities:
        raise NotTheirs("it was signed without a key of the signer's own, and the policy names no identities")
    try:
        # Optional, and slow to load; only bundles of this kind need it.
        from gitregistry.signing.keyless import keyless_signer  # noqa: PLC0415
    except ImportError:
        raise BadInput(
            "was signed through Sigstore, which is checked by a package that is not installed here",
            path=name,
            hint="pip install 'gitregistry[sigstore]'",
        ) from None
    return keyless_signer(bundle, named.identities, named.root, name)


def _read(named: Iterable[str]) -> tuple[list[ec.EllipticCurvePublicKey], list[x509.Certificate]]:
    keys, certificates = [], []
    for place, pem in enumerate(named):
        try:
            if "CERTIFICATE" in pem:
                certificates.append(x509.load_pem_x509_certificate(pem.encode("ascii")))
                continue
            key = load_pem_public_key(pem.encode("ascii"))
        except ValueError:
            raise BadInput(
                "is neither a public key nor a certificate in PEM",
                field=f"model_signing_keys.{place}",
                hint="openssl ec -in KEY -pubout   prints a key's public half",
            ) from None
        keys.append(_usable(key, f"model_signing_keys.{place}"))
    return keys, certificates


def _usable(key: object, field: str) -> ec.EllipticCurvePublicKey:
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size in _DIGESTS:
        return key
    raise BadInput(
        "is no key on the curve P-256, P-384 or P-521", field=field, hint="model signing knows no others"
    )


def _by_certificate(bundle: Bundle, anchors: list[x509.Certificate], moment: datetime) -> str:
    """The subject of the signer's certificate, which is one of the anchors or issued under one of them."""
    try:
        signer, *others = [x509.load_der_x509_certificate(data) for data in bundle.certificates]
        key = _usable(signer.public_key(), "verificationMaterial")
        may_sign = _may_sign(signer)
    except (ValueError, BadInput):
        raise NotTheirs("its certificate cannot be read, or is of another kind of key") from None
    if not may_sign:
        raise NotTheirs("its certificate is not for signatures")
    if signer in anchors:
        if not signer.not_valid_before_utc <= moment <= signer.not_valid_after_utc:
            raise NotTheirs("its certificate was not valid when the release was registered")
    else:
        _check_chain(signer, others, anchors, moment)
    if not _signed(key, bundle):
        raise NotTheirs("the signature is not over what it holds")
    return f"certificate of {shown(signer.subject.rfc4514_string())}"


def _check_chain(
    signer: x509.Certificate,
    others: list[x509.Certificate],
    anchors: list[x509.Certificate],
    moment: datetime,
) -> None:
    if not anchors:
        raise NotTheirs("a certificate signed it, and the policy names none")
    anybody = ExtensionPolicy.permit_all()
    authority = anybody.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    policy = PolicyBuilder().store(Store(anchors)).time(moment)
    verifier = policy.extension_policies(ca_policy=authority, ee_policy=anybody).build_client_verifier()
    try:
        verifier.verify(signer, others)
    except VerificationError as fault:
        raise NotTheirs(f"its certificate does not lead to one that the policy names: {fault}") from None


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether its usage names digital signatures or the signing of code."""
    extensions = certificate.extensions
    try:
        if extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return True
    except x509.ExtensionNotFound:
        pass  # then the other one has to name it
    try:
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CODE_SIGNING in usage


def _signed(key: ec.EllipticCurvePublicKey, bundle: Bundle) -> bool:
    try:
        key.verify(bundle.signature, bundle.signed, ec.ECDSA(_DIGESTS[key.curve.key_size]))
    except InvalidSignature:
        return False
    return True


def _fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the key in PEM: what a bundle's ``hint`` says."""
    return hashlib.sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
