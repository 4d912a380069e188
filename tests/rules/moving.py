"""Chains in a world without Git: moves of aliases, each with its step's time, and lifts of holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Stamp
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.records.lift import Lift
from gitregistry.records.line import Line
from gitregistry.registry.chains import Link, linked
from gitregistry.registry.lines import LineChain, LineLink, resumes_rightly
from gitregistry.registry.opening import Opened
from tests.rules.world import MODEL, World, key_of


class Moves:
    """A ``ChainReader`` of moves that a case lists, oldest first."""

    def __init__(self, world: World, moves: Sequence[Mapping[str, Any]] = ()) -> None:
        self.world = world
        self.tips: dict[str, Link] = {}
        self.digests: list[str] = []
        self.lines: dict[str | None, LineChain] = {}
        for move in moves:
            self._add(move)

    def __call__(self, model: str, environment: str, /) -> Link | None:
        return self.tips.get(environment) if model == MODEL else None

    def line(self, model: str | None) -> LineChain:
        return self.lines.get(model, ())

    def stop(self, given: Mapping[str, Any]) -> None:
        """``{stop: fleet}`` or ``{resume: churn}``, by alice unless told; ``in_step``: not yet history."""
        verb = "stop" if "stop" in given else "resume"
        model, who = None if given[verb] == "fleet" else given[verb], given.get("by", "alice")
        chain = self.line(model)
        record = Line(
            registry_id=self.world.pin,
            created_at="2026-04-30T00:00:00Z",
            created_by=given.get("as", who),
            model_name=model,
            sequence=len(chain) + 1,
            previous=chain[-1].opened.digest if chain else None,
            state="stopped" if verb == "stop" else "running",
            reason=given.get("reason", "bad data"),
        )
        path = paths.line(model)
        digest = self.world.place(path, record, who)
        if not given.get("in_step"):
            opened = Opened(path, record, digest, (key_of(who)[1],))
            law = self.world.law
            resumes = resumes_rightly(opened, law.trust, law.policy.record, record.created_at)
            self.lines[model] = (*chain, LineLink(opened, resumes))

    def _add(self, move: Mapping[str, Any]) -> None:
        """``{promote: v1, in: staging, at: TIME}`` or ``{rollback: …}``; ``by`` is alice unless told."""
        action = "promote" if "promote" in move else "rollback"
        version, environment, who = move[action], move.get("in", "staging"), move.get("by", "alice")
        before = self.tips.get(environment)
        law = self.world.law
        record = Alias(
            registry_id=self.world.pin,
            created_at=move["at"],
            created_by=who,
            model_name=MODEL,
            environment=environment,
            version=version,
            release_digest=self.world.releases[version],
            action="promote" if action == "promote" else "rollback",
            sequence=before.opened.record.sequence + 1 if before else 1,
            previous=before.opened.digest if before else None,
            policy=Stamp(version=1, digest=law.policy.digest),
            trust=Stamp(version=1, digest=law.trust.digest),
            reason="too many errors" if action == "rollback" else None,
        )
        digest = digest_of(encode(record))
        opened = Opened(paths.alias(MODEL, environment), record, digest, (key_of(who)[1],))
        self.digests.append(digest)
        self.tips[environment] = linked(opened, f"commit {len(self.digests)}", before, move["at"])

    def lift(self, label: str, given: Mapping[str, Any]) -> None:
        """File a lift of the move with the number ``of``, from 1."""
        fields = dict(given)
        who = fields.pop("by")
        rollback = fields.pop("of")
        record = Lift(
            registry_id=fields.pop("registry_id", self.world.pin),
            created_at="2026-04-30T00:00:00Z",
            created_by=fields.pop("as", who),
            model_name=MODEL,
            version="v1",
            release_digest=self.world.releases["v1"],
            environment=fields.pop("in", "staging"),
            rollback=self.digests[rollback - 1],
            reason=label,
            **fields,
        )
        self.world.place(f"{paths.lifts_folder(MODEL, 'v1')}/{record.environment}-{label}.yaml", record, who)
