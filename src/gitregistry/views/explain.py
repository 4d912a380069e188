"""What a promotion to an environment asks, in words: of all models, of one, or of one release."""

from __future__ import annotations

from typing import Any

from gitregistry.records.policy import Policy, Profile, Transition
from gitregistry.rules.emergency_words import emergency_sentence
from gitregistry.rules.explanation import Explanation
from gitregistry.rules.guard_words import watched, watched_for
from gitregistry.rules.policy_words import asked, listed
from gitregistry.rules.profiles import Match
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, View
from gitregistry.views.requirements import requirement_blocks


def environment_blocks(policy: Policy, environment: str) -> list[Block]:
    """What a promotion to one environment asks, in words: by the policy itself, then by each profile."""
    name = f"to_{environment}"
    blocks = _blocks(policy, environment, policy.promotion_policy.get(name), f"to {environment}")
    for profile in policy.profiles:
        if name in profile.promotion_policy:
            title = f"to {environment} for {_whom(profile)}"
            blocks += _blocks(policy, environment, profile.promotion_policy[name], title)
    return blocks


def explain(policy: Policy, environment: str) -> View:
    """One transition, and those that take its place for some models."""
    name = f"to_{environment}"
    own = policy.promotion_policy.get(name)
    holding = [(p, p.promotion_policy[name]) for p in policy.profiles if name in p.promotion_policy]
    document = {
        "environment": environment,
        **_asks(policy, environment, own),
        "profiles": [
            {
                "name": profile.name,
                "models": list(profile.models),
                "risk_tiers": list(profile.risk_tiers),
                **_asks(policy, environment, transition),
            }
            for profile, transition in holding
        ],
    }
    hint = f"registry policy explain {environment} MODEL says which of them holds for a model"
    return View(
        document, (*environment_blocks(policy, environment), *([Text(hint, "dim")] if holding else []))
    )


def explain_for(policy: Policy, found: Explanation, version: str | None) -> View:
    """One transition as it holds for a model, why it is this one, and for a release what is met."""
    match = found.chosen.match if found.chosen is not None else None
    beaten = found.chosen.beaten if found.chosen is not None else ()
    transition = found.transition if found.doubt is None else None
    document: dict[str, Any] = {
        "environment": found.environment,
        "model": found.model,
        "version": version,
        "profile": match.profile.name if match is not None else None,
        "because": _because(found),
        "beaten": [{"profile": other.profile.name, "by": other.words} for other in beaten],
        **_asks(policy, found.environment, transition),
    }
    facts = [
        ("said by", _said_by(match) if found.doubt is None else "nobody can say"),
        ("because", _because(found)),
    ]
    facts += [("it goes before", f"the profile {other.profile.name}, by {other.words}") for other in beaten]
    blocks: list[Block] = [Facts(tuple(facts))]
    if found.doubt is None:
        title = f"{found.model} to {found.environment}"
        blocks += _blocks(policy, found.environment, transition, title)
    if found.now is not None:
        now = {item.name: item for item in found.now}
        for item in document["requirements"]:
            item["met"] = now[item["name"]].met if item["name"] in now else None
        blocks += requirement_blocks(found.now)
    elif found.doubt is not None and found.doubt.hint:
        blocks.append(Text(f"→ {found.doubt.hint}"))
    return View(document, tuple(blocks))


def _said_by(match: Match | None) -> str:
    return f"the profile {match.profile.name}" if match is not None else "the policy's own promotion_policy"


def _because(found: Explanation) -> str:
    if found.doubt is not None:
        return found.doubt.message
    match = found.chosen.match if found.chosen is not None else None
    if match is None:
        return f"no profile for to_{found.environment} matches {found.model}"
    return f"{match.words} matches {found.model}, and no other that does is more specific"


def _whom(profile: Profile) -> str:
    tiers = [f"risk tier {tier}" for tier in profile.risk_tiers]
    return f"{listed([*profile.models, *tiers])} (profile {profile.name})"


def _blocks(policy: Policy, environment: str, transition: Transition | None, title: str) -> list[Block]:
    rows = tuple(Row(pair) for pair in _asked(policy, environment, transition).items())
    blocks: list[Block] = [Table(("requirement", "what meets it"), rows, title, "nothing may go there")]
    if transition is None:
        return blocks
    if policy.emergency is not None:
        blocks.append(Text(emergency_sentence(policy, environment, _asked(policy, environment, transition))))
    if transition.automatic:
        words = f"automatic: registry advance promotes to {environment} what meets all of it"
        blocks.append(Text(words, "warn"))
    if transition.abort_when:
        conditions = tuple(Row(pair) for pair in watched(policy, transition).items())
        back = f"back from {environment} by registry guard, watched {watched_for(transition)}"
        blocks.append(Table(("condition", "what breaks it"), conditions, back))
    return blocks


def _asked(policy: Policy, environment: str, transition: Transition | None) -> dict[str, str]:
    found = next((item for item in policy.environments if item.name == environment), None)
    return asked(policy, found, transition) if found is not None and transition is not None else {}


def _asks(policy: Policy, environment: str, transition: Transition | None) -> dict[str, Any]:
    """A transition as the document shows it."""
    meets = _asked(policy, environment, transition)
    conditions = watched(policy, transition) if transition is not None else {}
    return {
        "requirements": [{"name": name, "meets": words} for name, words in meets.items()],
        "automatic": transition is not None and transition.automatic,
        "abort_when": [{"name": name, "words": words} for name, words in conditions.items()],
        "guard_for": transition.guard_for if transition is not None else None,
        "emergency": emergency_sentence(policy, environment, meets),
    }
