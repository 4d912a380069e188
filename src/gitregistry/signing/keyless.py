"""Keyless bundles: who signed one is said by Sigstore's certificate, and when, by an entry in a log.

An authority (Fulcio) gave a certificate of some minutes to whom an OpenID Connect issuer vouched for, and a
log (Rekor) took the signature up meanwhile. The package ``sigstore`` checks it, an optional dependency that
only this module imports, from the bundle and the root alone: no connection is opened, and no file of the
user's is believed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.hazmat import asn1
from sigstore.errors import CertValidationError, Error, MetadataError, VerificationError
from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import ClientTrustConfig
from sigstore.verify import Verifier
from sigstore.verify.policy import AllOf, Identity, OIDCIssuer, OIDCIssuerV2

from gitregistry.errors import BadInput
from gitregistry.records.digests import digest_of
from gitregistry.records.policy import SigningIdentity
from gitregistry.signing.model_signing import AGAIN, PAYLOAD, Bundle, NotTheirs, Signer

# Where the package keeps the root of the public instance, as of its own release. What it keeps in the user's
# cache may be newer, and is whatever was written there.
_PUBLIC: Final = ("sigstore._store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")
_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_NO_SERVICES: Final = {"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"}
_LONGEST: Final = 160
# Who vouched, in a certificate's own extensions: in DER, and bare in older ones.
_ISSUER: Final = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_OLDER_ISSUER: Final = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")


class _Root(NamedTuple):
    """Whose certificates and log entries are believed, and where that is said."""

    verifier: Verifier
    words: str


def keyless_signer(bundle: Bundle, named: Sequence[SigningIdentity], root: str | None, name: str) -> Signer:
    """Who signed a keyless bundle.

    Args:
        named: who may have signed.
        root: a ``trusted_root.json`` of Sigstore's form; None for that of the public instance.

    Raises:
        NotTheirs: it is none of them, or what is to show it does not hold.
        BadInput: the root cannot be used, or the bundle cannot be read.
    """
    # It warns of what it does not use; what it finds is raised.
    logging.getLogger("sigstore").setLevel(logging.CRITICAL)
    trusted = _public_root() if root is None else _root_of(root.encode(), "that the policy holds")
    try:
        return _signer(bundle, named, trusted)
    except NotTheirs:
        raise
    except CertValidationError as fault:
        why = "its certificate is not of the root's authority, or was not valid when the log took it up"
        raise NotTheirs(f"{why}: {_words(fault)}") from None
    except VerificationError as fault:
        raise NotTheirs(f"Sigstore's checks do not hold: {_words(fault)}") from None
    except MetadataError as fault:
        raise _no_root(fault) from None
    except Exception as fault:  # noqa: BLE001 - it reads hostile bytes, and promises nothing of what it raises
        raise BadInput(f"cannot be read as Sigstore's: {_words(fault)}", path=name, hint=AGAIN) from None


def _signer(bundle: Bundle, named: Sequence[SigningIdentity], root: _Root) -> Signer:
    held = SigstoreBundle.from_json(bundle.document)
    certificate = held.signing_certificate
    signer = _named(certificate, named)
    if root.verifier.verify_dsse(held, _policy_of(signer, certificate)) != (PAYLOAD, bundle.payload):
        raise NotTheirs("what is signed is not what it holds")
    words = f"{signer.identity}, whom {signer.issuer} vouched for"
    return Signer(words, (_entry_words(held), f"checked by sigstore {version('sigstore')} {root.words}"))


def _policy_of(one: SigningIdentity, certificate: x509.Certificate) -> AllOf:
    """The identity and its issuer; the older form of that counts only where the newer one is absent."""
    issuer = OIDCIssuer if _extension(certificate, _ISSUER) is None else OIDCIssuerV2
    return AllOf([issuer(one.issuer), Identity(identity=one.identity)])


def _named(certificate: x509.Certificate, named: Sequence[SigningIdentity]) -> SigningIdentity:
    """Whom a certificate is for; that is not to be believed before all is checked."""
    names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    if len(names) != 1:
        raise NotTheirs(f"its certificate is for {len(names)} names, and Sigstore certifies exactly one")
    for one in named:
        try:
            _policy_of(one, certificate).verify(certificate)
        except VerificationError:
            continue
        return one
    raise NotTheirs(f"its certificate is for {_claims(certificate, names[0])}, whom the policy does not name")


def _claims(certificate: x509.Certificate, name: x509.GeneralName) -> str:
    if isinstance(name, x509.RFC822Name | x509.UniformResourceIdentifier):
        return f"{name.value}, vouched for by {_issuer(certificate)}"
    return "somebody of another kind"


def _issuer(certificate: x509.Certificate) -> str:
    newer, older = (_extension(certificate, form) for form in (_ISSUER, _OLDER_ISSUER))
    if newer is not None:
        return asn1.decode_der(str, newer)
    return "an issuer that it does not name" if older is None else older.decode()


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> bytes | None:
    """The bytes of an extension of Sigstore's own; None where there is none."""
    for extension in certificate.extensions:
        if extension.oid == oid and isinstance(extension.value, x509.UnrecognizedExtension):
            return extension.value.value
    return None


def _entry_words(bundle: SigstoreBundle) -> str:
    """Which entry of which log it is, and when it was made, as far as a signature covers that."""
    (entry,) = json.loads(bundle.to_json())["verificationMaterial"]["tlogEntries"]
    proof: dict[str, Any] = entry["inclusionProof"]
    log, size, _ = proof["checkpoint"]["envelope"].split("\n", 2)
    if size != proof["treeSize"]:  # the one is signed, and the other says which place was proven
        raise NotTheirs("its place in the log is proven for another size than the log signed")
    seconds = int(entry.get("integratedTime", 0))
    if entry.get("inclusionPromise") and seconds:
        made = datetime.fromtimestamp(seconds, UTC)
        return f"entry {entry['logIndex']} of the log {log}, made at {_text(made)}"
    # Without a promise the entry's own number and time are nobody's word; the proof's place is the log's.
    certificate = bundle.signing_certificate
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return f"entry {proof['logIndex']} of the log {log}, timestamped between {_text(begin)} and {_text(end)}"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _public_root() -> _Root:
    package, folder, file = _PUBLIC
    try:
        data = files(package).joinpath(folder, file).read_bytes()
    except (ImportError, OSError):
        raise BadInput(
            f"sigstore {version('sigstore')} brings no root of the public instance",
            field="model_signing_root",
            hint="give the check a model_signing_root in the policy: the text of a trusted_root.json",
        ) from None
    return _root_of(data, "that it brings, of the public instance")


def _root_of(data: bytes, whose: str) -> _Root:
    try:
        config = {"mediaType": _CONFIG, "trustedRoot": json.loads(data), "signingConfig": _NO_SERVICES}
        verifier = Verifier(trusted_root=ClientTrustConfig.from_json(json.dumps(config)).trusted_root)
    except (Error, ValueError) as fault:
        raise _no_root(fault) from None
    return _Root(verifier, f"with the root {digest_of(data)} {whose}")


def _no_root(fault: Exception) -> BadInput:
    return BadInput(
        f"cannot be used as a root of Sigstore's: {_words(fault)}",
        field="model_signing_root",
        hint="give it the text of the instance's trusted_root.json",
    )


def _words(fault: Exception) -> str:
    """What the package says of a fault, on one line that does not go on for ever."""
    words = " ".join(" ".join(str(part) for part in fault.args or (fault,)).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
