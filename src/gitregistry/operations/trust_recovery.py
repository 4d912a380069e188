"""Trust begun anew, when too few of the old administrators' keys are left to change it lawfully.

The new first trust names the one whose place it takes. Its signers vouch for it, and nobody else can: whoever
holds the old pin is told by ``verify``, and must ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.cosign import Awaiting, put_in_force
from gitregistry.operations.law import require_law
from gitregistry.operations.present import Present
from gitregistry.operations.submit import Actor, Remote, Submitted
from gitregistry.operations.trust_change import HEADER
from gitregistry.operations.workspace import Workspace
from gitregistry.records import names, paths
from gitregistry.records.encoding import encode
from gitregistry.records.trust import Grant, Key, Principal, Recovery, Revocation, Thresholds, Trust
from gitregistry.registry.moments import moment_text
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.trust import ADMINISTRATOR, TrustInForce
from gitregistry.signing.keys import parse_public_key, require_strong


@dataclass(frozen=True, slots=True)
class NewBeginning:
    """Who administers from now on.

    Attributes:
        reason: why; it stands in the record and in every verdict.
        persons: the new administrators and the one key of each from now on, as lines of ``.pub`` files.
        threshold: how many of them must agree; else as many as before, if there are so many.
        written: principals, grants and thresholds as somebody wrote them, in place of all that.
    """

    reason: str
    persons: Mapping[str, str] = field(default_factory=dict)
    threshold: int | None = None
    written: Trust | None = None


def recover(
    workspace: Workspace,
    actor: Actor,
    plan: NewBeginning,
    remote: Remote | None = None,
    propose_only: bool = False,
) -> Submitted | Awaiting:
    """Begin trust anew on the branch; or leave it for the others to sign, while its own threshold is not met.

    Raises:
        BadInput: a person or key cannot be used.
        Refused: the signing key is of no person who administers from now on.
    """
    old = require_law(workspace.snapshot(workspace.commit())).trust
    now = moment_text(actor.now)
    new = _in_force(begun_anew(old, plan, now))
    try:
        signer = new.signer(actor.signer.public_key, now)
    except Broken as broken:
        raise Refused(
            f"{broken.message} (signing with {actor.key})",
            hint="sign with the key of one who is named with --person: --key FILE",
            path=paths.TRUST,
        ) from None

    def version(present: Present) -> tuple[bytes, None]:
        trust = begun_anew(present.law.trust, plan, now)
        recovers = Recovery(
            registry_id=present.registry_id,
            earlier=present.law.trust.succeeded,
            trust=present.law.trust.digest,
            commit=present.commit,
            reason=plan.reason,
        )
        return encode(replace(trust, recovers=recovers, created_by=signer.id), header=HEADER), None

    return put_in_force(
        workspace, actor._replace(proposed=new), paths.TRUST, version, remote, propose_only=propose_only
    )


def stepping_down(old: Trust, plan: NewBeginning) -> list[str]:
    """Who administered before, is not named, and still has a key that counts for other roles."""
    if plan.written is not None:
        return []
    before = {grant.principal for grant in old.grants if grant.role == ADMINISTRATOR} - set(plan.persons)
    counting = {who.id for who in old.principals if any(key.revoked is None for key in who.keys)}
    return sorted(before & counting)


def begun_anew(old: TrustInForce, plan: NewBeginning, now: str) -> Trust:
    """The new first trust, without what it recovers: everybody of the old one, with the new administrators.

    Keys that signed history stay their owners'. What a named person had before counts no longer, unless it is
    named again; who administered before and is not named does so no more.
    """
    written = plan.written
    trust = replace(old.record, version=1, registry_id=None, previous=None, recovers=None, created_at=now)
    if written is not None:
        return replace(
            trust,
            name=written.name,
            principals=written.principals,
            grants=written.grants,
            thresholds=written.thresholds,
        )
    if not plan.persons:
        raise BadInput(
            "nobody is named who administers from now on",
            field="--person",
            hint="registry trust recover --reason '…' --person alice@example.com=alice.pub",
        )
    revocation = Revocation(reason=plan.reason, revoked_at=now)
    principals = {principal.id: principal for principal in old.record.principals}
    for who, line in plan.persons.items():
        principals[who] = _with_only_key(old, principals.get(who), (who, line), revocation)
    grants = [
        grant for grant in old.record.grants if grant.role != ADMINISTRATOR or grant.principal in plan.persons
    ]
    everywhere = [Grant(principal=who, role=ADMINISTRATOR) for who in plan.persons]
    return replace(
        trust,
        principals=tuple(principals.values()),
        grants=(*grants, *(grant for grant in everywhere if grant not in grants)),
        thresholds=_thresholds(old.record.thresholds, plan),
    )


def _with_only_key(
    old: TrustInForce, known: Principal | None, person: tuple[str, str], revocation: Revocation
) -> Principal:
    """A person whose one key that counts from now on is this."""
    who, line = person
    fault = names.fault_in_principal(who)
    if fault:
        raise BadInput(fault, field="--person")
    key = parse_public_key(line)
    require_strong(key)
    owner = old.owner(key)
    if owner is not None and owner.id != who:
        raise BadInput(
            f"this key already belongs to {owner.id}", field="--person", hint="registry trust show"
        )
    if known is not None and known.kind != "person":
        raise BadInput(f"{who} is a {known.kind}; only persons administer", field="--person")
    kept = known.keys if known is not None else ()
    if any(past.public_key == key.openssh and past.revoked is not None for past in kept):
        raise BadInput(f"this key of {who} was revoked", field="--person", hint="registry keys generate")
    keys = [
        past
        if past.revoked is not None or past.public_key == key.openssh
        else replace(past, revoked=revocation)
        for past in kept
    ]
    if not any(past.public_key == key.openssh for past in kept):
        keys.append(Key(public_key=key.openssh))
    return replace(known or Principal(id=who, kind="person", keys=()), keys=tuple(keys))


def _thresholds(old: Thresholds, plan: NewBeginning) -> Thresholds:
    if plan.threshold is not None:
        return Thresholds(trust=plan.threshold, policy=plan.threshold)
    most = len(plan.persons)
    return Thresholds(trust=min(old.trust, most), policy=min(old.policy, most))


def _in_force(trust: Trust) -> TrustInForce:
    """Raises BadInput for a trust in which nobody can be told apart."""
    try:
        return TrustInForce(Opened(paths.TRUST, trust, "", ()))
    except Broken as broken:
        raise BadInput(broken.message, path=paths.TRUST) from None
