"""Trust and policy in words: who may do what, and what each transition asks."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records.policy import Policy
from gitregistry.records.shapes import plain
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.emergency_words import emergency_sentence
from gitregistry.rules.policy_diff import differences
from gitregistry.rules.policy_words import asked
from gitregistry.rules.step import Law
from gitregistry.signing.keys import parse_public_key
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, Tone, View
from gitregistry.views.policy_diff import difference_blocks, difference_documents


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
    blocks: list[Block] = []
    for environment in policy.environments:
        blocks.append(environment_table(policy, environment.name))
        blocks += [Text(_in_an_emergency(policy, environment.name))] if policy.emergency is not None else []
    blocks.append(Facts((("version", str(policy.version)), ("digest", digest))))
    return View({**plain(policy), "digest": digest}, tuple(blocks))


def environment_table(policy: Policy, environment: str) -> Table:
    """What a promotion to one environment asks, in words."""
    found = next((item for item in policy.environments if item.name == environment), None)
    rows = [Row(pair) for pair in asked(policy, found).items()] if found else []
    return Table(("requirement", "what meets it"), tuple(rows), f"to {environment}", "nothing may go there")


def explain(policy: Policy, environment: str) -> View:
    """One transition, in words."""
    table = environment_table(policy, environment)
    requirements = [{"name": row.cells[0], "meets": row.cells[1]} for row in table.rows]
    emergency = _in_an_emergency(policy, environment)
    document = {"environment": environment, "requirements": requirements, "emergency": emergency}
    return View(document, (table, Text(emergency)))


def _in_an_emergency(policy: Policy, environment: str) -> str:
    found = next((item for item in policy.environments if item.name == environment), None)
    return emergency_sentence(policy, environment, asked(policy, found) if found is not None else ())


def policy_changes(law: Law, proposed: Policy, faults: Sequence[str]) -> View:
    """What a proposed policy is worth: its faults, and what it changes of the one in force."""
    changes = differences(law.policy.record, proposed)
    nobody = _unheld_roles(law, proposed)
    document = {"faults": list(faults), "changes": difference_documents(changes), "warnings": nobody}
    blocks: list[Block] = [Text(fault, "bad") for fault in faults]
    blocks += [Text(warning, "warn") for warning in nobody]
    blocks += difference_blocks(changes)
    if not faults:
        blocks.append(
            Text("the policy can be applied; registry sign registry/policy.yaml puts it in force", "good")
        )
    return View(document, tuple(blocks))


def _unheld_roles(law: Law, policy: Policy) -> list[str]:
    """Roles that the policy asks for and nobody holds."""
    wanted = {check.role for check in policy.checks.values() if check.role is not None}
    wanted |= {role for check in policy.checks.values() if check.type != "approval" for role in check.by}
    if policy.emergency is not None:
        wanted |= {*policy.emergency.authorised_by, *policy.emergency.review_by}
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
