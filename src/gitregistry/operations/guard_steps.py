"""What a guard writes: evidence of what it saw, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.errors import RegistryError
from gitregistry.operations.attest import CheckResult, attestation
from gitregistry.operations.attest_measured import observed
from gitregistry.operations.guard_look import Guarded, still_there
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.rollback import rollback
from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Evidence, Result, Tool
from gitregistry.registry.opening import Opened
from gitregistry.rules.fallbacks import last_good
from gitregistry.rules.guard import Seen, Watch

_RESULTS: dict[str, Result] = {"ok": "passed", "breach": "failed", "no data": "error"}
_TOOL = "registry guard"


class NoWayBack(RegistryError):
    """No earlier release was good there."""

    exit_code = 1

    def __init__(self, guarded: Guarded) -> None:
        super().__init__(
            f"{guarded.model} has no earlier good release in {guarded.environment} to go back to",
            hint=f"registry promote {guarded.model}:VERSION --to {guarded.environment}",
        )


def way_back(guarded: Guarded, watch: Watch, *, with_evidence: bool = True) -> Proposer:
    """Propose the rollback and, in the same step, the evidence that it rests on.

    One step, so that no kill can come between them. It is made for one alias record alone: on any other it
    raises MovedOn.
    """

    def propose(present: Present) -> Proposal:
        tip = still_there(present, guarded)
        if last_good(present.law, present.snapshot, tip, tip.opened.record) is None:
            raise NoWayBack(guarded)
        records = _evidence(present, guarded, watch, watch.breach) if with_evidence else {}
        filed = {
            record.check: digest_of(encode(record))
            for record in records.values()
            if isinstance(record, Evidence)
        }
        back = rollback(guarded.model, guarded.environment, None, _reason(watch.breach, filed))(present)
        return Proposal(back.subject, {**records, **back.records}, trailers=back.trailers, body=back.body)

    return propose


def findings(guarded: Guarded, watch: Watch, seen: Sequence[Seen]) -> Proposer:
    """Propose the evidence alone. What is filed already is not filed again."""

    def propose(present: Present) -> Proposal:
        still_there(present, guarded)
        records = _evidence(present, guarded, watch, seen)
        results = ", ".join(
            f"{record.check} {record.result}" for record in records.values() if isinstance(record, Evidence)
        )
        trailers = (
            ("Registry-Action", "attest"),
            ("Registry-Release", f"{guarded.model}:{guarded.version}"),
            ("Registry-Environment", guarded.environment),
        )
        return Proposal(f"Attest {results} for {guarded.model}:{guarded.version}", records, trailers=trailers)

    return propose


def to_file(present: Present, guarded: Guarded, seen: Sequence[Seen]) -> list[Seen]:
    """What a guard measured itself and has not filed: evidence of others stands where it is."""
    folder = paths.evidence_folder(guarded.model, guarded.version)
    filed = {
        found.record.query
        for found in present.snapshot.open_folder(Evidence, "evidence", folder)
        if isinstance(found, Opened) and found.record.query is not None
    }
    return [one for one in seen if one.asked is not None and one.asked not in filed]


def _evidence(present: Present, guarded: Guarded, watch: Watch, seen: Sequence[Seen]) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for one in to_file(present, guarded, seen):
        finding = _finding(guarded, watch, one)
        records |= attestation(ReleaseName(guarded.model, guarded.version), finding)(present).records
    return records


def _finding(guarded: Guarded, watch: Watch, seen: Seen) -> CheckResult:
    rounds = f"{watch.rounds} round{'' if watch.rounds == 1 else 's'}"
    return CheckResult(
        check=seen.check,
        result=_RESULTS[seen.sight],
        measurements=seen.measurements,
        environment=guarded.environment,
        observed=observed(seen.asked) if seen.asked is not None else None,
        query=seen.asked,
        tool=Tool(name=_TOOL),
        note=f"{seen.words}\nWatched since {watch.begun}, {rounds}, {watch.watched} s between them.",
    )


def _reason(breach: Sequence[Seen], filed: dict[str, str]) -> str:
    lines = []
    for seen in breach:
        digest = filed.get(seen.check) or seen.evidence
        lines.append(f"{seen.check}: {seen.words}" + (f" (evidence {digest})" if digest else ""))
    return "registry guard: " + "\n".join(lines)
