"""What each person's decision is worth: it counts as an approval, or this is why it does not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.policy import Check
from gitregistry.registry.moments import duration_of, moment_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.findings import Support
from gitregistry.rules.shelf import Doubt, Shelf


class Decisive(NamedTuple):
    """Evidence that decides, and the requirement that it decides."""

    requirement: str
    support: Support


class Question(NamedTuple):
    """What approvals are counted for.

    Attributes:
        decisive: the evidence that the transition's other requirements rest on, of this release or of one
            that it is compared with; an approval that was given without having seen all of it is stale.
        promoter: who promotes; with four eyes, not one who approves.
        spared: the requirements that may go without; who can fill a slot of another one does.
    """

    shelf: Shelf
    decisive: Sequence[Decisive]
    promoter: str
    spared: Collection[str] = ()


class Said(NamedTuple):
    """A decision that its own person has not replaced.

    Attributes:
        doubt: why it does not count as an approval; None when it does.
        rejects: it is a no that outweighs every approval in its role.
    """

    opened: Opened[Approval]
    doubt: Doubt | None
    rejects: bool = False

    @property
    def who(self) -> str:
        return self.opened.record.created_by


def said_in_role(check: Check, question: Question) -> list[Said]:
    """What stands in the role of a check for this environment, by person and time."""
    shelf = question.shelf
    given = [
        found
        for found in shelf.approvals
        if found.record.role == check.role and found.record.environment == shelf.environment
    ]
    if not given:
        return []
    given.sort(key=lambda found: (found.record.created_by, found.record.created_at, found.digest))
    made = {found.digest: found.record for found in given if _is_made_in_role(found, shelf)}
    replaced = {(record.created_by, digest) for record in made.values() for digest in record.supersedes}
    standing = [found for found in given if (found.record.created_by, found.digest) not in replaced]
    # A no stands whatever became of the key since; an approval counts by a key that counts now.
    meant = [found for found in standing if found.digest in made]
    back = {found.record.created_by for found in meant if found.record.decision == "withdraw"}
    said = []
    for found in standing:
        rejects = found.record.decision == "reject" and found.digest in made
        doubt = _rejection(found) if rejects else _doubt(found, check, question, back)
        said.append(Said(found, doubt, rejects))
    return said


def _doubt(found: Opened[Approval], check: Check, question: Question, back: set[str]) -> Doubt | None:
    who = found.record.created_by
    signature = _doubt_signature(found, question.shelf)
    if signature is not None:
        return signature
    if who in back:  # all that they said, seen or not; only a later decision replaces a withdrawal
        return Doubt("approval-state", f"{who} withdrew it")
    return (
        _doubt_age(found, check, question.shelf)
        or _doubt_seen(found, question)
        or doubt_separation(who, question)
    )


def doubt_separation(who: str, question: Question) -> Doubt | None:
    """Nobody approves their own work, unless trust names one person alone."""
    law = question.shelf.law
    if not law.trust.four_eyes:
        return None
    separate = law.policy.record.separation_of_duties
    if "release_author" in separate and who == question.shelf.release.record.created_by:
        return Doubt("separation", f"{who} registered the release")
    if "evidence_signer" in separate:
        signed = next((item for item in question.decisive if item.support.signer == who), None)
        if signed is not None:
            return Doubt("separation", f"{who} signed evidence that decides ({signed.requirement})")
    if "promoter" in separate and who == question.promoter:
        return Doubt("separation", f"{who} is the one promoting")
    return None


def _is_made_in_role(found: Opened[Approval], shelf: Shelf) -> bool:
    record = found.record
    if shelf.doubt_subject(record) is not None:
        return False
    try:
        shelf.law.trust.require_maker(found, [record.role], record.model_name, record.environment, lost=True)
    except Broken:  # said again where it is asked whether it counts
        return False
    return True


def _rejection(found: Opened[Approval]) -> Doubt:
    note = f": {found.record.note}" if found.record.note else ""
    return Doubt("approval-state", f"{found.record.created_by} rejected it{note}")


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


def _doubt_age(found: Opened[Approval], check: Check, shelf: Shelf) -> Doubt | None:
    record = found.record
    who = record.created_by
    if record.expires_at is not None and record.expires_at < shelf.time:
        return Doubt("approval-state", f"the approval by {who} expired at {record.expires_at}")
    if check.max_age is not None:
        age = moment_of(shelf.time) - moment_of(record.created_at)
        if age > duration_of(check.max_age):
            words = f"the approval by {who} is of {record.created_at}, older than {check.max_age}"
            return Doubt("approval-state", words)
    return None


def _doubt_seen(found: Opened[Approval], question: Question) -> Doubt | None:
    """An approval covers the policy it was given under and the evidence that its person had before them."""
    record, shelf = found.record, question.shelf
    who = record.created_by
    if record.policy.digest != shelf.law.policy.digest:
        return Doubt(
            "approval-stale",
            f"{who} approved under policy version {record.policy.version}, "
            f"version {shelf.law.policy.record.version} is in force",
        )
    if shelf.left_at is not None and record.created_at < shelf.left_at:
        return Doubt("approval-stale", f"{who} approved before it was rolled back at {shelf.left_at}")
    unseen = [item for item in question.decisive if item.support.digest not in record.reviewed]
    if unseen:
        listed = ", and ".join(dict.fromkeys(_unseen_words(item, shelf) for item in unseen))
        return Doubt("approval-stale", f"{who} approved before seeing {listed}")
    return None


def _unseen_words(item: Decisive, shelf: Shelf) -> str:
    """``latency by ci at 2026-05-01T09:30:00Z (p95_ms = 43 ms)``, with the release where it is another."""
    support = item.support
    place = paths.locate(support.path)
    here = shelf.release.record
    whose = ""
    if place is not None and (place.model, place.version) != (here.model_name, here.version):
        whose = f" of {place.model}:{place.version}"
    value = f" ({support.measured})" if support.measured else ""
    return f"{item.requirement}{whose} by {support.signer} at {support.time}{value}"
