"""What a policy asks, in words: the same wherever it is shown, compared or explained."""

from __future__ import annotations

from decimal import Decimal

from gitregistry.records.policy import Check, Policy, PolicyEnvironment, PrometheusQuery, Transition
from gitregistry.rules.bounds import bound_words, shown
from gitregistry.rules.built_in_checks import BUILT_IN, is_built_in
from gitregistry.rules.check_commands import command_words
from gitregistry.rules.gates import FORMAT, FREEZE, format_words, formats_for, window_words, windows_for
from gitregistry.rules.images import IMAGE, IMAGE_WORDS
from gitregistry.rules.soak import SOAK, soak_words


def asked(policy: Policy, environment: PolicyEnvironment, transition: Transition) -> dict[str, str]:
    """Each requirement of a promotion to an environment, in the order they are judged, with what meets it."""
    found: dict[str, str] = {}
    formats = formats_for(policy, environment)
    if formats is not None:
        found[FORMAT] = f"the artifact's format is {format_words(formats)}"
    windows = windows_for(policy, environment.name)
    if windows:
        found[FREEZE] = "it is not made in " + ", nor in ".join(window_words(window) for window in windows)
    if transition.image_digest is not None:
        found[IMAGE] = IMAGE_WORDS
    if environment.after is not None:
        found[f"promoted_to_{environment.after}"] = f"it was promoted to {environment.after} before"
    for place, duration in transition.min_time_in.items():
        found[f"{SOAK}{place}"] = soak_words(place, duration)
    for name in transition.requires:
        check = policy.checks.get(name)
        found[name] = _named_words(name, check) if check else "not defined: nothing meets it"
        for over in check.over if check else ():
            if over in policy.checks and over not in transition.requires:
                found[name] += f"; {over}: {_named_words(over, policy.checks[over])}"
    return found


def _named_words(name: str, check: Check) -> str:
    """What meets a check, and what ``registry check`` does for it where that is built in."""
    made = f"; registry check makes it: {BUILT_IN[name]}" if is_built_in(name, check) else ""
    return check_words(check) + made


def check_words(check: Check) -> str:
    """What meets a check, as a sentence."""
    if check.type == "approval":
        number = "a person" if check.count == 1 else f"{check.count} persons"
        words = f"{number} in the role {check.role} approve{'s' if check.count == 1 else ''}"
        return f"{words}, not longer than {check.max_age} before" if check.max_age else words
    if check.type == "expression":
        live = f", incumbent being live in {check.baseline}" if check.baseline else ""
        says = shown(check.expression or "")
        return f"evidence for {listed(check.over)} counts, and it is true that {says}{live}"
    words = "evidence that passed"
    if check.type == "measurement":
        words += f", with {check.measurement} {bound_words(check)}"
    if check.environment:
        words += f", measured in {check.environment}"
    if check.prometheus:
        over = f" over {check.prometheus.window}" if check.prometheus.window else ""
        words += f", asked of Prometheus{over}"
    if check.max_age:
        words += f", not older than {check.max_age}"
    if check.model_signing_keys or check.model_signing_identities:
        named = (("key", check.model_signing_keys), ("identity", check.model_signing_identities))
        words += (
            f", with a model-signing bundle of a named {' or '.join(kind for kind, some in named if some)}"
        )
    made = f", made by running {command_words(check)}" if check.run else ""
    return f"{words}, signed by {' or '.join(check.by)}{made}"


def query_words(query: PrometheusQuery) -> str:
    """``sum(rate(errors_total[{window}])) over 30m``, on one line."""
    over = f" over {query.window}" if query.window else ""
    slices = f", by {query.slice_label}" if query.slice_label else ""
    return f"{' '.join(query.query.split())}{over}{slices}"


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
