"""Trust and policy: files that people write, several sign, and whose versions form a chain.

Their bytes are kept as written, comments and all. What the registry fills in (version, previous, who,
when) it puts into the text; a signature covers the result.
"""

from __future__ import annotations

import re

from gitregistry.errors import BadInput
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal
from gitregistry.records import paths
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.kinds import KINDS
from gitregistry.records.shapes import read_record
from gitregistry.signing.signers import Signer
from gitregistry.signing.sshsig import SignatureFault, read_signatures, verify

CHAINED = {paths.TRUST: "trust", paths.POLICY: "policy"}


def renewed(data: bytes, path: str, present: Present) -> bytes:
    """The text as the next version: its chain fields filled in, everything else as it stands."""
    opened = present.law.trust.opened if path == paths.TRUST else present.law.policy
    fields = {
        "registry_id": f'"{present.registry_id}"',
        "version": str(opened.record.version + 1),
        "previous": f'"{opened.digest}"',
        "created_at": f'"{present.now}"',
        "created_by": f'"{present.principal}"',
    }
    text = data.decode("utf-8", "surrogateescape")
    for field, value in fields.items():
        text = _with_field(text, field, value)
    return text.encode("utf-8", "surrogateescape")


def _with_field(text: str, field: str, value: str) -> str:
    pattern = re.compile(rf"^{field}:.*$", re.MULTILINE)
    line = f"{field}: {value}"
    if pattern.search(text):
        return pattern.sub(lambda _match: line, text, count=1)
    return re.sub(
        r"^schema_version:.*$", lambda match: f"{match[0]}\n{line}", text, count=1, flags=re.MULTILINE
    )


def cosigned(
    data: bytes, signatures: bytes | None, path: str, present: Present
) -> tuple[bytes, bytes | None]:
    """A proposed version and the signatures that it already has.

    A text that nobody signed as it stands is made the next version first; signatures over another text
    are dropped with it.

    Raises:
        BadInput: the text is not a valid record.
    """
    kind = CHAINED[path]
    if signatures is not None:
        try:
            for signature in read_signatures(signatures):
                verify(signature, data, namespace_of(kind))
        except SignatureFault:
            signatures = None
    in_force = present.law.trust.digest if path == paths.TRUST else present.law.policy.digest
    if digest_of(data) == in_force:
        raise BadInput(
            f"this is the {kind} in force, unchanged: there is nothing to sign",
            path=path,
            hint="edit it first; registry policy check says what an edited policy would change",
        )
    if signatures is None:
        data, signatures = renewed(data, path, present), None
    read_record(KINDS[kind], data, path)
    return data, signatures


def add_signature(data: bytes, signatures: bytes | None, path: str, signer: Signer) -> bytes:
    """The signature file with the signer's own added.

    Raises:
        BadInput: that key has signed already.
    """
    if signatures is not None:
        for signature in read_signatures(signatures):
            if signature.public_key.blob() == signer.public_key.blob():
                raise BadInput(
                    "this key has signed it already", path=path, hint="another administrator must sign it"
                )
    return (signatures or b"") + signer.sign(data, namespace_of(CHAINED[path]))


def chained_proposal(path: str, data: bytes, signatures: bytes, version: int, what: str) -> Proposal:
    """The step that puts the next version of trust or policy in force."""
    kind = CHAINED[path]
    return Proposal(
        what,
        files={path: data, path + paths.SIGNATURE: signatures},
        trailers=(("Registry-Action", kind), (f"Registry-{kind.capitalize()}-Version", str(version))),
    )
