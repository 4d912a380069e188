"""``registry review``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from gitregistry.cli.output import show_on_error_stream
from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, now, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.reading import read_at
from gitregistry.operations.references import parse_model
from gitregistry.operations.review import Judged, attested_since, parse_outcome, require_emergency
from gitregistry.operations.review import review as reviewed
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.moments import moment_text
from gitregistry.views.emergency import to_review

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def review(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    environment: Annotated[str, typer.Option("--in", metavar="ENV", help="Where the emergency was.")],
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="OUTCOME", help="justified or unjustified: either closes it.")
    ],
    note: Annotated[str, typer.Option("--note", help="What was found.")],
    sequence: Annotated[
        int | None,
        typer.Option("--sequence", metavar="N", help="Which one; else the first that waits."),
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="The role you review in; else the first that you hold.")
    ] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what an emergency promotion skipped and what was attested since, then sign your judgement."""
    name = parse_model(model)
    judged = Judged(environment, sequence, parse_outcome(outcome), note, role)
    with Workspace(ctx.obj, branch) as workspace:
        remote = remote_for(workspace, push)
        tip = remote.base(in_turn=False) if remote is not None else None
        reading = replace(read_at(workspace, tip, ""), time=moment_text(now()))
        found = require_emergency(reading.snapshot, reading.law, name, environment, sequence)
        if not as_json:
            show_on_error_stream(to_review(found, attested_since(reading, found)))
        # What was shown is what is signed for, whatever others review meanwhile.
        judged = judged._replace(sequence=found.kept.record.sequence)
        done = submit(workspace, actor(workspace, key), reviewed(name, judged), remote=remote)
        tell_left(done)
    recorded(done, as_json=as_json)
