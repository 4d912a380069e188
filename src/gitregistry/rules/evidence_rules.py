"""Rules for evidence and approvals when they are recorded. Whether they count is for ``requirements.py``."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.approval import Approval
from gitregistry.records.evidence import Evidence
from gitregistry.registry.opening import Broken
from gitregistry.registry.trust import ATTESTER
from gitregistry.rules.common import (
    check_file_name,
    check_follows,
    check_place,
    check_registry_id,
    check_time,
    subject_release,
)
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case


def check_evidence(case: Case[Evidence]) -> Iterator[Finding]:
    """Evidence comes from somebody who may attest, about a release that exists."""
    record = case.record
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_file_name(case, record.check)
    yield from check_time(case)
    release, findings = subject_release(case, record.model_name, record.version, record.release_digest)
    yield from findings
    if release is not None:
        yield from check_follows(case, release)
    check = case.law.policy.record.checks.get(record.check)
    roles = check.by if check is not None and check.type != "approval" else (ATTESTER,)
    try:
        case.law.trust.authorise(case.opened, roles, case.step.time, record.model_name, record.environment)
    except Broken as fault:
        yield case.broken(fault)


def check_approval(case: Case[Approval]) -> Iterator[Finding]:
    """An approval comes from a person who holds the role it claims, about a release that exists."""
    record = case.record
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_file_name(case, f"{record.environment}-{record.created_by}")
    yield from check_time(case)
    release, findings = subject_release(case, record.model_name, record.version, record.release_digest)
    yield from findings
    if release is not None:
        yield from check_follows(case, release)
    try:
        signer = case.law.trust.authorise(
            case.opened, [record.role], case.step.time, record.model_name, record.environment
        )
    except Broken as fault:
        yield case.broken(fault)
        return
    if signer.kind != "person":
        yield case.finding("principal-kind", f"{signer.id} is a {signer.kind}; only a person can approve")
