"""What a policy asks of every promotion besides a transition's list: an allowed format, and no freeze."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from gitregistry.records.policy import ArtifactFormats, FreezeWindow, Policy, PolicyEnvironment
from gitregistry.registry.trust import matches_any
from gitregistry.rules.commands import promote_command
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.step import Law

if TYPE_CHECKING:
    from gitregistry.rules.requirements import Promotion  # which asks for these gates

FORMAT = "artifact_format_allowed"
FREEZE = "no_freeze_window"


def gates(law: Law, promotion: Promotion, environment: PolicyEnvironment) -> Iterator[Requirement]:
    """The requirements ``artifact_format_allowed`` and ``no_freeze_window``, where the policy has them."""
    policy = law.policy.record
    formats = formats_for(policy, environment)
    if formats is not None:
        yield _format_gate(promotion, formats)
    openings = [
        (opening, window)
        for window in windows_for(policy, environment.name)
        if matches_any(window.models, promotion.release.record.model_name)
        and (opening := _opening(window, promotion.time)) is not None
    ]
    if openings:
        yield _freeze_gate(law, promotion, openings)


def formats_for(policy: Policy, environment: PolicyEnvironment) -> ArtifactFormats | None:
    """The formats that may go to an environment: its own, else the policy's; None for any."""
    return environment.artifact_formats or policy.artifact_formats


def windows_for(policy: Policy, environment: str) -> list[FreezeWindow]:
    """The freeze windows that hold in an environment, for whatever models."""
    return [window for window in policy.freeze_windows if matches_any(window.environments, environment)]


def format_words(formats: ArtifactFormats) -> str:
    """``onnx or safetensors``."""
    return " or ".join(formats.allowed) or "none"


def window_words(window: FreezeWindow) -> str:
    """``year-end from 2026-12-20T00:00:00Z until 2027-01-02T00:00:00Z (nobody is on call)``."""
    why = f" ({window.reason})" if window.reason else ""
    return f"{window.name} {times_words(window)}{why}"


def times_words(window: FreezeWindow) -> str:
    """``from … until …``, or ``every week from friday 16:00 until monday 08:00 in Europe/Berlin``."""
    words = f"from {window.from_} until {window.until}"
    return f"every {window.every} {words} in {window.time_zone}" if window.every else words


def _opening(window: FreezeWindow, time: str) -> tuple[str, str] | None:
    """When a window is open, at a time or next; None when it is over for good."""
    if window.every is None and _are_moments(window):
        return (window.from_, window.until) if time < window.until else None
    from gitregistry.rules.recurrence import opening  # noqa: PLC0415 - few policies have any that recur

    return opening(window, time)


def faults_in_gates(policy: Policy, known: Sequence[str]) -> Iterator[str]:
    """Why they cannot be applied."""
    lists = [("artifact_formats", policy.artifact_formats)]
    lists += [
        (f"environments: {item.name}.artifact_formats", item.artifact_formats) for item in policy.environments
    ]
    for where, formats in lists:
        if formats is not None and not formats.allowed:
            yield f"{where}.allowed: it is empty; name a format, or leave the list out to allow any"
    names = [window.name for window in policy.freeze_windows]
    if len(set(names)) != len(names):
        yield "freeze_windows: a name stands twice"
    for window in policy.freeze_windows:
        yield from (f"freeze_windows: {window.name}: {fault}" for fault in _faults_in_times(window))
        if not window.models:
            yield f"freeze_windows: {window.name} holds for no model"
        if not any(matches_any(window.environments, name) for name in known):
            yield f"freeze_windows: {window.name} holds in no environment that there is"


def _are_moments(window: FreezeWindow) -> bool:
    return window.from_.endswith("Z") and window.until.endswith("Z")


def _faults_in_times(window: FreezeWindow) -> Iterator[str]:
    if window.every is not None:
        from gitregistry.rules.recurrence import faults_in_recurrence  # noqa: PLC0415 - as above

        yield from faults_in_recurrence(window)
        return
    if not _are_moments(window):
        yield "without every, from and until are UTC times like 2026-12-20T00:00:00Z"
    elif window.until <= window.from_:
        yield "it ends before it begins"
    if window.time_zone is not None:
        yield "time_zone belongs to every; without it, from and until are UTC times"


def _format_gate(promotion: Promotion, formats: ArtifactFormats) -> Requirement:
    release = promotion.release
    found = release.record.artifact_format
    allowed = format_words(formats)
    if found in formats.allowed:
        record = release.record
        support = Support(release.path, release.digest, record.created_by, record.created_at, found, allowed)
        return Requirement(FORMAT, True, (support,))
    return Requirement(
        FORMAT,
        False,
        reason=f"its artifact_format is {found or 'not given'}, the policy allows {allowed}",
        hint=f"registry register MANIFEST.yaml --artifact FILE   (a new version, as {allowed})",
        rule="format",
    )


def _freeze_gate(
    law: Law, promotion: Promotion, openings: Sequence[tuple[tuple[str, str], FreezeWindow]]
) -> Requirement:
    """Unmet while one is open; of those that are, the one that ends last is named."""
    still = [(opening[1], window) for opening, window in openings if opening[0] <= promotion.time]
    if not still:
        policy = law.policy
        begins, next_one = min(((opening[0], window) for opening, window in openings), key=itemgetter(0))
        begun = f", on {begins}" if next_one.every else ""
        support = Support(
            policy.path,
            policy.digest,
            policy.record.created_by,
            policy.record.created_at,
            "not frozen",
            f"the next is {window_words(next_one)}{begun}",
        )
        return Requirement(FREEZE, True, (support,))
    ends, last = max(still, key=itemgetter(0))
    again = promote_command(promotion)
    return Requirement(
        FREEZE,
        False,
        reason=f"promotions are frozen: {window_words(last)}{f', now until {ends}' if last.every else ''}",
        hint=f"{again}   (when it ends, at {ends}; a rollback may go ahead)",
        rule="freeze",
    )
