"""Guard: watch what was promoted for as long as the policy says, and take it back when a condition breaks.

Each round reads the registry anew, looks, remembers, and only then acts. It guards one alias record: whoever
moves the alias, it stops; it never moves anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from gitregistry.errors import BadInput, RegistryError
from gitregistry.operations import guard_notes
from gitregistry.operations.guard_look import (
    Guarded,
    MovedOn,
    guarded_now,
    look_at,
    require_question,
    require_roles,
    require_watched,
    still_there,
)
from gitregistry.operations.guard_steps import NoWayBack, findings, to_file, way_back
from gitregistry.operations.law import law_for_rollback
from gitregistry.operations.measuring import Source
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposer
from gitregistry.operations.submit import Actor, Refusal, Remote, Submitted, look, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.alias import Alias
from gitregistry.records.policy import Transition
from gitregistry.registry.moments import duration_of, moment_text
from gitregistry.rules.guard import Seen, Watch, after_round, begun, is_passed, under
from gitregistry.signing.signers import Signer
from gitregistry.storage.worktree import finish_refresh

Outcome = Literal[
    "watching",  # go on
    "trying again",  # a breach, and the step back could not be made yet
    "ok",  # one look, and every condition kept
    "undecided",  # one look, and it takes more of them to tell
    "passed",  # watched to the end
    "rolled back",
    "no way back",  # a breach, and nothing to go back to
    "moved on",  # the alias points elsewhere
]


class Clock(NamedTuple):
    """Time from outside: now, and waiting for so many seconds."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


class Post(NamedTuple):
    """Where a guard stands, and with what.

    Attributes:
        open: the registry, opened anew for each round.
        remote: where steps are pushed to; gives None to keep them in this clone.
        source: the server that is asked; None for evidence alone.
        environment: the process's, for where notes are kept.
        pause: seconds from one round to the next.
        length: seconds that it is watched; None for what the policy says.
        once: one round, and then an answer.
    """

    model: str
    place: str
    open: Callable[[], AbstractContextManager[Workspace]]
    remote: Callable[[Workspace], Remote | None]
    signer: Signer
    key: str
    source: Source | None
    environment: Mapping[str, str]
    clock: Clock
    pause: float = 30.0
    length: float | None = None
    once: bool = False


class Round(NamedTuple):
    """One round: what was seen, and what came of it.

    Attributes:
        seconds: how long it is watched in all; None for as long as it is there.
        there: the alias record that is in force now, when the alias moved.
        submitted: the step that was made.
        problem: why something could not be done.
    """

    outcome: Outcome
    time: str
    guarded: Guarded
    watch: Watch
    transition: Transition | None = None
    seen: tuple[Seen, ...] = ()
    seconds: float | None = None
    remarks: tuple[str, ...] = ()
    there: Alias | None = None
    submitted: Submitted | None = None
    problem: RegistryError | None = None


def guard(post: Post) -> Iterator[Round]:
    """Watch, round by round; the last round says how it ended.

    Raises:
        NotFound: nothing is promoted there.
        Refused: nothing is being tried there, or the key may not do what a breach calls for.
        BadInput: the policy does not say what to watch.
    """
    state = _State(post)
    while True:
        start = post.clock.now()
        done = state.round(start)
        yield done
        if post.once or done.outcome not in ("watching", "trying again"):
            return
        took = (post.clock.now() - start).total_seconds()
        post.clock.sleep(max(0.0, post.pause - max(0.0, took)))


@dataclass
class _State:
    """What a guard carries from round to round."""

    post: Post
    last: Round | None = None

    def round(self, now: datetime) -> Round:
        with self.post.open() as workspace:
            this = _Round(self.post, workspace, Actor(self.post.signer, now, self.post.key))
            self.last = this.run(self.last)
        return self.last


