"""Stop and resume: the promotions of one model, or of the whole fleet."""

from __future__ import annotations

from typing import Literal

from gitregistry.errors import Refused
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.operations.require import unknown_model
from gitregistry.records import paths
from gitregistry.records.line import Line
from gitregistry.rules.lines import stop_in_force, stop_words


def stop(model: str | None, reason: str) -> Proposer:
    """Propose that nothing of a model is promoted any more; of no model, for None."""

    def propose(present: Present) -> Proposal:
        _require_model(present, model)
        found = stop_in_force(present.chain.line(model))
        if found is not None:
            raise Refused(
                f"already so: {stop_words(found.record)}",
                path=found.path,
                hint=f"registry resume {model or '--fleet'} --reason '…'",
            )
        return _proposal(present, model, "stopped", reason)

    return propose


def resume(model: str | None, reason: str) -> Proposer:
    """Propose that promotions go on."""

    def propose(present: Present) -> Proposal:
        _require_model(present, model)
        if stop_in_force(present.chain.line(model)) is None:
            raise Refused(f"{_named(model)} is not stopped", hint="registry status says what is")
        return _proposal(present, model, "running", reason)

    return propose


def _require_model(present: Present, model: str | None) -> None:
    if model is not None and not present.snapshot.names_in(paths.model_folder(model)):
        raise unknown_model(present.snapshot, model)


def _named(model: str | None) -> str:
    return model or "the whole fleet"


def _proposal(
    present: Present, model: str | None, state: Literal["stopped", "running"], reason: str
) -> Proposal:
    chain = present.chain.line(model)
    record = Line(
        registry_id=present.registry_id,
        created_at=present.now,
        created_by=present.principal,
        model_name=model,
        sequence=chain[-1].opened.record.sequence + 1 if chain else 1,
        previous=chain[-1].opened.digest if chain else None,
        state=state,
        reason=reason,
    )
    verb = "stop" if state == "stopped" else "resume"
    return Proposal(
        f"{verb.capitalize()} {_named(model)}",
        {paths.line(model): record},
        trailers=(("Registry-Action", verb), ("Registry-Model", model or "*")),
        body=reason,
    )
