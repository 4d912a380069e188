"""What a verb wants written: records to sign, files to place, and the words of the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitregistry.operations.present import Present
from gitregistry.records.common import Record
from gitregistry.records.digests import namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.paths import SIGNATURE
from gitregistry.rules.findings import Finding
from gitregistry.signing.signers import Signer

if TYPE_CHECKING:
    from gitregistry.operations.considered import Considered  # of fleets; most steps have none


@dataclass(frozen=True, slots=True)
class Proposal:
    """One lawful step, proposed.

    Attributes:
        subject: the commit's first line.
        records: by path; encoded and signed by ``submit``.
        files: by path, exact bytes: a card, or a record with the signatures it already has.
        copies: by path, the path of a record that is kept here as well, byte for byte.
        trailers: ``Registry-…`` lines that any Git tool can read, in order.
        body: further text of the commit message; of a step that changes nothing, why it does not.
        knowingly: rules whose findings do not stop the step: whoever proposes it said that they are meant.
        considered: what was thought of when a whole fleet is to move, for the answer.
        without: makes the same step without the records that the judge has findings on, by path; None where
            the records stand and fall together.
    """

    subject: str
    records: Mapping[str, Record] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    trailers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    knowingly: frozenset[str] = frozenset()
    considered: tuple[Considered, ...] = ()
    without: Callable[[Mapping[str, Sequence[Finding]]], Proposal] | None = None

    @property
    def message(self) -> str:
        """The whole commit message."""
        trailers = "\n".join(f"{name}: {value}" for name, value in self.trailers)
        return "\n\n".join(part for part in (self.subject, self.body, trailers) if part) + "\n"


Proposer = Callable[[Present], Proposal]


def signed_files(proposal: Proposal, signer: Signer) -> dict[str, bytes]:
    """Every file of the step: records encoded, each with its signature beside it."""
    files = dict(proposal.files)
    for path, record in proposal.records.items():
        data = encode(record)
        files[path] = data
        files[path + SIGNATURE] = signer.sign(data, namespace_of(record.kind))
    for path, source in proposal.copies.items():
        files[path], files[path + SIGNATURE] = files[source], files[source + SIGNATURE]
    return files


def release_trailers(
    action: str, reference: str, environment: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The trailers that every step about a release carries."""
    trailers = [("Registry-Action", action), ("Registry-Release", reference)]
    if environment is not None:
        trailers.append(("Registry-Environment", environment))
    return tuple(trailers)
