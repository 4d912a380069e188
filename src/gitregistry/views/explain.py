"""What a promotion to an environment asks, in words: of all models, of one, or of one release."""

from __future__ import annotations

from typing import Any

from gitregistry.records.policy import Policy, Profile, Transition
from gitregistry.rules.explanation import Explanation
from gitregistry.rules.policy_words import asked, listed
from gitregistry.rules.profiles import Match
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, View
from gitregistry.views.requirements import requirement_blocks


def environment_tables(policy: Policy, environment: str) -> list[Table]:
    """What a promotion to one environment asks, in words: by the policy itself, then by each profile."""
    name = f"to_{environment}"
    tables = [_table(policy, environment, policy.promotion_policy.get(name), f"to {environment}")]
    tables += [
        _table(policy, environment, profile.promotion_policy[name], f"to {environment} for {_whom(profile)}")
        for profile in policy.profiles
        if name in profile.promotion_policy
    ]
    return tables


def explain(policy: Policy, environment: str) -> View:
    """One transition, and those that take its place for some models."""
    first, *others = environment_tables(policy, environment)
    holding = [p for p in policy.profiles if f"to_{environment}" in p.promotion_policy]
    document = {
        "environment": environment,
        "requirements": _documents(first),
        "profiles": [
            {
                "name": profile.name,
                "models": list(profile.models),
                "risk_tiers": list(profile.risk_tiers),
                "requirements": _documents(table),
            }
            for profile, table in zip(holding, others, strict=True)
        ],
    }
    hint = f"registry policy explain {environment} MODEL says which of them holds for a model"
    return View(document, (first, *others, *([Text(hint, "dim")] if others else [])))


def explain_for(policy: Policy, found: Explanation, version: str | None) -> View:
    """One transition as it holds for a model, why it is this one, and for a release what is met."""
    match = found.chosen.match if found.chosen is not None else None
    beaten = found.chosen.beaten if found.chosen is not None else ()
    table = _table(policy, found.environment, found.transition, f"{found.model} to {found.environment}")
    document: dict[str, Any] = {
        "environment": found.environment,
        "model": found.model,
        "version": version,
        "profile": match.profile.name if match is not None else None,
        "because": _because(found),
        "beaten": [{"profile": other.profile.name, "by": other.words} for other in beaten],
        "requirements": _documents(table) if found.doubt is None else [],
    }
    facts = [
        ("said by", _said_by(match) if found.doubt is None else "nobody can say"),
        ("because", _because(found)),
    ]
    facts += [("it goes before", f"the profile {other.profile.name}, by {other.words}") for other in beaten]
    blocks: list[Block] = [Facts(tuple(facts))]
    if found.doubt is None:
        blocks.append(table)
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


def _table(policy: Policy, environment: str, transition: Transition | None, title: str) -> Table:
    found = next((item for item in policy.environments if item.name == environment), None)
    rows = [Row(pair) for pair in asked(policy, found, transition).items()] if found and transition else []
    return Table(("requirement", "what meets it"), tuple(rows), title, "nothing may go there")


def _documents(table: Table) -> list[dict[str, Any]]:
    return [{"name": row.cells[0], "meets": row.cells[1]} for row in table.rows]
