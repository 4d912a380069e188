"""What becomes of whose bundle must lie in an artifact, when a check names others: keys and identities."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.digests import digest_of
from gitregistry.records.policy import Check, SigningIdentity
from gitregistry.rules.aspects import Aspect, narrowing

Signers = frozenset[str | SigningIdentity]


def signer_aspects(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    """Who may have signed the bundle, and by whose word; without anybody, no bundle needs to be there."""
    before, after = _signers(old), _signers(new)
    if before and not after:
        words = f"{name} no longer asks for a bundle that {_one_of(before)} signed"
        yield Aspect("model_signing", "looser", words)
    elif after and not before:
        words = f"{name} now asks for a bundle that {_one_of(after)} signed{_named(after)}"
        yield Aspect("model_signing", "stricter", words)
    elif before != after:
        words = f"{name} now asks for a bundle that {_one_of(after)} signed (was {_one_of(before)})"
        added, taken = after - before, before - after
        changed = f": {len(added)} added{_named(added)}, {len(taken)} taken away{_named(taken)}"
        yield Aspect("model_signing", narrowing(before, after), words + changed)
    if old.model_signing_identities and new.model_signing_identities:
        yield from _root(name, old, new)


def _root(name: str, old: Check, new: Check) -> Iterator[Aspect]:
    """By whose word identities count; nothing says which of two instances is the stricter."""
    was, now = (check.model_signing_root for check in (old, new))
    if was == now:
        return
    words = f"{name} now believes {_instance(now)} about identities (was {_instance(was)})"
    yield Aspect("model_signing_root", "other", words)


def _instance(root: str | None) -> str:
    """Evidence names the root by the same digest."""
    if root is None:
        return "Sigstore's public instance"
    return f"the instance of the root {digest_of(root.encode())}"


def _signers(check: Check) -> Signers:
    return frozenset((*(key.strip() for key in check.model_signing_keys), *check.model_signing_identities))


def _one_of(signers: Signers) -> str:
    """``the named key``, ``one of 2 keys``, ``one of 2 keys and 1 identity``."""
    identities = sum(isinstance(one, SigningIdentity) for one in signers)
    counts = ((len(signers) - identities, "key", "keys"), (identities, "identity", "identities"))
    if len(signers) == 1:
        return f"the named {'identity' if identities else 'key'}"
    listed = [f"{count} {one if count == 1 else more}" for count, one, more in counts if count]
    return f"one of {' and '.join(listed)}"


def _named(signers: Signers) -> str:
    """Identities by name; a key's text says nothing to anybody."""
    names = sorted(f"{one.identity} by {one.issuer}" for one in signers if isinstance(one, SigningIdentity))
    return f" ({', '.join(names)})" if names else ""
