"""Which approvals meet a requirement: persons in a role who saw what decides, and not their own work."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.policy import Check
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Doubt, Shelf


def approval_requirement(
    name: str, check: Check, shelf: Shelf, decisive: Sequence[Support], promoter: str
) -> Requirement:
    """Evaluate a check of the type ``approval``.

    Args:
        decisive: the evidence that meets the transition's other requirements; an approval that was given
            without having seen all of it is stale.
        promoter: who promotes; with four eyes, not one who approves.
    """
    role = check.role or ""
    model, version = shelf.release.record.model_name, shelf.release.record.version
    unreadable = shelf.unreadable(f"{paths.approvals_folder(model, version)}/{shelf.environment}-")
    if unreadable is not None:
        return Requirement(
            name,
            False,
            reason=unreadable.words,
            hint="registry verify names the step",
            rule=unreadable.rule,
            said_no=True,  # for all that anybody can tell
        )
    given = [
        found
        for found in shelf.approvals
        if found.record.role == role and found.record.environment == shelf.environment
    ]
    # A rejection stands whatever became of the key since; an approval counts by a key that counts now.
    standing = _standing([found for found in given if _is_made_in_role(found, shelf)])
    rejected = next((found for found in standing if found.record.decision == "reject"), None)
    if rejected is not None:
        who = rejected.record.created_by
        note = f": {rejected.record.note}" if rejected.record.note else ""
        unmet = _unmet(name, shelf, role, Doubt("approval-state", f"{who} rejected it{note}"), who)
        return unmet._replace(said_no=True)
    signed = {found.digest: _doubt_signature(found, shelf) for found in given}
    decisions = [found for found in standing if signed[found.digest] is None]
    counted: dict[str, Opened[Approval]] = {}
    doubts = [doubt for doubt in signed.values() if doubt is not None]
    for found in decisions:
        doubt = _doubt_withdrawn(found, decisions) or _doubt(found, shelf, decisive, promoter)
        if doubt is None:
            counted.setdefault(found.record.created_by, found)
        else:
            doubts.append(doubt)
    if len(counted) >= check.count:
        return Requirement(name, True, tuple(_support(found) for found in counted.values()))
    return _too_few(name, check, shelf, doubts, sorted(counted))


def _too_few(name: str, check: Check, shelf: Shelf, doubts: list[Doubt], counted: list[str]) -> Requirement:
    have = f"{len(counted)} of {check.count} approvals"
    if counted:
        have += f" (by {', '.join(counted)})"
    if not doubts:
        words = have if check.count > 1 else f"no approval by a {check.role}"
        return _unmet(name, shelf, check.role or "", Doubt("requirement", words))
    words = "; ".join(dict.fromkeys(doubt.words for doubt in doubts))
    prefix = f"{have}; " if check.count > 1 else ""
    return _unmet(name, shelf, check.role or "", Doubt(doubts[-1].rule, f"{prefix}does not count: {words}"))


def _is_made_in_role(found: Opened[Approval], shelf: Shelf) -> bool:
    record = found.record
    if shelf.doubt_subject(record) is not None:
        return False
    try:
        shelf.law.trust.require_maker(found, [record.role], record.model_name, record.environment)
    except Broken:  # said again where it is asked whether it counts
        return False
    return True


def _unmet(name: str, shelf: Shelf, role: str, doubt: Doubt, only: str | None = None) -> Requirement:
    holders = shelf.law.trust.holders(role, shelf.release.record.model_name, shelf.environment)
    own = shelf.release.record.created_by if _may_not_approve_own(shelf) else None
    persons = [holder.id for holder in holders if holder.kind == "person" and holder.id != own]
    if only is not None:
        persons = [only]
    hint = f"registry approve {shelf.reference} --to {shelf.environment} --role {role}"
    if persons:
        hint += f"   (as {' or '.join(persons)})"
    else:
        nobody = "nobody else" if holders else "nobody"
        hint = f"registry trust grant ID {role}   ({nobody} holds {role} here)"
    return Requirement(name, False, reason=doubt.words, hint=hint, rule=doubt.rule)


def _may_not_approve_own(shelf: Shelf) -> bool:
    return shelf.law.trust.four_eyes and "release_author" in shelf.law.policy.record.separation_of_duties


def _standing(given: list[Opened[Approval]]) -> list[Opened[Approval]]:
    """The decisions that their own person has not replaced."""
    replaced = {(found.record.created_by, digest) for found in given for digest in found.record.supersedes}
    return [found for found in given if (found.record.created_by, found.digest) not in replaced]


def _doubt_signature(found: Opened[Approval], shelf: Shelf) -> Doubt | None:
    """Whether somebody who may decide decided this, about this release."""
    record = found.record
    subject = shelf.doubt_subject(record)
    if subject is not None:
        return Doubt("approval-subject", f"the approval by {record.created_by}: {subject.words}")
    try:
        signer = shelf.law.trust.authorise(
            found, [record.role], shelf.time, record.model_name, record.environment
        )
    except Broken as broken:
        return Doubt(broken.code, f"the approval by {record.created_by}: {broken.message}")
    if signer.kind != "person":
        return Doubt("principal-kind", f"{signer.id} is a {signer.kind}; only a person can approve")
    return None


def _doubt_withdrawn(found: Opened[Approval], standing: list[Opened[Approval]]) -> Doubt | None:
    """A withdrawal takes back all that its person said, seen or not; only a later decision replaces it."""
    who = found.record.created_by
    if any(other.record.created_by == who and other.record.decision == "withdraw" for other in standing):
        return Doubt("approval-state", f"{who} withdrew it")
    return None


def _doubt(found: Opened[Approval], shelf: Shelf, decisive: Sequence[Support], promoter: str) -> Doubt | None:
    """Whether a standing decision counts as an approval now."""
    record = found.record
    who = record.created_by
    if record.expires_at is not None and record.expires_at < shelf.time:
        return Doubt("approval-state", f"the approval by {who} expired at {record.expires_at}")
    if record.policy.digest != shelf.law.policy.digest:
        return Doubt(
            "approval-stale",
            f"{who} approved under policy version {record.policy.version}, "
            f"version {shelf.law.policy.record.version} is in force",
        )
    unseen = [support.path for support in decisive if support.digest not in record.reviewed]
    if unseen:
        return Doubt("approval-stale", f"{who} approved before seeing {', '.join(unseen)}")
    return _doubt_separation(who, shelf, decisive, promoter)


def _doubt_separation(who: str, shelf: Shelf, decisive: Sequence[Support], promoter: str) -> Doubt | None:
    """Nobody approves their own work, unless trust names one person alone."""
    if not shelf.law.trust.four_eyes:
        return None
    separate = shelf.law.policy.record.separation_of_duties
    if "release_author" in separate and who == shelf.release.record.created_by:
        return Doubt("separation", f"{who} registered the release")
    if "evidence_signer" in separate and any(support.signer == who for support in decisive):
        return Doubt("separation", f"{who} signed evidence that decides")
    if "promoter" in separate and who == promoter:
        return Doubt("separation", f"{who} is the one promoting")
    return None


def _support(found: Opened[Approval]) -> Support:
    record = found.record
    return Support(
        found.path, found.digest, record.created_by, record.created_at, measured=f"approved as {record.role}"
    )
