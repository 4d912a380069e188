"""Keys as a forge publishes them at ``/<user>.keys``: one a line, of several types, without comments."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.operations.present import Present
from gitregistry.operations.trust_change import Newcomer, Scope, TrustChange, add
from gitregistry.records.trust import Trust
from gitregistry.signing.keys import PublicKey, parse_public_key, require_strong

# No forge lists more than a few; a file of megabytes is none of theirs.
_MOST_LINES = 1000


class PassedOver(NamedTuple):
    """A line that gives no usable key: its number from 1, its key type, and why."""

    line: int
    key_type: str
    why: str


def usable_keys(text: str, source: str) -> tuple[tuple[PublicKey, ...], tuple[PassedOver, ...]]:
    """The keys of a ``.keys`` file that can enter trust, and the lines passed over.

    Raises:
        BadInput: none can; ``source`` is the path that the message names.
    """
    lines = text.splitlines()
    if len(lines) > _MOST_LINES:
        raise BadInput(f"more than {_MOST_LINES} lines: this is no list of one person's keys", path=source)
    found: dict[bytes, PublicKey] = {}
    passed: list[PassedOver] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            key = parse_public_key(line.strip())
            require_strong(key)
        except BadInput as fault:
            passed.append(PassedOver(number, line.split()[0][:60], fault.message))
            continue
        if key.raw in found:
            passed.append(PassedOver(number, key.key_type, "it stands twice"))
        found.setdefault(key.raw, key)
    if not found:
        why = "; ".join(f"line {item.line}: {item.why}" for item in passed) or "it is empty"
        raise BadInput(
            f"no usable key: {why}", path=source, hint="registry keys generate makes one of the right kind"
        )
    return tuple(found.values()), tuple(passed)


def import_keys(newcomer: Newcomer, keys: tuple[PublicKey, ...], scope: Scope) -> TrustChange:
    """Add a principal with all of these keys; keys that already are theirs are left as they are.

    ``newcomer.key_line`` is not used.

    Raises:
        BadInput: a key is somebody else's, or all of them are theirs already.
    """

    def change(present: Present, trust: Trust) -> Trust:
        new = [key for key in keys if not _is_theirs(present, newcomer.id, key)]
        if not new:
            raise BadInput(f"all of these keys are {newcomer.id}'s already", hint="registry trust show")
        for key in new:
            trust = add(replace(newcomer, key_line=key.openssh), scope)(present, trust)
        return trust

    return change


def _is_theirs(present: Present, principal_id: str, key: PublicKey) -> bool:
    owner = present.law.trust.owner(key)
    return owner is not None and owner.id == principal_id
