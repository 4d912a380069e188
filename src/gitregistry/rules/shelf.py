"""All that was filed for a release, opened once, and the words for why one record does not count."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.evidence import Evidence
from gitregistry.records.release import Release
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.said import may_have_spoken, way_out
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.step import Law


class Doubt(NamedTuple):
    """Why one record does not count: the finding's code, the words, and what mends it where that is known."""

    rule: str
    words: str
    hint: str | None = None


class Shelf(NamedTuple):
    """All that was ever filed for a release, opened once; a record that cannot be used as path and fault.

    Of these only what somebody in trust signed, now or once: whatever else lies there says nothing.
    ``snapshot`` and ``chain`` are for what a check asks of the release that is live somewhere.
    ``left_at`` is when the release was last rolled back from where it is to go, or on the way there.
    An approval that names an incident is an authorisation: it meets no requirement.
    """

    law: Law
    snapshot: Snapshot
    chain: ChainReader
    release: Opened[Release]
    environment: str
    time: str
    evidence: tuple[Opened[Evidence], ...]
    approvals: tuple[Opened[Approval], ...]
    unusable: tuple[tuple[str, Broken], ...]
    authorisations: tuple[Opened[Approval], ...] = ()
    left_at: str | None = None

    @staticmethod
    def of(
        law: Law,
        snapshot: Snapshot,
        chain: ChainReader,
        release: Opened[Release],
        environment: str,
        time: str,
    ) -> Shelf:
        """What was filed for a release that is to be promoted to an environment at a moment."""
        model, version = release.record.model_name, release.record.version
        evidence: list[Opened[Evidence]] = []
        approvals: list[Opened[Approval]] = []
        authorisations: list[Opened[Approval]] = []
        unusable: list[tuple[str, Broken]] = []
        for found in snapshot.open_folder(Evidence, "evidence", paths.evidence_folder(model, version)):
            if isinstance(found, Opened):
                evidence.append(found)
            elif may_have_spoken(snapshot, law.trust, Evidence, "evidence", found):
                unusable.append(found)
        for given in snapshot.open_folder(Approval, "approval", paths.approvals_folder(model, version)):
            if not isinstance(given, Opened):
                if may_have_spoken(snapshot, law.trust, Approval, "approval", given):
                    unusable.append(given)
            elif given.record.incident is not None and given.record.decision == "approve":
                authorisations.append(given)
            else:
                approvals.append(given)
        filed = (tuple(evidence), tuple(approvals), tuple(unusable), tuple(authorisations))
        return Shelf(law, snapshot, chain, release, environment, time, *filed)

    def beside(self, release: Opened[Release]) -> Shelf:
        """The same for another release, under the same law and at the same moment."""
        return Shelf.of(self.law, self.snapshot, self.chain, release, self.environment, self.time)

    @property
    def reference(self) -> str:
        return f"{self.release.record.model_name}:{self.release.record.version}"

    def unreadable(self, prefix: str) -> Doubt | None:
        """A record filed under such a name that cannot be used: nobody can tell that it did not refuse."""
        for path, broken in self.unusable:
            if path.startswith(prefix):
                words = f"{path} cannot be used: {broken.message}"
                return Doubt(broken.code, words, way_out(self.snapshot, path))
        return None

    def doubt_subject(self, record: Evidence | Approval) -> Doubt | None:
        """Whether a record is about another release, or belongs to another registry."""
        if not self.law.trust.knows(record.registry_id):
            return Doubt("registry-id", "it belongs to another registry")
        about = (record.model_name, record.version, record.release_digest)
        here = (self.release.record.model_name, self.release.record.version, self.release.digest)
        if about != here:
            return Doubt("subject", f"it is about {record.model_name}:{record.version}, not this release")
        return None
