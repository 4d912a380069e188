"""Trust and policy in words: who may do what, and what each transition asks."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records.policy import Check, Policy
from gitregistry.records.shapes import plain
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.evidence_requirements import bound_words
from gitregistry.rules.step import Law
from gitregistry.signing.keys import parse_public_key
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, Tone, View


def trust_view(trust: TrustInForce) -> View:
    """Every principal with kind, keys and roles."""
    rows = []
    for principal in trust.record.principals:
        roles = [
            grant.role
            + ("" if grant.models == ("*",) else f" for {', '.join(grant.models)}")
            + ("" if grant.environments == ("*",) else f" in {', '.join(grant.environments)}")
            for grant in trust.record.grants
            if grant.principal == principal.id
        ]
        for key in principal.keys:
            fingerprint = parse_public_key(key.public_key).fingerprint
            state = "revoked: " + key.revoked.reason if key.revoked else key.valid_until or "in force"
            tone: Tone = "dim" if key.revoked else "plain"
            cells = (principal.id, principal.kind, ", ".join(roles), fingerprint, state)
            rows.append(Row(cells, tone))
    record = trust.record
    document = {**plain(record), "digest": trust.digest, "pin": trust.registry_id}
    thresholds = f"trust {record.thresholds.trust}, policy {record.thresholds.policy}"
    blocks: list[Block] = [
        Table(("id", "kind", "roles", "key", "state"), tuple(rows), f"{record.name}, trust {record.version}"),
        Facts((("administrators who must agree", thresholds), ("pin", trust.registry_id))),
    ]
    if record.recovers is not None:
        begun = f"begun anew in the place of {record.recovers.registry_id}: {record.recovers.reason}"
        blocks.append(Text(begun, "warn"))
    if not trust.four_eyes:
        words = "Four eyes are off: trust names one person, whose approvals of their own work count."
        blocks.append(Text(words, "warn"))
    return View(document, tuple(blocks))


def policy_view(policy: Policy, digest: str) -> View:
    """Every environment with what it requires."""
    blocks: list[Block] = [environment_table(policy, environment.name) for environment in policy.environments]
    blocks.append(Facts((("version", str(policy.version)), ("digest", digest))))
    return View({**plain(policy), "digest": digest}, tuple(blocks))


def environment_table(policy: Policy, environment: str) -> Table:
    """What a promotion to one environment asks, in words."""
    after = next((e.after for e in policy.environments if e.name == environment), None)
    rows = [Row((f"promoted_to_{after}", f"it was promoted to {after} before"))] if after else []
    transition = policy.promotion_policy.get(f"to_{environment}")
    for name in transition.requires if transition else ():
        check = policy.checks.get(name)
        rows.append(Row((name, check_words(check) if check else "not defined: nothing meets it")))
    return Table(("requirement", "what meets it"), tuple(rows), f"to {environment}", "nothing may go there")


def explain(policy: Policy, environment: str) -> View:
    """One transition, in words."""
    table = environment_table(policy, environment)
    requirements = [{"name": row.cells[0], "meets": row.cells[1]} for row in table.rows]
    return View({"environment": environment, "requirements": requirements}, (table,))


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
    return f"{words}, signed by {' or '.join(check.by)}"


def policy_changes(law: Law, proposed: Policy, faults: Sequence[str]) -> View:
    """What a proposed policy is worth: its faults, and what it changes of the one in force."""
    changes = _changes(law.policy.record, proposed)
    nobody = _unheld_roles(law, proposed)
    document = {"faults": list(faults), "changes": changes, "warnings": nobody}
    blocks: list[Block] = [Text(fault, "bad") for fault in faults]
    blocks += [Text(warning, "warn") for warning in nobody]
    blocks += [Text(change) for change in changes]
    if not changes:
        blocks.append(Text("it asks the same as the policy in force", "dim"))
    if not faults:
        blocks.append(
            Text("the policy can be applied; registry sign registry/policy.yaml puts it in force", "good")
        )
    return View(document, tuple(blocks))


def _changes(old: Policy, new: Policy) -> list[str]:
    found = []
    environments = dict.fromkeys(e.name for policy in (old, new) for e in policy.environments)
    for environment in environments:
        before = {row.cells[0]: row.cells[1] for row in environment_table(old, environment).rows}
        after = {row.cells[0]: row.cells[1] for row in environment_table(new, environment).rows}
        found += [f"{environment} no longer requires {name}" for name in before if name not in after]
        found += [
            f"{environment} newly requires {name}: {after[name]}" for name in after if name not in before
        ]
        found += [
            f"{environment}: {name} changes from «{before[name]}» to «{after[name]}»"
            for name in before
            if name in after and before[name] != after[name]
        ]
    for rule in old.separation_of_duties:
        if rule not in new.separation_of_duties:
            found.append(f"approvals by the {rule.replace('_', ' ')} would count")
    return found


def _unheld_roles(law: Law, policy: Policy) -> list[str]:
    """Roles that the policy asks for and nobody holds."""
    wanted = {check.role for check in policy.checks.values() if check.role is not None}
    wanted |= {role for check in policy.checks.values() if check.type != "approval" for role in check.by}
    return [f"nobody holds the role {role}" for role in sorted(wanted) if not law.trust.holders(role)]


def allowed_signers_lines(trust: TrustInForce) -> list[str]:
    """Trust in the format of ``ssh-keygen -Y verify -f``; revoked keys are left out."""
    lines = []
    for principal in trust.record.principals:
        for key in principal.keys:
            if key.revoked is not None:
                continue
            options = ['namespaces="gitregistry.*"']
            if key.valid_from:
                options.append(f'valid-after="{_stamp(key.valid_from)}"')
            if key.valid_until:
                options.append(f'valid-before="{_stamp(key.valid_until)}"')
            lines.append(f"{principal.id} {','.join(options)} {key.public_key}")
    return lines


def _stamp(moment: str) -> str:
    """``20260501093000Z``, as OpenSSH writes times in UTC."""
    return moment.translate({ord(mark): None for mark in "-:T"})
