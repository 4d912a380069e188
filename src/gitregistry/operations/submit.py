"""The only way in: sign what a verb proposes, judge it, commit it, and move the branch if nobody else did.

The write is compared and swapped twice. The branch moves only from the tip that the proposal was judged
on, and an alias record names the one it replaces. When somebody else was faster, the proposal is
made and judged anew on what is there now.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from gitregistry.errors import BadInput, LostRace, Refused
from gitregistry.operations.freshness import require_fresh_law, require_next_numbers
from gitregistry.operations.known_trust import require_known_trust
from gitregistry.operations.law import require_law
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, signed_files
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.registry.moments import from_epoch, moment_text, to_epoch
from gitregistry.registry.opening import Broken
from gitregistry.registry.overlay import proposed_tree
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.findings import Decision
from gitregistry.rules.judge import judge
from gitregistry.rules.step import Law, PathChange, Step
from gitregistry.signing.signers import Signer
from gitregistry.storage.ancestry import is_ancestor
from gitregistry.storage.commits import BranchMoved, Identity, NewCommit, build_commit
from gitregistry.storage.last_change import last_change
from gitregistry.storage.worktree import Left, Refreshed, finish_refresh, land

_ATTEMPTS = 12


class Actor(NamedTuple):
    """Who acts, when, and with which key in words; records carry the time, and the step is judged at it."""

    signer: Signer
    now: datetime
    key: str = "the signing key"


class Submitted(NamedTuple):
    """A step that was judged lawful; ``commit`` is None after a dry run, ``files`` are its exact bytes.

    ``left`` names checked-out files that the user had changed, which were left as they were.
    """

    commit: str | None
    decision: Decision
    proposal: Proposal
    principal: str
    files: Mapping[str, bytes]
    left: tuple[Left, ...] = ()


class Refusal(Refused):
    """The judge said no; ``decision`` says to what."""

    def __init__(self, decision: Decision, proposal: Proposal) -> None:
        finding = decision.findings[0]
        super().__init__(finding.message, path=finding.path, line=finding.line, hint=finding.hint)
        self.decision = decision
        self.proposal = proposal


class Remote(Protocol):
    """Where steps are pushed to; ``None`` in its place keeps them in this clone."""

    def base(self) -> str:
        """Fetch, and give the commit to build on: the remote's tip, or a local one that contains it."""

    def push(self, commit: str) -> None:
        """Push a commit. Raises BranchMoved when the remote has moved on."""


def submit(
    workspace: Workspace,
    actor: Actor,
    propose: Proposer,
    *,
    dry_run: bool = False,
    remote: Remote | None = None,
    law_there: Callable[[Snapshot], Law] = require_law,
) -> Submitted:
    """Judge and commit what ``propose`` makes of the registry as it stands.

    ``law_there`` says which law is in force at the commit that it is judged on.

    Raises:
        Refusal: it would not be lawful. Nothing was written.
        BadInput: it does not fit into a record. Nothing was written.
        LostRace: others were faster every time. Nothing was written.
    """
    ref = workspace.ref
    if not dry_run:
        finish_refresh(workspace.repository, workspace.objects)
    for attempt in range(_ATTEMPTS):
        local = workspace.commit()
        base = remote.base() if remote is not None else local
        present = look(workspace, actor, base, law_there)
        proposal = propose(present)
        require_next_numbers(present.seen, present.registry_id, proposal.records)
        files = signed_files(proposal, actor.signer)
        decision = judge_files(present, files)
        if not decision.lawful:
            raise refused(decision, proposal)
        if dry_run:
            return Submitted(None, decision, proposal, present.principal, files)
        try:
            commit, refreshed = _write(workspace, present, proposal, files, (ref, local), remote)
        except BranchMoved:
            # Back off at random, so that writers who collided do not collide again.
            time.sleep(os.urandom(1)[0] / 255 * min(1.0, 0.02 * 2**attempt))
            continue
        return Submitted(commit, decision, proposal, present.principal, files, refreshed.left)
    raise LostRace(
        f"others moved the branch {_ATTEMPTS} times while this was judged; nothing was written",
        hint="run the same command again",
    )


