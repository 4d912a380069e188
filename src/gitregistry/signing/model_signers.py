"""Who signed an OpenSSF model-signing bundle: a key, a certificate or an identity that a policy names."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from gitregistry.errors import BadInput
from gitregistry.records.policy import Check, SigningIdentity
from gitregistry.signing.model_certificates import DIGESTS, UNREADABLE, certified, usable_key
from gitregistry.signing.model_signing import Bundle, NotTheirs, Signer


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
    # Of odd certificates the parser warns as well, with lines of this source; what is wrong is raised.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return _signer(bundle, named, moment, name)


def _signer(bundle: Bundle, named: Named, moment: datetime, name: str) -> Signer:
    if bundle.keyless:
        return _keyless(bundle, named, name)
    keys, certificates = _read(named.keys)
    if bundle.certificates:
        holder = certified(bundle.certificates, certificates, moment)
        if not _signed(holder.key, bundle):
            raise NotTheirs("the signature is not over what it holds")
        return Signer(f"certificate of {holder.subject}")
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
        except UNREADABLE:
            raise BadInput(
                "is neither a public key nor a certificate in PEM",
                field=f"model_signing_keys.{place}",
                hint="openssl ec -in KEY -pubout   prints a key's public half",
            ) from None
        keys.append(usable_key(key, f"model_signing_keys.{place}"))
    return keys, certificates


def _signed(key: ec.EllipticCurvePublicKey, bundle: Bundle) -> bool:
    try:
        key.verify(bundle.signature, bundle.signed, ec.ECDSA(DIGESTS[key.curve.key_size]))
    except InvalidSignature:
        return False
    return True


def _fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the key in PEM: what a bundle's ``hint`` says."""
    return hashlib.sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
