"""``registry approve``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.asking import require_yes
from gitregistry.cli.output import note as say
from gitregistry.cli.output import show_on_error_stream
from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, now, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.errors import BadInput
from gitregistry.operations.afterthoughts import unmet_approval
from gitregistry.operations.approve import Decided, Shown, approval, shown_for
from gitregistry.operations.reading import read_at
from gitregistry.operations.references import ReleaseName, parse_release
from gitregistry.operations.submit import Actor, Remote, look, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.approval import DecisionWord
from gitregistry.registry.moments import moment_text, parse_moment
from gitregistry.views.approving import Signing, approving
from gitregistry.views.blocks import View

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
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, even on a terminal.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show and judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is being approved, then sign your decision on it.

    The approval covers exactly the evidence and the policy that were shown. On a terminal you are asked
    before it is signed.
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
        who, remote = actor(workspace, key), remote_for(workspace, push)
        shown, view = _look(workspace, who, remote, name, decided)
        if not as_json:
            show_on_error_stream(view)
            if not (yes or dry_run):
                what = f"authorise an emergency ({incident}) with" if incident else decision
                require_yes(f"Sign this: {what} {name} for {to} as {shown.role}?")
        # Looking takes time; the record is dated when it is signed.
        who = who._replace(now=now())
        done = submit(workspace, who, approval(name, decided, shown), dry_run=dry_run, remote=remote)
        tell_left(done)
        unmet = []
        if decision == "approve" and not dry_run and not incident:
            after = read_at(workspace, None, moment_text(now()))
            unmet = unmet_approval(after, name, shown.role, to)
    recorded(done, as_json=as_json, more={"shown": view.document})
    for words in unmet:
        say(f"note: {words}")


def _look(
    workspace: Workspace, who: Actor, remote: Remote | None, name: ReleaseName, decided: Decided
) -> tuple[Shown, View]:
    """What is there to see where the decision will land: at the remote's tip, or here."""
    base = remote.base(in_turn=False) if remote is not None else workspace.commit()
    present = look(workspace, who, base)
    shown = shown_for(present, name, decided)
    signing = Signing(
        decided.decision,
        present.principal,
        shown.role,
        shown.policy.version,
        decided.note,
        decided.expires_at,
    )
    return shown, approving(shown.grounds, signing)
