"""``registry approve``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import note as say
from gitregistry.cli.output import show_on_error_stream
from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, now, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.errors import BadInput
from gitregistry.operations.afterthoughts import unmet_approval
from gitregistry.operations.approve import Decided, approval
from gitregistry.operations.reading import read_at
from gitregistry.operations.references import parse_release
from gitregistry.operations.require import require_environment, require_release
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.approval import Approval, DecisionWord
from gitregistry.registry.moments import moment_text, parse_moment
from gitregistry.views.show import show_release

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def approve(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(metavar="MODEL:VERSION")],
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment it is approved for.")],
    role: Annotated[
        str | None, typer.Option("--role", help="The role you decide in; else the only one you hold.")
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Say no: nothing is promoted against it.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back what you decided before.")] = False,
    incident: Annotated[
        str | None,
        typer.Option(
            "--incident",
            metavar="ID",
            help="Authorise an emergency promotion for this; approve nothing else.",
        ),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="Why, or under which exception.")] = None,
    evaluation_report: Annotated[str | None, typer.Option("--evaluation-report", metavar="URI")] = None,
    expires_at: Annotated[str | None, typer.Option("--expires-at", metavar="TIME")] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is being approved, then sign your decision on it.

    The approval covers exactly the evidence on file now, under the policy in force now.
    """
    if reject and withdraw:
        raise BadInput("--reject and --withdraw exclude each other")
    if incident is not None and (reject or withdraw):
        raise BadInput("--incident goes with an approval", hint="leave it out to reject or to withdraw")
    decision: DecisionWord = "reject" if reject else "withdraw" if withdraw else "approve"
    name = parse_release(release)
    decided = Decided(
        to,
        role,
        decision,
        note,
        evaluation_report,
        parse_moment(expires_at) if expires_at else None,
        incident,
    )
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, None, moment_text(now()))
        require_environment(to, reading.law.policy.record)
        found = require_release(reading.snapshot, name.model, name.version)
        if not as_json:
            show_on_error_stream(show_release(reading.snapshot, found, reading.standing(found)))
            what = f"authorise an emergency promotion for {incident}" if incident else f"{decision} for {to}"
            say(f"→ {what}")
        who = actor(workspace, key)
        done = submit(workspace, who, approval(name, decided), remote=remote_for(workspace, push))
        tell_left(done)
        (given,) = (record for record in done.proposal.records.values() if isinstance(record, Approval))
        after = read_at(workspace, None, moment_text(now()))
        unmet = unmet_approval(after, name, given.role, to) if decision == "approve" and not incident else []
    recorded(done, as_json=as_json)
    for words in unmet:
        say(f"note: {words}")
