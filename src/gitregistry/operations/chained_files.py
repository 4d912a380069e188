"""Trust, policy and models' pages: files that several may sign, and whose versions form a chain.

Their bytes are kept as written, comments and all. What the registry fills in (version, previous, who,
when) it puts into the text; a signature covers the result.
"""

from __future__ import annotations

import re

from gitregistry.errors import BadInput
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal
from gitregistry.operations.require import unusable
from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.kinds import KINDS
from gitregistry.records.model import Model
from gitregistry.records.shapes import read_record
from gitregistry.records.trust import Trust
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.recovery import RECOVERY, begins_anew
from gitregistry.signing.signers import Signer
from gitregistry.signing.sshsig import SignatureFault, read_signatures, verify

_KINDS = ("trust", "policy", "model")
_MEANT = frozenset({RECOVERY})


def chained_kind(path: str) -> str:
    """Which kind of record lies at a path of one that several may sign."""
    location = paths.locate(path)
    if location is None or location.kind not in _KINDS:
        raise ValueError(f"nothing that several sign lies at {path}")
    return location.kind


def in_force(path: str, present: Present) -> Opened[Record] | None:
    """The version that the next one follows; None for a model's first page."""
    if path == paths.TRUST:
        return present.law.trust.opened
    if path == paths.POLICY:
        return present.law.policy
    try:
        return present.snapshot.open(Model, "model", path)
    except Broken as broken:
        raise unusable(broken, path) from None


def renewed(data: bytes, path: str, present: Present) -> bytes:
    """The text as the next version: its chain fields filled in, everything else as it stands."""
    opened = in_force(path, present)
    fields = {"registry_id": f'"{present.registry_id}"', "version": "1"}
    if opened is not None:
        fields |= {"version": str(_version(opened.record) + 1), "previous": f'"{opened.digest}"'}
    fields |= {"created_at": f'"{present.now}"', "created_by": f'"{present.principal}"'}
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
    kind = chained_kind(path)
    if signatures is not None:
        try:
            for signature in read_signatures(signatures):
                verify(signature, data, namespace_of(kind))
        except SignatureFault:
            signatures = None
    opened = in_force(path, present)
    if opened is not None and digest_of(data) == opened.digest:
        raise BadInput(
            f"this is the {kind} in force, unchanged: there is nothing to sign",
            path=path,
            hint="edit it first (registry policy check says what an edited policy would change); or, if this "
            f"branch only carries a proposal, name the registry's own: registry sign {path} --branch main",
        )
    if signatures is None:
        data, signatures = renewed(data, path, present), None
    read_record(KINDS[kind], data, path)
    return data, signatures


def has_signed(signatures: bytes | None, signer: Signer) -> bool:
    """Whether the signer's key is among those that signed already."""
    given = read_signatures(signatures) if signatures is not None else []
    return any(signature.public_key.blob() == signer.public_key.blob() for signature in given)


def chained_proposal(path: str, data: bytes, signatures: bytes | None, signer: Signer) -> Proposal:
    """The step that puts the next version of trust or policy in force, with the signer's signature added."""
    kind = chained_kind(path)
    if not has_signed(signatures, signer):
        signatures = (signatures or b"") + signer.sign(data, namespace_of(kind))
    files = {path: data, path + paths.SIGNATURE: signatures or b""}
    record = read_record(KINDS[kind], data, path)
    trailers = [("Registry-Action", kind), (f"Registry-{kind.capitalize()}-Version", str(_version(record)))]
    if isinstance(record, Trust) and begins_anew(record):
        trailers.append(("Registry-Pin", digest_of(data)))
        return Proposal("Begin trust anew", files=files, trailers=tuple(trailers), knowingly=_MEANT)
    if isinstance(record, Model):
        trailers.insert(1, ("Registry-Model", record.model_name))
        subject = f"Page of {record.model_name}, version {record.version}"
        return Proposal(subject, files=files, trailers=tuple(trailers))
    return Proposal(f"{kind.capitalize()} version {_version(record)}", files=files, trailers=tuple(trailers))


def _version(record: Record) -> int:
    number = getattr(record, "version", None)
    if not isinstance(number, int):
        raise TypeError(f"a {record.kind} has no version")
    return number
