"""Nothing is resolved or written on a registry that lies behind what was seen of it on this machine.

Asked by the commands that must be quick, so it reads one small file and compares numbers; ``verify`` compares
the histories themselves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gitregistry.errors import Refused
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Record
from gitregistry.registry.opening import Opened
from gitregistry.registry.trust import TrustInForce
from gitregistry.storage.seen import Mark, Seen, read_seen, read_seen_trust_and_alias

if TYPE_CHECKING:
    from gitregistry.rules.step import Law  # resolve has no use for the rules


def require_fresh(workspace: Workspace, trust: TrustInForce, alias: Opened[Alias] | None) -> None:
    """Raise Refused when later trust, or a later record of the alias, was seen on this branch before.

    Old trust alone would do for an attacker: in it, keys that were revoked since may still sign new records.
    """
    branch = workspace.branch_ref
    if branch is None:  # a detached HEAD was chosen; it claims to be no branch's newest
        return
    pin = trust.registry_id
    name = f"{alias.record.model_name}@{alias.record.environment}" if alias is not None else None
    seen = read_seen_trust_and_alias(os.environ, pin, branch, name)
    if seen is None:
        return
    _compare(paths.TRUST, "trust version", Mark(trust.record.version, trust.digest), seen[0], pin)
    if alias is not None and seen[1] is not None:
        here = Mark(alias.record.sequence, alias.digest)
        _compare(alias.path, f"{name} number", here, seen[1], pin)


def require_fresh_law(workspace: Workspace, law: Law) -> Seen | None:
    """What was seen of the branch that is written to; None when nothing was.

    Raises:
        Refused: its trust or policy is older than what was seen, or another one with the same number.
    """
    pin = law.trust.registry_id
    seen = read_seen(os.environ, pin, workspace.ref)
    if seen is not None:
        trust, policy = law.trust, law.policy
        _compare(
            paths.TRUST, "trust version", Mark(trust.record.version, trust.digest), seen.marks.trust, pin
        )
        here = Mark(policy.record.version, policy.digest)
        _compare(paths.POLICY, "policy version", here, seen.marks.policy, pin)
    return seen


def require_next_numbers(seen: Seen | None, registry_id: str, records: Mapping[str, Record]) -> None:
    """Raise Refused when a new alias record would have a number that was seen here before."""
    for path, record in records.items():
        if seen is not None and isinstance(record, Alias):
            name = f"{record.model_name}@{record.environment}"
            latest = seen.marks.aliases.get(name)
            if latest is not None and latest.number >= record.sequence:
                words = f"{_seen(f'{name} number', latest)}, and the next one here would be {record.sequence}"
                raise Refused(words, path=path, hint=_hint(registry_id))


def _compare(path: str, name: str, here: Mark, seen: Mark, pin: str) -> None:
    if here.number < seen.number:
        raise Refused(f"{_seen(name, seen)}, and the branch holds {here.number}", path=path, hint=_hint(pin))
    if here.number == seen.number and here.digest != seen.digest:
        words = f"{_seen(name, seen)}, and the branch holds another one: {here.digest}"
        raise Refused(words, path=path, hint=_hint(pin))


def _seen(name: str, seen: Mark) -> str:
    return f"{name} {seen.number} ({seen.digest}) was seen here before"


def _hint(pin: str) -> str:
    return (
        "git pull; if that does not help, the remote serves old or rewritten history; "
        f"if that is meant: registry trust pin {pin} --forget"
    )
