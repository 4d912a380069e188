"""Sign a change of trust or policy; put it in force once enough administrators have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.chained_files import CHAINED, add_signature, chained_proposal, cosigned
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal
from gitregistry.operations.submit import Actor, Refusal, Submitted, look, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.shapes import read_record
from gitregistry.records.trust import Trust
from gitregistry.registry.trust import ADMINISTRATOR
from gitregistry.rules.findings import Decision
from gitregistry.storage.open_folder import write_file


@dataclass(frozen=True, slots=True)
class Awaiting:
    """Signed, but not yet by enough: the files lie in the work tree for others to sign."""

    path: str
    decision: Decision


NextVersion = Callable[[Present], tuple[bytes, bytes | None]]


def chained_path(given: Path) -> str:
    """Which of the files that several sign is meant.

    Raises:
        BadInput: neither trust nor policy.
    """
    for path in CHAINED:
        if given.as_posix().endswith(path) or path.endswith(f"/{given.as_posix()}"):
            return path
    raise BadInput(
        "only trust and policy are signed by several; every other record is signed as it is made",
        path=str(given),
        hint=f"registry sign {paths.POLICY}",
    )


def sign_file(workspace: Workspace, actor: Actor, path: str) -> Submitted | Awaiting:
    """Add a signature to the version of a file that lies in the work tree."""
    top = _work_tree(workspace)
    data = _read(top / path)
    if data is None:
        raise BadInput("there is no such file to sign", path=str(top / path))
    signatures = _read(top / (path + paths.SIGNATURE))
    outcome = put_in_force(
        workspace, actor, path, lambda present: cosigned(data, signatures, path, present), CHAINED[path]
    )
    if isinstance(outcome, Awaiting) or workspace.repository.head_ref != workspace.ref:
        return outcome
    return _settled(top, outcome, {path: data, path + paths.SIGNATURE: signatures})


def _settled(top: Path, done: Submitted, given: Mapping[str, bytes | None]) -> Submitted:
    """Bring the files that were signed to what was committed of them, unless they changed meanwhile.

    For the work tree's follower they are files that the user edited; the step is made of that very edit.
    """
    for name, data in given.items():
        if _read(top / name) == data and data != done.files[name]:
            write_file(top, name, done.files[name])
    left = [
        item
        for item in done.left
        if item.path not in given or _read(top / item.path) != done.files[item.path]
    ]
    return done._replace(left=tuple(left))


def put_in_force(
    workspace: Workspace, actor: Actor, path: str, version: NextVersion, what: str
) -> Submitted | Awaiting:
    """Sign the next version and commit it; or, while signatures are missing, leave it for others to sign."""

    def propose(present: Present) -> Proposal:
        data, signatures = version(present)
        opened = present.law.trust.opened if path == paths.TRUST else present.law.policy
        number = opened.record.version + 1
        signed = add_signature(data, signatures, path, actor.signer)
        return chained_proposal(path, data, signed, number, f"{what[:1].upper()}{what[1:]} version {number}")

    try:
        return submit(workspace, actor, propose)
    except Refusal as refusal:
        if not all(finding.rule.endswith("-threshold") for finding in refusal.decision.findings):
            raise
        _require_administrator(workspace, actor, refusal.proposal.files[path], path)
        top = _work_tree(workspace)
        for name, content in refusal.proposal.files.items():
            write_file(top, name, content)
        return Awaiting(path, refusal.decision)


def _require_administrator(workspace: Workspace, actor: Actor, data: bytes, path: str) -> None:
    """Raise Refused unless the signature will count, by the trust in force or by the one proposed."""
    present = look(workspace, actor, workspace.commit())
    proposed = read_record(Trust, data, path).grants if path == paths.TRUST else ()
    grants = (*present.law.trust.record.grants, *proposed)
    if not any(
        (grant.principal, grant.role) == (present.principal, ADMINISTRATOR)
        and "*" in grant.models
        and "*" in grant.environments
        for grant in grants
    ):
        raise Refused(
            f"{present.principal} is no administrator: a change of {CHAINED[path]} needs signatures of those",
            path=path,
            hint="registry trust show says who they are",
        )


def _work_tree(workspace: Workspace) -> Path:
    if workspace.repository.work_tree is None:
        raise BadInput(
            "a change that several sign needs a work tree to lie in until they have; this repository is bare",
            path=str(workspace.directory),
            hint="git clone it, and sign there",
        )
    return workspace.repository.work_tree


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", path=str(path)) from None
