"""Trust and policy in words: who may do what, and what each transition asks."""

from __future__ import annotations

from gitregistry.records.policy import Policy
from gitregistry.records.shapes import plain
from gitregistry.registry.trust import TrustInForce
from gitregistry.signing.keys import parse_public_key
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, Tone, View
from gitregistry.views.explain import environment_blocks


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
    blocks = [
        block for environment in policy.environments for block in environment_blocks(policy, environment.name)
    ]
    blocks.append(Facts((("version", str(policy.version)), ("digest", digest))))
    return View({**plain(policy), "digest": digest}, tuple(blocks))


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