class _Round:
    """One round over one opening of the registry."""

    def __init__(self, post: Post, workspace: Workspace, actor: Actor) -> None:
        self._post = post
        self._workspace = workspace
        self._actor = actor
        self._now = moment_text(actor.now)
        self._problem: RegistryError | None = None

    def run(self, last: Round | None) -> Round:
        post = self._post
        present = look(self._workspace, self._actor, self._base(), law_for_rollback)
        last = last or self._first(present)
        guarded = last.guarded
        try:
            still_there(present, guarded)
        except MovedOn as elsewhere:
            return last._replace(
                outcome="moved on", time=self._now, seen=(), remarks=(), problem=None, there=elsewhere.record
            )
        transition = require_watched(present, guarded)
        watch = under(last.watch, present.law.policy.digest)
        done = Round(
            "watching", self._now, guarded, watch, transition, seconds=seconds_of(post.length, transition)
        )
        if watch.breach:  # seen before a restart, or by a round that could not act on it
            done = done._replace(seen=watch.breach)
        else:
            found = look_at(present, guarded, transition, post.source, self._actor.now)
            watch = after_round(watch, transition.abort_when, found.seen, self._now, post.pause)
            done = done._replace(watch=watch, seen=found.seen, remarks=found.remarks)
            self._remember(watch)
        return self._concluded(present, done._replace(problem=self._problem))

    def _first(self, present: Present) -> Round:
        """Where it begins: the release to guard, and what is remembered of it."""
        finish_refresh(self._workspace.repository, self._workspace.objects)  # after a kill in its step
        guarded = guarded_now(present, self._post.model, self._post.place)
        transition = require_watched(present, guarded)
        if self._post.source is not None:
            require_question(present, transition)
        require_roles(present, guarded, transition, self._post.source is not None)
        known = guard_notes.recalled(
            self._workspace.repository, self._post.environment, self._name, guarded.alias
        )
        watch = known or begun(guarded.alias, present.law.policy.digest, self._now)
        return Round("watching", self._now, guarded, watch)

    def _concluded(self, present: Present, done: Round) -> Round:
        if done.watch.breach:
            return self._back(present, done)
        if self._post.once:
            return done._replace(outcome="ok" if done.watch.quiet else "undecided")
        if is_passed(done.watch, done.seconds):
            return self._passed(present, done)
        return done

    def _back(self, present: Present, done: Round) -> Round:
        """Go back, with the evidence; what cannot be written now is tried again."""
        try:
            submitted = self._went_back(done)
        except MovedOn as elsewhere:
            return done._replace(outcome="moved on", there=elsewhere.record)
        except (NoWayBack, Refusal) as error:
            return self._stuck(present, done, error)
        except RegistryError as error:
            return done._replace(outcome="trying again", problem=error)
        self._forget()
        return done._replace(outcome="rolled back", submitted=submitted)

    def _went_back(self, done: Round) -> Submitted:
        try:
            return self._submit(way_back(done.guarded, done.watch))
        except Refusal:
            # What stands against the evidence does not stand against going back.
            return self._submit(way_back(done.guarded, done.watch, with_evidence=False))

    def _stuck(self, present: Present, done: Round, error: RegistryError) -> Round:
        """No way back: at least the evidence refuses every further step of the release."""
        done = done._replace(outcome="no way back", problem=error)
        if not to_file(present, done.guarded, done.watch.breach):
            return done
        try:
            submitted = self._submit(findings(done.guarded, done.watch, done.watch.breach))
        except MovedOn as elsewhere:
            return done._replace(outcome="moved on", there=elsewhere.record)
        except RegistryError as other:
            return done._replace(problem=other)
        return done._replace(submitted=submitted)

    def _passed(self, present: Present, done: Round) -> Round:
        """File what was seen; while that cannot be written, watch on."""
        submitted = None
        try:
            if to_file(present, done.guarded, done.seen):
                submitted = self._submit(findings(done.guarded, done.watch, done.seen))
        except MovedOn as elsewhere:
            return done._replace(outcome="moved on", there=elsewhere.record)
        except Refusal:
            raise
        except RegistryError as error:
            return done._replace(problem=error)
        self._forget()
        return done._replace(outcome="passed", submitted=submitted)

    def _submit(self, proposer: Proposer) -> Submitted:
        return submit(
            self._workspace,
            self._actor._replace(now=self._post.clock.now()),
            proposer,
            remote=self._post.remote(self._workspace),
            law_there=law_for_rollback,
        )

    def _base(self) -> str:
        """The commit to look at; this clone's own while the remote cannot be reached."""
        try:
            remote = self._post.remote(self._workspace)
            return remote.base(in_turn=False) if remote is not None else self._workspace.commit()
        except RegistryError as error:
            self._problem = error
            return self._workspace.commit()

    def _remember(self, watch: Watch) -> None:
        guard_notes.remember(self._workspace.repository, self._post.environment, self._name, watch)

    def _forget(self) -> None:
        guard_notes.forget(self._workspace.repository, self._post.environment, self._name)

    @property
    def _name(self) -> str:
        return f"{self._post.model}@{self._post.place}"


def seconds_of(length: float | None, transition: Transition) -> float | None:
    """How long a release is watched: as the policy says, or longer.

    Raises:
        BadInput: what was asked for is shorter than the policy's.
    """
    least = duration_of(transition.guard_for).total_seconds() if transition.guard_for else None
    if length is not None and least is not None and length < least:
        raise BadInput(
            f"the policy has it watched for {transition.guard_for}; --for may only be longer",
            hint="leave --for out",
        )
    return length if length is not None else least


def new_alias(done: Round) -> Alias | None:
    """The alias record that a round made."""
    records = done.submitted.proposal.records.values() if done.submitted is not None else ()
    return next((record for record in records if isinstance(record, Alias)), None)
