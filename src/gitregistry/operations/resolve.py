"""Resolve: from a reference to the exact release; every record on the way is checked.

It reads as few files as a question can: trust, the alias, the manifest, and their signatures.
"""

from __future__ import annotations

from gitregistry.errors import Refused
from gitregistry.operations.freshness import require_fresh
from gitregistry.operations.known_trust import require_known_trust
from gitregistry.operations.references import AliasName, parse_reference
from gitregistry.operations.require import require_alias, require_release, unusable
from gitregistry.operations.workspace import Workspace, not_a_registry
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Record
from gitregistry.records.release import Release
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import OPERATOR, PROMOTER, PUBLISHER, TrustInForce, trust_in_force
from gitregistry.storage.commit_info import commit_info


def resolve_reference(
    workspace: Workspace, reference: str, at: str | None
) -> tuple[Opened[Release], Opened[Alias] | None, str]:
    """The release that a reference stands for, the alias record that says so, and the commit read.

    Raises:
        NotFound: there is no such release or alias.
        Refused: a record on the way is not what somebody in trust signed for this place; or a later one of
            the alias, or later trust, was seen here before.
    """
    name = parse_reference(reference)
    commit = workspace.commit(at)
    snapshot = workspace.snapshot(commit)
    time = from_epoch(commit_info(workspace.objects, [commit])[commit].committer.time)
    trust = _trust(workspace, snapshot)
    alias = None
    if isinstance(name, AliasName):
        alias = require_alias(snapshot, name.model, name.environment)
        _check_place(alias, trust, (name.model, alias.record.version, name.environment))
        role = PROMOTER if alias.record.action == "promote" else OPERATOR
        _authorise(workspace, snapshot, alias, role, time)
    if at is None:
        require_fresh(workspace, trust, alias)
    version = alias.record.version if alias is not None else name[1]
    release = require_release(snapshot, name.model, version)
    _check_place(release, trust, (name.model, version, None))
    _authorise(workspace, snapshot, release, PUBLISHER, time)
    if alias is not None and alias.record.release_digest != release.digest:
        raise Refused(
            f"the alias names {alias.record.release_digest}, the manifest there is {release.digest}",
            path=alias.path,
            hint="registry verify says which commit changed it",
        )
    if snapshot.tree.entry(paths.retirement(name.model, version)) is not None:
        _check_withdrawn(snapshot, name.model, version, alias)
    return release, alias, commit


def _check_withdrawn(snapshot: Snapshot, model: str, version: str, alias: Opened[Alias] | None) -> None:
    from gitregistry.registry.retirements import is_withdrawn  # noqa: PLC0415 - few releases are retired

    if is_withdrawn(snapshot, model, version):
        raise Refused(
            f"{model}:{version} was withdrawn: it must not serve",
            path=paths.retirement(model, version),
            hint=f"registry rollback {model} --in {alias.record.environment} --reason '…'" if alias else None,
        )


def _trust(workspace: Workspace, snapshot: Snapshot) -> TrustInForce:
    try:
        trust = trust_in_force(snapshot)
    except Broken as broken:
        raise unusable(broken, paths.TRUST) from None
    if trust is None:
        raise not_a_registry(workspace.directory)
    require_known_trust(workspace, snapshot, trust)
    return trust


def _check_place(opened: Opened[Record], trust: TrustInForce, place: tuple[str, str, str | None]) -> None:
    """The record belongs to this registry and says itself that it lies here."""
    record = opened.record
    said = tuple(getattr(record, field, None) for field in ("model_name", "version", "environment"))
    if not trust.knows(record.registry_id) or said != place:
        raise Refused(
            "the record was made for another place or another registry",
            path=opened.path,
            hint="registry verify says which commit brought it",
        )


def _authorise(
    workspace: Workspace, snapshot: Snapshot, opened: Opened[Record], role: str, time: str
) -> None:
    """Its signer may sign it: by the trust of today, or by that of the moment the record entered.

    People leave and keys end; what they signed lawfully stands. Only then is history asked.
    """
    model = getattr(opened.record, "model_name", None)
    environment = getattr(opened.record, "environment", None)
    trust = trust_in_force(snapshot)
    try:
        if trust is not None:
            trust.authorise(opened, [role], time, model, environment)
            return
    except Broken:  # not by today's trust; what follows asks that of its own day
        pass
    entered = snapshot.left_by(opened.path)
    assert entered is not None  # noqa: S101 - it was opened out of a commit, so one left it
    info = commit_info(workspace.objects, [entered.commit])[entered.commit]
    then = trust_in_force(workspace.snapshot(info.parents[0] if info.parents else entered.commit))
    try:
        if then is None:
            raise Broken("trust", "there was no trust when the record entered")
        then.authorise(opened, [role], from_epoch(info.committer.time), model, environment)
    except Broken as broken:
        raise unusable(broken, opened.path) from None
