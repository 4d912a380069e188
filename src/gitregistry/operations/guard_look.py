"""What one round of a guard looks at: the release that an alias points at, and the policy's conditions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from gitregistry.errors import BadInput, NotFound, Refused, RegistryError
from gitregistry.operations.measuring import NoData, Source, outside, question_of
from gitregistry.operations.present import Present
from gitregistry.operations.require import require_release, unknown_model
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.policy import Check, Transition
from gitregistry.registry.chains import Link
from gitregistry.registry.opening import Broken
from gitregistry.registry.trust import OPERATOR
from gitregistry.rules.bounds import bound_words
from gitregistry.rules.evidence_requirements import evidence_requirement
from gitregistry.rules.guard import Seen
from gitregistry.rules.measured import values_words
from gitregistry.rules.profiles import transition_for
from gitregistry.rules.questions import Place
from gitregistry.rules.shelf import Shelf


class Guarded(NamedTuple):
    """The release that is watched; ``alias`` is the digest of the record that brought it."""

    model: str
    version: str
    environment: str
    sequence: int
    alias: str

    def __str__(self) -> str:
        return f"{self.model}:{self.version} in {self.environment}"


class MovedOn(RegistryError):
    """The alias points elsewhere by now, by ``record``: whoever was faster has decided."""

    exit_code = 4

    def __init__(self, guarded: Guarded, record: Alias | None) -> None:
        there = f"{record.version} ({record.action}, sequence {record.sequence})" if record else "nothing"
        super().__init__(f"{guarded} is not guarded any more: {guarded.environment} points at {there}")
        self.record = record


class Look(NamedTuple):
    """What a round found of each condition, and what the server remarked."""

    seen: tuple[Seen, ...]
    remarks: tuple[str, ...] = ()


def guarded_now(present: Present, model: str, environment: str) -> Guarded:
    """The release that is being tried in an environment.

    Raises:
        NotFound: there is none.
        Refused: the last move there was a rollback, so nothing is being tried.
    """
    present.environment(environment)
    tip = present.chain(model, environment)
    if tip is None:
        if not present.snapshot.names_in(paths.model_folder(model)):
            raise unknown_model(present.snapshot, model)
        raise NotFound(
            f"nothing is promoted to {environment} for model {model}",
            hint=f"registry promote {model}:VERSION --to {environment}",
        )
    record = tip.opened.record
    if record.action == "rollback":
        raise Refused(
            f"{model}@{environment} went back to {record.version} (sequence {record.sequence}): "
            "a guard watches what was promoted",
            path=tip.opened.path,
            hint=f"registry log {model}@{environment}",
        )
    return Guarded(model, record.version, environment, record.sequence, tip.opened.digest)


def still_there(present: Present, guarded: Guarded) -> Link:
    """The guarded alias record, while it is the latest one.

    Raises:
        MovedOn: it is not.
    """
    tip = present.chain(guarded.model, guarded.environment)
    if tip is None or tip.opened.digest != guarded.alias:
        raise MovedOn(guarded, tip.opened.record if tip is not None else None)
    return tip


def require_watched(present: Present, guarded: Guarded) -> Transition:
    """The conditions that the policy in force watches for this release.

    Raises:
        BadInput: there are none.
        Refused: nobody can say which of the policy's transitions holds for it.
    """
    release = require_release(present.snapshot, guarded.model, guarded.version)
    environment = guarded.environment
    try:
        transition = transition_for(present.law, present.snapshot, release, environment)
    except Broken as doubt:
        raise Refused(doubt.message, path=paths.POLICY, hint=doubt.hint) from None
    if transition is None or not transition.abort_when:
        raise BadInput(
            "it does not say when a release goes back, so there is nothing to watch",
            path=paths.POLICY,
            field=f"promotion_policy.to_{environment}.abort_when",
            hint="see docs/guard.md for the fields, then registry policy check",
        )
    return transition


def require_question(present: Present, transition: Transition) -> None:
    """Nobody is to believe that a server is asked while no condition says what.

    Raises:
        BadInput: none does.
    """
    checks = present.law.policy.record.checks
    found = (checks.get(condition.fails) for condition in transition.abort_when)
    if not any(check is not None and check.prometheus is not None for check in found):
        names = ", ".join(condition.fails for condition in transition.abort_when)
        raise BadInput(
            f"no condition says what to ask the server: {names}",
            path=paths.POLICY,
            hint="leave --prometheus out to watch evidence, or give a check its prometheus query",
        )


def require_roles(present: Present, guarded: Guarded, transition: Transition, asks: bool) -> None:
    """See now that this key may do what a breach calls for, not only when it is there.

    Args:
        asks: whether a server is asked, so that evidence is filed.

    Raises:
        Refused: it may not roll back, or not attest.
    """
    wanted: list[tuple[str, tuple[str, ...]]] = [("roll back", (OPERATOR,))]
    for condition in transition.abort_when:
        check = present.law.policy.record.checks.get(condition.fails)
        if asks and check is not None and check.prometheus is not None:
            wanted.append((f"attest {condition.fails}", check.by))
    for words, roles in wanted:
        held = (
            present.law.trust.holds(present.principal, role, guarded.model, guarded.environment)
            for role in roles
        )
        if not any(held):
            raise Refused(
                f"{present.principal} may not {words}: it does not hold the role {' or '.join(roles)} "
                f"for {guarded.model} in {guarded.environment}",
                path=paths.TRUST,
                hint=f"registry trust grant {present.principal} {roles[0]} --model {guarded.model} "
                f"--environment {guarded.environment}",
            )


def look_at(
    present: Present, guarded: Guarded, transition: Transition, source: Source | None, now: datetime
) -> Look:
    """Every condition once: by the server, if one is given and the check names a query, else by evidence."""
    seen: list[Seen] = []
    remarks: list[str] = []
    for condition in transition.abort_when:
        check = present.law.policy.record.checks.get(condition.fails)
        if check is None:
            one = Seen(condition.fails, "no data", "no data: it is not defined under checks")
        elif source is not None and check.prometheus is not None:
            one, said = _by_server(condition.fails, check, guarded, source, now)
            remarks += said
        else:
            one = _by_evidence(condition.fails, check, guarded, present)
        seen.append(one)
    return Look(tuple(seen), tuple(dict.fromkeys(remarks)))


def _by_server(
    name: str, check: Check, guarded: Guarded, source: Source, now: datetime
) -> tuple[Seen, Sequence[str]]:
    question = question_of(check, Place(guarded.model, guarded.version, guarded.environment))
    if question is None:
        return Seen(name, "no data", "the policy names no query for it"), ()
    try:
        measured = source(question, now)
    except NoData as error:
        return Seen(name, "no data", error.message, asked=error.asked), ()
    fault = outside(measured.values, check)
    words = fault or f"{values_words(measured.values, check)}, the policy asks for {bound_words(check)}"
    seen = Seen(name, "breach" if fault else "ok", words, measured.values, measured.asked)
    return seen, measured.remarks


def _by_evidence(name: str, check: Check, guarded: Guarded, present: Present) -> Seen:
    release = require_release(present.snapshot, guarded.model, guarded.version)
    shelf = Shelf.of(present.law, present.snapshot, present.chain, release, guarded.environment, present.now)
    found = evidence_requirement(name, check, shelf)
    if found.met:
        words = ", ".join(dict.fromkeys(item.measured or "" for item in found.by))
        bound = f", the policy asks for {bound_words(check)}" if check.type == "measurement" else ""
        return Seen(name, "ok", words + bound, evidence=found.by[0].digest)
    reason = found.reason or "not met"
    if not found.by:
        return Seen(name, "no data", f"no data: {reason}")
    refusing = found.by[0].digest
    results = {item.record.result for item in shelf.evidence if item.digest == refusing}
    # Evidence that passed refuses when a value is out of bounds, or when it has none.
    breached = "failed" in results or ("passed" in results and found.rule == "requirement")
    return Seen(name, "breach" if breached else "no data", reason, evidence=refusing)
