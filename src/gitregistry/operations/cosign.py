"""Sign a change of trust or policy; put it in force once enough administrators have.

Until then the files lie in the work tree. They travel on an ordinary branch: whoever has them checked out
there signs with ``--branch`` naming the registry's own branch, where the last signature lands the step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.chained_files import chained_kind, chained_proposal, cosigned, has_signed
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal
from gitregistry.operations.proposal_branch import require_registry_branch
from gitregistry.operations.submit import Actor, Refusal, Remote, Submitted, look, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.digests import digest_of
from gitregistry.records.shapes import read_record
from gitregistry.records.trust import Trust
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.trust import ADMINISTRATOR, TrustInForce
from gitregistry.rules.findings import Decision
from gitregistry.rules.recovery import begins_anew
from gitregistry.storage.open_folder import write_file


@dataclass(frozen=True, slots=True)
class Awaiting:
    """Signed, but not yet by enough, or only proposed: the files lie in the work tree for others to sign."""

    path: str
    decision: Decision
    digest: str


_CHANGE = {"trust": "a change of trust", "policy": "a change of policy", "model": "a risk tier"}

NextVersion = Callable[[Present], tuple[bytes, bytes | None]]


def chained_path(given: Path) -> str:
    """Which of the files that several sign is meant.

    Raises:
        BadInput: neither trust nor policy nor a model's page.
    """
    page = re.search(r"(?:^|/)(registry/models/[^/]+/model\.yaml)$", given.as_posix())
    if page is not None:
        return page[1]
    for path in (paths.TRUST, paths.POLICY):
        if given.as_posix().endswith(path) or path.endswith(f"/{given.as_posix()}"):
            return path
    raise BadInput(
        "only trust, policy and models' pages are signed by several; all else is signed as it is made",
        path=str(given),
        hint=f"registry sign {paths.POLICY}",
    )


def sign_file(
    workspace: Workspace,
    actor: Actor,
    path: str,
    remote: Remote | None = None,
    propose_only: bool = False,
    new_pin: str | None = None,
) -> Submitted | Awaiting:
    """Add a signature to the version of a file that lies in the work tree.

    ``new_pin`` is the digest of a trust that is begun anew: who signs one says that this is what is meant.
    """
    top = _work_tree(workspace)
    data = _read(top / path)
    if data is None:
        raise BadInput("there is no such file to sign", path=str(top / path))
    signatures = _read(top / (path + paths.SIGNATURE))
    require_registry_branch(workspace, path, data)
    if path == paths.TRUST:
        record = read_record(Trust, data, path)
        _require_meant(record, digest_of(data), new_pin)
        actor = actor._replace(proposed=_proposed(record, data))
    outcome = put_in_force(
        workspace,
        actor,
        path,
        lambda present: cosigned(data, signatures, path, present),
        remote,
        propose_only,
    )
    if isinstance(outcome, Awaiting) or workspace.repository.head_ref != workspace.ref:
        return outcome
    return _settled(top, outcome, {path: data, path + paths.SIGNATURE: signatures})


def _require_meant(trust: Trust, digest: str, new_pin: str | None) -> None:
    """Raise Refused for a trust begun anew by a signer who did not say so: it may pass for a small change."""
    if begins_anew(trust) and new_pin != digest:
        raise Refused(
            f"this is no change of trust: it begins trust anew, and the pin would be {digest}",
            path=paths.TRUST,
            hint="if those who began it told you that pin by other means: "
            f"registry sign {paths.TRUST} --new-pin PIN",
        )


def _proposed(record: Trust, data: bytes) -> TrustInForce | None:
    """A proposed trust, to know those by who join with it; None when the judge will refuse it anyhow."""
    try:
        return TrustInForce(Opened(paths.TRUST, record, digest_of(data), ()))
    except Broken:  # the judge says what is wrong with it
        return None


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
    workspace: Workspace,
    actor: Actor,
    path: str,
    version: NextVersion,
    remote: Remote | None = None,
    propose_only: bool = False,
) -> Submitted | Awaiting:
    """Sign the next version and commit it; or, while signatures are missing, leave it for others to sign.

    ``propose_only`` leaves it for others however many signatures it has.

    Raises:
        BadInput: this key has signed it already, and others are missing.
        Refused: it would be unlawful whoever signed, or the signature would not count.
    """
    again = False

    def propose(present: Present) -> Proposal:
        nonlocal again
        data, signatures = version(present)
        again = has_signed(signatures, actor.signer)
        return chained_proposal(path, data, signatures, actor.signer)

    try:
        done = submit(workspace, actor, propose, dry_run=propose_only, remote=remote)
    except Refusal as refusal:
        if not all(finding.rule.endswith("-threshold") for finding in refusal.decision.findings):
            raise
        if again:
            raise BadInput(
                "this key has signed it already", path=path, hint="another administrator must sign it"
            ) from None
        _require_administrator(workspace, actor, refusal.proposal.files[path], path)
        return _left_for_others(workspace, path, refusal.proposal, refusal.decision)
    if propose_only:
        return _left_for_others(workspace, path, done.proposal, done.decision)
    return done


def _left_for_others(workspace: Workspace, path: str, proposal: Proposal, decision: Decision) -> Awaiting:
    top = _work_tree(workspace)
    for name, content in proposal.files.items():
        write_file(top, name, content)
    return Awaiting(path, decision, digest_of(proposal.files[path]))


def _require_administrator(workspace: Workspace, actor: Actor, data: bytes, path: str) -> None:
    """Raise Refused unless the signature will count, by the trust in force or by the one proposed."""
    present = look(workspace, actor, workspace.commit())
    trusts = [present.law.trust.record]
    if path == paths.TRUST:
        trusts.append(read_record(Trust, data, path))
    persons = {who.id for trust in trusts for who in trust.principals if who.kind == "person"}
    if present.principal not in persons or not any(
        (grant.principal, grant.role) == (present.principal, ADMINISTRATOR)
        and "*" in grant.models
        and "*" in grant.environments
        for trust in trusts
        for grant in trust.grants
    ):
        raise Refused(
            f"{present.principal} is no administrator: {_CHANGE[chained_kind(path)]} needs their signatures",
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
