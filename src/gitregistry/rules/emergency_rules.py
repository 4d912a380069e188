"""Rules for emergency promotions, for the copies that are kept of their records, and for reviews of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitregistry.records import paths
from gitregistry.records.alias import Alias, Emergency
from gitregistry.records.review import Review
from gitregistry.registry.emergencies import EmergencyMade, emergencies, review_roles
from gitregistry.registry.moments import after
from gitregistry.registry.opening import Broken
from gitregistry.rules.common import (
    check_file_name,
    check_follows,
    check_place,
    check_registry_id,
    check_time,
)
from gitregistry.rules.emergencies import review_command, rules_for
from gitregistry.rules.findings import Finding, Requirement
from gitregistry.rules.step import Case, Step


def check_emergency(
    case: Case[Alias], emergency: Emergency, requirements: Sequence[Requirement]
) -> Iterator[Finding]:
    """Rule ``emergency`` for the alias record: it says exactly what it skips, and its review is in time."""
    record = case.record
    rules = rules_for(case.law.policy.record, record.environment)
    if rules is not None:
        due = after(record.created_at, rules.review_within)
        if emergency.review_due_at != due:
            yield case.finding(
                "emergency",
                f"its review is due at {emergency.review_due_at}; the policy asks for one within "
                f"{rules.review_within}, so until {due or 'no time that can be written'}",
            )
    if not emergency.reason.strip():
        yield case.finding("emergency", "it does not say why it could not wait")
    yield from _check_skipped(case, emergency, requirements)
    kept = paths.emergency(record.model_name, record.environment, record.sequence)
    if not _is_same(case.step, case.opened.path, kept):
        yield case.finding(
            "emergency", f"its record is not kept as {kept} too, so its review could be forgotten"
        )


def _check_skipped(
    case: Case[Alias], emergency: Emergency, requirements: Sequence[Requirement]
) -> Iterator[Finding]:
    record = case.record
    skipped = [item.name for item in requirements if item.skipped is not None]
    again = f"registry promote {record.model_name}:{record.version} --to {record.environment}"
    if not skipped and not any(item.stops for item in requirements):
        words = "it skips nothing: all that is required is met, and no emergency is needed"
        yield case.finding("emergency", words, case.step.way_out or f"{again}   (without --emergency)")
    for name in skipped:
        if name not in emergency.skipped:
            yield case.finding("emergency", f"it does not say that it skips {name}")
    for name in emergency.skipped:
        if name not in skipped:
            yield case.finding("emergency", f"it says that it skips {name}, which it does not")
    if len(set(emergency.skipped)) != len(emergency.skipped):
        yield case.finding("emergency", "it names a requirement twice")


def _is_same(step: Step, path: str, other: str) -> bool:
    """Whether the same record with the same signature lies at two places after the step."""
    tree = step.after.tree
    for suffix in ("", paths.SIGNATURE):
        one, two = tree.entry(path + suffix), tree.entry(other + suffix)
        if one is None or two is None or one.oid != two.oid:
            return False
    return True


def check_kept(step: Step, location: paths.Location, path: str) -> Iterator[Finding]:
    """Rule ``emergency`` for a kept record: it is the alias record of an emergency that this step brings."""
    try:
        kept = step.after.open(Alias, "alias", path)
    except Broken as fault:
        yield Finding(fault.code, path, fault.message, fault.hint, fault.line, step.commit)
        return
    if kept is None:
        return
    record = kept.record
    place = paths.emergency(location.model or "", record.environment, record.sequence)
    alias = paths.alias(location.model or "", record.environment)
    if record.emergency is None or place != path or not _is_same(step, alias, path):
        words = "it is not the record of an emergency promotion that is in force"
        yield Finding("emergency", path, words, step.way_out, commit=step.commit)


def check_review(case: Case[Review]) -> Iterator[Finding]:
    """A review comes from a person who may review, about an emergency that others made."""
    record = case.record
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_file_name(case, f"{record.environment}-{record.sequence}")
    yield from check_time(case)
    made = _reviewed(case)
    if made is None:
        where = f"{record.model_name} in {record.environment}, sequence {record.sequence}"
        words = f"it names no emergency promotion before it of {where}"
        yield case.finding("emergency", words, case.step.way_out or "registry status")
    else:
        yield from check_follows(case, made.kept)
        yield from _check_open(case, made)
    yield from _check_reviewer(case, made)


def _check_open(case: Case[Review], made: EmergencyMade) -> Iterator[Finding]:
    """Rule ``emergency``: an emergency is closed once; what was judged of it then stands."""
    before, law = case.step.before, case.law
    known = (
        emergencies(before, law.trust, law.policy, case.record.model_name)[0] if before is not None else []
    )
    for one in known:
        if one.review is not None and one.kept.digest == made.kept.digest:
            said = one.review.record
            words = f"{said.created_by} reviewed it at {said.created_at} already: {said.outcome}"
            yield case.finding("emergency", words, case.step.way_out or "registry status")
    for path in sorted({change.path.removesuffix(paths.SIGNATURE) for change in case.step.changes}):
        location = paths.locate(path)
        if location is not None and location.kind == "review" and path != case.opened.path:
            yield from _check_only_one(case, made, path)


def _check_only_one(case: Case[Review], made: EmergencyMade, path: str) -> Iterator[Finding]:
    """Rule ``emergency``: no other review of it comes in the same step; none of them would be the first."""
    try:
        other = case.step.after.open(Review, "review", path)
    except Broken:  # which is a finding of its own
        return
    if other is not None and other.record.promotion == made.kept.digest:
        words = f"{other.record.created_by} reviews it in the same step: {other.record.outcome}"
        yield case.finding("emergency", words, case.step.way_out or "registry status")


def _reviewed(case: Case[Review]) -> EmergencyMade | None:
    """The emergency that a review is of, if it was made before this step and is what the review says."""
    record = case.record
    if case.step.before is None:
        return None
    path = paths.emergency(record.model_name, record.environment, record.sequence)
    try:
        kept = case.step.before.open(Alias, "alias", path)
    except Broken:  # the step that brought it was found then
        return None
    if kept is None or kept.record.emergency is None:
        return None
    told = (record.promotion, record.version, record.incident)
    if told != (kept.digest, kept.record.version, kept.record.emergency.incident):
        return None
    return EmergencyMade(kept, kept.record.emergency, None)


def _check_reviewer(case: Case[Review], made: EmergencyMade | None) -> Iterator[Finding]:
    """Rules ``role``, ``principal-kind``, ``emergency``: a person who may review, and had no part in it."""
    record, trust = case.record, case.law.trust
    roles = review_roles(case.law.policy.record)
    hint = case.step.way_out or (review_command(case.law, made) if made is not None else None)
    if record.role not in roles:
        words = f"emergencies are reviewed in the role {' or '.join(roles)}, not as {record.role}"
        yield case.finding("emergency", words, hint)
    try:
        signer = trust.authorise(
            case.opened, [record.role], case.step.time, record.model_name, record.environment
        )
    except Broken as fault:
        yield case.finding(fault.code, fault.message, hint or fault.hint)
        return
    if signer.kind != "person":
        words = f"{signer.id} is a {signer.kind}; only a person can review"
        yield case.finding("principal-kind", words, hint)
    if made is None or not trust.four_eyes:
        return
    part = {made.emergency.authorised_by: "authorised", made.kept.record.created_by: "made"}.get(signer.id)
    if part is not None:
        words = f"{signer.id} {part} the emergency promotion; another person reviews it"
        yield case.finding("emergency", words, hint)