def refused(decision: Decision, proposal: Proposal) -> BadInput | Refusal:
    """What to raise for a proposal that would not be lawful."""
    for finding in decision.findings:
        given = finding.path in proposal.records or finding.path in proposal.files
        if finding.rule == "parse" and given:  # it fits into no record: not yet a question of law
            return BadInput(finding.message, hint=finding.hint)
    return Refusal(decision, proposal)


def look(
    workspace: Workspace, actor: Actor, commit: str, law_there: Callable[[Snapshot], Law] = require_law
) -> Present:
    """The registry at a commit as the actor finds it.

    Raises:
        Refused: trust does not know the key, or it no longer counts; or a later law was seen here before.
    """
    snapshot = workspace.snapshot(commit)
    law = law_there(snapshot)
    require_known_trust(workspace, snapshot, law.trust)
    now = moment_text(actor.now)
    try:
        principal = law.trust.signer(actor.signer.public_key, now)
    except Broken as broken:
        raise Refused(
            f"{broken.message} (signing with {actor.key})",
            hint="name another key with --key FILE or $REGISTRY_KEY; registry trust show lists those known",
            path=paths.TRUST,
        ) from None
    last = last_change(workspace.objects, commit, paths.ROOT.rstrip("/"))
    seen = require_fresh_law(workspace, law)
    times = (from_epoch(last) if last is not None else now, (seen and seen.marks.newest) or "")
    return Present(commit, max(times), now, principal.id, snapshot, law, seen)


def judge_files(present: Present, files: dict[str, bytes]) -> Decision:
    """What the judge says of placing these files on top of the present."""
    before = present.snapshot
    after = Snapshot(proposed_tree(before.tree, files), before.cache)
    registry_files = [path for path in sorted(files) if path.startswith(paths.ROOT)]
    changes = [PathChange(path, before.tree.entry(path), after.tree.entry(path)) for path in registry_files]
    return judge(
        Step(
            before=before,
            after=after,
            changes=changes,
            time=present.now,
            now=present.now,
            parent_time=present.time,
            chain=present.chain,
            existed=present.existed,
            law=present.law,
        )
    )


def _write(
    workspace: Workspace,
    present: Present,
    proposal: Proposal,
    files: dict[str, bytes],
    local: tuple[str, str],
    remote: Remote | None,
) -> tuple[str, Refreshed]:
    """Commit on top of the present, push if asked, move the branch, and let a clean checkout follow."""
    ref, tip = local
    # Dated as it was judged: git's own clock may be another, set by GIT_COMMITTER_DATE for instance.
    new = NewCommit(present.commit, files, proposal.message, to_epoch(present.now))
    fallback = Identity(present.principal, present.principal)
    commit = build_commit(workspace.repository, workspace.objects, new, workspace.config, fallback)
    reason = f"registry: {proposal.subject}"
    if remote is None:
        return commit, land(workspace.repository, workspace.objects, ref, tip, commit, reason)
    remote.push(commit)
    return commit, _follow(workspace, ref, commit, reason)


def _follow(workspace: Workspace, ref: str, commit: str, reason: str) -> Refreshed:
    """Bring the branch here to a commit that the remote has taken: the step is made, come what may."""
    for _ in range(_ATTEMPTS):
        tip = workspace.commit()
        if is_ancestor(workspace.repository, commit, tip):
            return Refreshed()
        if not is_ancestor(workspace.repository, tip, commit):
            break
        try:
            return land(workspace.repository, workspace.objects, ref, tip, commit, reason)
        except BranchMoved:  # another step of this clone; it may contain ours
            continue
    left = Left(ref, "pushed, but the branch here went another way meanwhile", "git pull --ff-only")
    return Refreshed(left=(left,))
