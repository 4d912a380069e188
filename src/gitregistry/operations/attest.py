"""Attest: add signed evidence that a check was made of a release, with what it measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from gitregistry.errors import BadInput, NotFound, Refused
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import names, paths
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import (
    Asked,
    Evidence,
    Measurement,
    Report,
    Result,
    Run,
    Tool,
    Window,
)
from gitregistry.records.policy import Check, Policy
from gitregistry.registry.opening import Opened


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found, as it is given to ``attest``.

    ``environment`` of None means the one that the policy asks for; so do units that are not given. ``result``
    of None means that the bounds of the policy's check decide: then it must have some. ``only_newer`` refuses
    what was measured before other evidence that is on file and would be replaced by it.
    """

    check: str
    result: Result | None
    measurements: tuple[Measurement, ...] = ()
    environment: str | None = None
    observed: Window | None = None
    query: Asked | None = None
    report: Report | None = None
    valid_until: str | None = None
    tool: Tool | None = None
    run: Run | None = None
    note: str | None = None
    only_newer: bool = False


def attestation(name: ReleaseName, *findings: CheckResult) -> Proposer:
    """Propose evidence in one step; each piece supersedes what was filed under its check before."""

    def propose(present: Present) -> Proposal:
        made = [_evidence(present, name, finding) for finding in findings]
        folder = paths.evidence_folder(name.model, name.version)
        records = {f"{folder}/{one.check}-{digest_of(encode(one))[7:19]}.yaml": one for one in made}
        places = {one.environment for one in made}
        environment = places.pop() if len(places) == 1 else None
        trailers = release_trailers("attest", str(name), environment)
        return Proposal(f"Attest {_said(made)} for {name}", records, trailers=trailers)

    return propose


def _said(made: Sequence[Evidence]) -> str:
    """``latency passed``, or of several how many came to what."""
    if len(made) == 1:
        return f"{made[0].check} {made[0].result}"
    results = [one.result for one in made]
    counts = ", ".join(f"{results.count(result)} {result}" for result in dict.fromkeys(results))
    return f"{len(made)} checks ({counts})"


def _evidence(present: Present, name: ReleaseName, finding: CheckResult) -> Evidence:
    release = require_release(present.snapshot, name.model, name.version)
    check = known_check(present.law.policy.record, finding.check)
    if finding.environment is not None:
        present.environment(finding.environment)
    folder = paths.evidence_folder(name.model, name.version)
    earlier = [
        found
        for found in present.snapshot.open_folder(Evidence, "evidence", folder)
        if isinstance(found, Opened) and found.record.check == finding.check
    ]
    if finding.only_newer and finding.observed is not None:
        _require_newer(finding.observed, earlier, str(name))
    return Evidence(
        registry_id=present.registry_id,
        created_at=present.now,
        created_by=present.principal,
        model_name=name.model,
        version=name.version,
        release_digest=release.digest,
        check=finding.check,
        result=finding.result or _measured(finding, check),
        measurements=_with_units(finding.measurements, check),
        environment=finding.environment or check.environment,
        observed=finding.observed,
        query=finding.query,
        report=finding.report,
        valid_until=finding.valid_until,
        tool=finding.tool,
        run=finding.run,
        note=finding.note,
        supersedes=tuple(found.digest for found in earlier),
    )


def _require_newer(observed: Window, earlier: Sequence[Opened[Evidence]], release: str) -> None:
    """Raise Refused for what was measured before evidence on file that it would replace.

    A report that was left over from another run would put a good one out, or a failure.
    """
    replaced = {digest for found in earlier for digest in found.record.supersedes}
    standing = [found for found in earlier if found.digest not in replaced]
    newest = max(standing, key=lambda found: _measured_at(found.record), default=None)
    if newest is None or _measured_at(newest.record) <= observed.end:
        return
    record = newest.record
    raise Refused(
        f"it was measured until {observed.end}, and evidence of {_measured_at(record)} is on file: "
        f"{record.check} of {release} {record.result}, by {record.created_by}",
        path=newest.path,
        hint="give the newest report; or add --even-if-older, and it takes the place of that evidence",
    )


def _measured_at(record: Evidence) -> str:
    return record.observed.end if record.observed is not None else record.created_at


def _measured(finding: CheckResult, check: Check) -> Result:
    """*Passed* for what was only measured, where bounds decide whether it did.

    Raises:
        BadInput: there are no bounds, or what they are on was not measured.
    """
    measured = finding.report.uri if finding.report is not None else "the report"
    if check.type == "evidence":
        raise BadInput(
            f"{measured} says what was measured, not whether {finding.check} passed, "
            "and the policy has no bounds for it",
            hint="name its result in the mapping (docs/evidence.md), or file it by hand: --passed, --failed",
        )
    given = [item.name for item in finding.measurements]
    if check.measurement is not None and check.measurement not in given:
        shown = ", ".join(names.shown(name)[1:-1] for name in given[:8]) or "nothing"
        raise BadInput(
            f"{measured} does not give {check.measurement}, which {finding.check} has a bound on; "
            f"it gives {shown}",
            hint=f"name it {check.measurement} in a mapping: docs/evidence.md",
        )
    return "passed"


def parse_metrics(given: Sequence[str]) -> tuple[Measurement, ...]:
    """``NAME=VALUE``, ``NAME[SLICE]=VALUE``, either with ``:UNIT`` behind, exactly as written.

    Raises:
        BadInput: it is none of these, or the value is no finite number.
    """
    return tuple(_parse_metric(text) for text in given)


def _parse_metric(text: str) -> Measurement:
    found = re.fullmatch(r"([^\[\]=]+)(?:\[([^\[\]]+)\])?=([^:]*)(?::(.+))?", text)
    name, given, value, unit = found.groups() if found is not None else ("", None, "NaN", None)
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadInput(
            f"{names.shown(text)} is not a measurement",
            hint="--metric latency_p95_ms=43, =43:ms with a unit, or 'auc[age_band=18-25]=0.91' of a slice",
        )
    return Measurement(name=name, value=number, unit=unit, slice=given)


def known_check(policy: Policy, name: str) -> Check:
    """The check of this name that evidence is filed for.

    Raises:
        NotFound: the policy defines none.
        BadInput: it is an approval.
    """
    check = policy.checks.get(name)
    if check is None:
        known = [key for key, value in policy.checks.items() if value.type in ("evidence", "measurement")]
        raise NotFound(
            f"the policy knows no check {name!r}; it knows {', '.join(known)}", hint="registry policy show"
        )
    if check.type == "approval":
        raise BadInput(
            f"{name} is an approval, not a check",
            hint=f"registry approve MODEL:VERSION --to ENVIRONMENT --role {check.role}",
        )
    if check.type == "expression":
        raise BadInput(
            f"{name} is an expression over evidence for {', '.join(check.over)}, and has none of its own",
            hint=f"registry attest MODEL:VERSION {check.over[0]} --passed",
        )
    return check


def _with_units(measurements: tuple[Measurement, ...], check: Check) -> tuple[Measurement, ...]:
    return tuple(
        replace(item, unit=check.unit) if item.unit is None and item.name == check.measurement else item
        for item in measurements
    )
