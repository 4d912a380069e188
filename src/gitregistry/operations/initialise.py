"""Init: a new registry, with you as its first person and the mission's states and gates as its policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.operations import scaffold
from gitregistry.operations.proposal import Proposal, signed_files
from gitregistry.operations.submit import Actor, refused
from gitregistry.operations.workspace import Workspace
from gitregistry.records import names, paths
from gitregistry.records.digests import digest_of, namespace_of
from gitregistry.records.encoding import encode
from gitregistry.records.policy import Policy
from gitregistry.records.schema_export import json_schemas
from gitregistry.records.shapes import read_record
from gitregistry.records.trust import Grant, Key, Principal, Thresholds, Trust
from gitregistry.registry.moments import moment_text
from gitregistry.registry.overlay import proposed_tree
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import NoChains
from gitregistry.registry.trust import BUILT_IN_ROLES
from gitregistry.rules.judge import judge
from gitregistry.rules.step import PathChange, Step
from gitregistry.signing.keys import require_strong
from gitregistry.storage.commits import Identity, NewCommit, build_commit
from gitregistry.storage.creation import create_repository
from gitregistry.storage.trees import CommitTree
from gitregistry.storage.worktree import land

_APPROVER_ROLES = ("model-owner", "risk-owner")


@dataclass(frozen=True, slots=True)
class Initialised:
    """The first step of a new registry."""

    directory: Path
    commit: str
    pin: str
    principal: str
    branch: str


def initialise(directory: Path, name: str, principal: str, actor: Actor) -> Initialised:
    """Make a registry in a folder: a new repository, or one more commit in the repository that is there.

    Raises:
        BadInput: a registry is already there, or a name cannot be one.
    """
    fault = names.fault_in_principal(principal)
    if fault:
        raise BadInput(fault, field="--id", hint="registry init DIR --name NAME --id alice@example.com")
    require_strong(actor.signer.public_key)
    if not name or not name.isprintable():
        raise BadInput("a registry's name is one line of text", field="--name")
    records, pin = _first_records(name, principal, actor)
    files = signed_files(Proposal("", files=records), actor.signer)
    _judge_first(files, actor)
    # Only now: whatever was wrong until here leaves no half-made repository behind.
    create_repository(directory)
    with Workspace(directory) as workspace:
        return _commit_first(workspace, name, (principal, actor.now), pin, files)


def _commit_first(
    workspace: Workspace, name: str, actor: tuple[str, datetime], pin: str, records: dict[str, bytes]
) -> Initialised:
    principal, now = actor
    ref, tip = workspace.ref, workspace.tip()
    tree = CommitTree(workspace.objects, tip) if tip is not None else None
    if tree is not None and tree.entry(paths.ROOT.rstrip("/")) is not None:
        raise BadInput(
            "a registry is already here", path=str(workspace.directory), hint="registry status shows it"
        )
    branch = ref.removeprefix("refs/heads/")
    beside = _beside(name, pin, branch)
    files = records | {
        path: data for path, data in beside.items() if tree is None or tree.entry(path) is None
    }
    message = f"Initialise the registry {name}\n\nRegistry-Action: init\nRegistry-Pin: {pin}\n"
    identity = Identity(principal, principal)
    new = NewCommit(tip, files, message, int(now.timestamp()))
    commit = build_commit(workspace.repository, workspace.objects, new, workspace.config, identity)
    land(workspace.repository, workspace.objects, ref, tip, commit, f"registry: initialise {name}")
    return Initialised(workspace.directory, commit, pin, principal, branch)


def _first_records(name: str, principal: str, actor: Actor) -> tuple[dict[str, bytes], str]:
    """The first trust and policy with their signatures, and the pin."""
    now = moment_text(actor.now)
    person = Principal(id=principal, kind="person", keys=(Key(public_key=actor.signer.public_key.openssh),))
    roles = (*BUILT_IN_ROLES, *_APPROVER_ROLES)
    trust = Trust(
        created_at=now,
        created_by=principal,
        name=name,
        version=1,
        principals=(person,),
        grants=tuple(Grant(principal=principal, role=role) for role in roles),
        thresholds=Thresholds(trust=1, policy=1),
    )
    trust_bytes = encode(trust, header=(f"{scaffold.SCHEMA_LINE[2:]}../schemas/trust.schema.json",))
    pin = digest_of(trust_bytes)
    policy_bytes = scaffold.POLICY.format(
        schema=f"{scaffold.SCHEMA_LINE}../schemas/policy.schema.json",
        registry_id=pin,
        created_at=now,
        created_by=principal,
    ).encode()
    read_record(Trust, trust_bytes, paths.TRUST)
    read_record(Policy, policy_bytes, paths.POLICY)
    sign = actor.signer.sign
    records = {
        paths.TRUST: trust_bytes,
        paths.TRUST + paths.SIGNATURE: sign(trust_bytes, namespace_of("trust")),
        paths.POLICY: policy_bytes,
        paths.POLICY + paths.SIGNATURE: sign(policy_bytes, namespace_of("policy")),
    }
    return records, pin


def _beside(name: str, pin: str, branch: str) -> dict[str, bytes]:
    files = {
        ".gitattributes": scaffold.GIT_ATTRIBUTES,
        ".github/workflows/registry.yml": scaffold.WORKFLOW.format(branch=branch),
        "README.md": scaffold.README.format(name=name, pin=pin),
    }
    files |= {f"schemas/{file}": text for file, text in json_schemas().items()}
    return {path: text.encode() for path, text in files.items()}


def _judge_first(files: dict[str, bytes], actor: Actor) -> None:
    after = Snapshot(proposed_tree(None, files))
    now = moment_text(actor.now)
    registry_files = [path for path in sorted(files) if path.startswith(paths.ROOT)]
    step = Step(
        before=None,
        after=after,
        changes=[PathChange(path, None, after.tree.entry(path)) for path in registry_files],
        time=now,
        now=now,
        parent_time=None,
        chain=NoChains(),
        existed=lambda _path: False,
    )
    decision = judge(step)
    if not decision.lawful:
        raise refused(decision, Proposal("Initialise"))
