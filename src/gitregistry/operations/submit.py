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
from gitregistry.registry.trust import TrustInForce
from gitregistry.rules.findings import Decision, Finding
from gitregistry.rules.judge import judge
from gitregistry.rules.step import Law, PathChange, Step
from gitregistry.signing.signers import Signer
from gitregistry.storage.ancestry import is_ancestor
from gitregistry.storage.commits import BranchMoved, Identity, NewCommit, build_commit
from gitregistry.storage.last_change import last_change
from gitregistry.storage.turn import local_turn
from gitregistry.storage.worktree import Left, Refreshed, finish_refresh, land

_ATTEMPTS = 10


class Actor(NamedTuple):
    """Who acts, when, and with which key in words; records carry the time, and the step is judged at it.

    ``proposed`` is the trust that the step would put in force: it may know a key that is new.
    """

    signer: Signer
    now: datetime
    key: str = "the signing key"
    proposed: TrustInForce | None = None


class Submitted(NamedTuple):
    """A step that was judged lawful; ``commit`` is None after a dry run, ``files`` are its exact bytes.

    A step that changes nothing is not made, and has no commit either. ``left`` names checked-out files that
    the user had changed, which were left as they were. ``attempts`` is how often it was judged: once, and
    once more for every race that was lost.
    """

    commit: str | None
    decision: Decision
    proposal: Proposal
    principal: str
    files: Mapping[str, bytes]
    left: tuple[Left, ...] = ()
    attempts: int = 1


class Refusal(Refused):
    """The judge said no; ``decision`` says to what."""

    def __init__(self, decision: Decision, proposal: Proposal) -> None:
        finding = decision.findings[0]
        super().__init__(finding.message, path=finding.path, line=finding.line, hint=finding.hint)
        self.decision = decision
        self.proposal = proposal


class Remote(Protocol):
    """Where steps are pushed to; ``None`` in its place keeps them in this clone."""

    def base(self, *, in_turn: bool) -> str:
        """Fetch, and give the commit to build on: the remote's tip, or a local one that contains it.

        Args:
            in_turn: wait first for the writers who were here before; not for a step that is only tried.
        """

    def push(self, commit: str) -> None:
        """Push a commit. Raises BranchMoved when the remote has moved on."""

    def leave(self) -> None:
        """Let the next writer go: nothing more will be pushed."""


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
    asked = _Asked(workspace, actor, propose, law_there, remote)
    if dry_run:
        base = remote.base(in_turn=False) if remote is not None else workspace.commit()
        return _judged(asked, base)[1]
    finish_refresh(workspace.repository, workspace.objects)
    with local_turn(workspace.repository):
        try:
            return _land(asked)
        finally:
            if remote is not None:
                remote.leave()


class _Asked(NamedTuple):
    """What ``submit`` was asked for."""

    workspace: Workspace
    actor: Actor
    propose: Proposer
    law_there: Callable[[Snapshot], Law]
    remote: Remote | None


def _land(asked: _Asked) -> Submitted:
    """Judge and write, and again when somebody else was faster."""
    workspace, remote = asked.workspace, asked.remote
    for attempt in range(_ATTEMPTS):
        local = (workspace.ref, workspace.commit())
        base = remote.base(in_turn=True) if remote is not None else local[1]
        present, judged = _judged(asked, base)
        if not judged.files:
            return judged._replace(attempts=attempt + 1)
        try:
            commit, refreshed = _write(workspace, present, judged, local, remote)
        except BranchMoved:
            if remote is None:
                # By a git that takes no turns. At random, so that writers who collided do not collide again.
                time.sleep(os.urandom(1)[0] / 255 * min(1.0, 0.02 * 2**attempt))
            continue
        return judged._replace(commit=commit, left=refreshed.left, attempts=attempt + 1)
    raise LostRace(
        f"others moved the branch {_ATTEMPTS} times while this was judged; nothing was written",
        hint="run the same command again",
    )


def _judged(asked: _Asked, base: str) -> tuple[Present, Submitted]:
    """What the verb makes of the registry at a commit, when it is lawful; nothing is written yet."""
    present = look(asked.workspace, asked.actor, base, asked.law_there)
    proposal = asked.propose(present)
    require_next_numbers(present.seen, present.registry_id, proposal.records)
    files = signed_files(proposal, asked.actor.signer)
    decision = judge_files(present, files)
    if decision.findings and proposal.without is not None:
        proposal, files, decision = _what_is_lawful(present, proposal, files, decision)
    if any(finding.rule not in proposal.knowingly for finding in decision.findings):
        raise refused(decision, proposal)
    return present, Submitted(None, decision, proposal, present.principal, files)


def _what_is_lawful(
    present: Present, proposal: Proposal, files: dict[str, bytes], decision: Decision
) -> tuple[Proposal, dict[str, bytes], Decision]:
    """The step without the records that the judge refuses, as far as it is they that are at fault."""
    while decision.findings and proposal.without is not None:
        blamed: dict[str, list[Finding]] = {}
        for finding in decision.findings:
            blamed.setdefault(finding.path.removesuffix(paths.SIGNATURE), []).append(finding)
        if not blamed.keys() <= proposal.records.keys():
            break
        proposal = proposal.without(blamed)
        kept = proposal.records.keys()
        files = {path: data for path, data in files.items() if path.removesuffix(paths.SIGNATURE) in kept}
        decision = judge_files(present, files)
    return proposal, files, decision


def refused(decision: Decision, proposal: Proposal) -> BadInput | Refusal:
    """What to raise for a proposal that would not be lawful."""
    # What a requirement could not read lies there already.
    others = {item.path for item in decision.requirements if item.stops and item.rule == "parse"}
    for finding in decision.findings:
        given = finding.path in (proposal.records.keys() | proposal.files.keys()) - others
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
        principal = _trust_of(actor, law).signer(actor.signer.public_key, now)
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


def _trust_of(actor: Actor, law: Law) -> TrustInForce:
    """The trust in force; for a key that only the proposed one knows, that one."""
    known = law.trust.owner(actor.signer.public_key) is not None
    return law.trust if known or actor.proposed is None else actor.proposed


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
    workspace: Workspace, present: Present, judged: Submitted, local: tuple[str, str], remote: Remote | None
) -> tuple[str, Refreshed]:
    """Commit on top of the present, push if asked, move the branch, and let a clean checkout follow."""
    ref, tip = local
    proposal = judged.proposal
    # Dated as it was judged: git's own clock may be another, set by GIT_COMMITTER_DATE for instance.
    new = NewCommit(present.commit, judged.files, proposal.message, to_epoch(present.now))
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
