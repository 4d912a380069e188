"""What a policy asks, in words: the same wherever it is shown, compared or explained."""

from __future__ import annotations

from decimal import Decimal

from gitregistry.records.policy import Check, Policy, PolicyEnvironment
from gitregistry.rules.commands import command_words
from gitregistry.rules.evidence_requirements import bound_words
from gitregistry.rules.gates import FORMAT, FREEZE, format_words, formats_for, window_words, windows_for


def asked(policy: Policy, environment: PolicyEnvironment) -> dict[str, str]:
    """Each requirement of a promotion to an environment, in the order they are judged, with what meets it."""
    found: dict[str, str] = {}
    formats = formats_for(policy, environment)
    if formats is not None:
        found[FORMAT] = f"the artifact's format is {format_words(formats)}"
    windows = windows_for(policy, environment.name)
    if windows:
        found[FREEZE] = "it is not made in " + ", nor in ".join(window_words(window) for window in windows)
    if environment.after is not None:
        found[f"promoted_to_{environment.after}"] = f"it was promoted to {environment.after} before"
    transition = policy.promotion_policy.get(f"to_{environment.name}")
    for name in transition.requires if transition else ():
        check = policy.checks.get(name)
        found[name] = check_words(check) if check else "not defined: nothing meets it"
    return found


def check_words(check: Check) -> str:
    """What meets a check, as a sentence."""
    if check.type == "approval":
        number = "a person" if check.count == 1 else f"{check.count} persons"
        return f"{number} in the role {check.role} approve{'s' if check.count == 1 else ''}"
    words = "evidence that passed"
    if check.type == "measurement":
        words += f", with {check.measurement} {bound_words(check)}"
    if check.environment:
        words += f", measured in {check.environment}"
    if check.max_age:
        words += f", not older than {check.max_age}"
    made = f", made by running {command_words(check)}" if check.run else ""
    return f"{words}, signed by {' or '.join(check.by)}{made}"


def requirement_words(name: str, check: Check | None) -> str:
    """A requirement as the thing that is needed: ``risk-owner approval (manual_approval)``."""
    if check is None:
        return name
    if check.type == "approval":
        what = f"{check.role} approval" if check.count == 1 else f"{check.count} {check.role} approvals"
        return f"{what} ({name})"
    if check.type == "measurement":
        return f"{check.measurement} {bound_words(check)} ({name})"
    return name


def duration_words(duration: str) -> str:
    """``30 d``."""
    return f"{duration[:-1]} {duration[-1]}"


def bound(value: Decimal, unit: str | None) -> str:
    """``60 ms``."""
    return f"{value} {unit}" if unit else str(value)


def listed(words: list[str] | tuple[str, ...]) -> str:
    """``staging, canary and production``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
