"""Attest: add signed evidence that a check was made of a release, with what it measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from gitregistry.errors import BadInput, NotFound
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import names, paths
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.evidence import Asked, Evidence, Measurement, Report, Result, Tool, Window
from gitregistry.records.policy import Check, Policy
from gitregistry.registry.opening import Opened


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found, as it is given to ``attest``.

    ``environment`` of None means the one that the policy asks for; so do units that are not given.
    """

    check: str
    result: Result
    measurements: tuple[Measurement, ...] = ()
    environment: str | None = None
    observed: Window | None = None
    query: Asked | None = None
    report: Report | None = None
    valid_until: str | None = None
    tool: Tool | None = None
    note: str | None = None


def attestation(name: ReleaseName, finding: CheckResult) -> Proposer:
    """Propose evidence; it supersedes what was filed under the same check before."""

    def propose(present: Present) -> Proposal:
        release = require_release(present.snapshot, name.model, name.version)
        check = require_check(present.law.policy.record, finding.check)
        if finding.environment is not None:
            present.environment(finding.environment)
        folder = paths.evidence_folder(name.model, name.version)
        earlier = [
            found.digest
            for found in present.snapshot.open_folder(Evidence, "evidence", folder)
            if isinstance(found, Opened) and found.record.check == finding.check
        ]
        evidence = Evidence(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=name.model,
            version=name.version,
            release_digest=release.digest,
            check=finding.check,
            result=finding.result,
            measurements=_with_units(finding.measurements, check),
            environment=finding.environment or check.environment,
            observed=finding.observed,
            query=finding.query,
            report=finding.report,
            valid_until=finding.valid_until,
            tool=finding.tool,
            note=finding.note,
            supersedes=tuple(earlier),
        )
        path = f"{folder}/{finding.check}-{digest_of(encode(evidence))[7:19]}.yaml"
        return Proposal(
            f"Attest {finding.check} {finding.result} for {name}",
            {path: evidence},
            trailers=release_trailers("attest", str(name), evidence.environment),
        )

    return propose


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


def require_check(policy: Policy, name: str) -> Check:
    """The check of this name that evidence can be filed under, or an error that says which there are."""
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
