"""``registry trust``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from gitregistry.cli import trust_ending, trust_joining, trust_recovering
from gitregistry.cli.json_output import print_json
from gitregistry.cli.memory import forget_seen
from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.reading import read_at
from gitregistry.operations.workspace import Workspace
from gitregistry.storage.pins import keep_pin, read_pin
from gitregistry.storage.seen import read_seen
from gitregistry.views.blocks import Facts, Text, View
from gitregistry.views.law import allowed_signers_lines, trust_view

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Show and change who may do what."
)


@app.command("show")
def show_trust(
    ctx: typer.Context, branch: BranchOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Show everybody in trust with their kinds, roles and keys."""
    with Workspace(ctx.obj, branch) as workspace:
        show(trust_view(read_at(workspace, at, now_text()).law.trust), as_json=as_json)


app.command("add")(trust_joining.add_principal)
app.command("import")(trust_joining.import_keys)
app.command("grant")(trust_joining.grant_roles)
app.command("revoke")(trust_ending.revoke_keys)
app.command("rotate")(trust_ending.rotate_keys)
app.command("recover")(trust_recovering.recover_trust)


@app.command("allowed-signers")
def allowed_signers(ctx: typer.Context, branch: BranchOption = None, at: AtOption = None) -> None:
    """Print trust as the file that ssh-keygen -Y verify -f takes."""
    with Workspace(ctx.obj, branch) as workspace:
        lines = allowed_signers_lines(read_at(workspace, at, now_text()).law.trust)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


@app.command("pin")
def show_pin(
    ctx: typer.Context,
    pin: Annotated[
        str | None, typer.Argument(metavar="[PIN]", help="Keep this pin for this clone, outside of it.")
    ] = None,
    forgetting: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Forget what was seen of the registry with this pin: it was rewritten on purpose.",
        ),
    ] = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the pin that this registry claims and the one that is kept here; or keep one."""
    if forgetting:
        forget_seen(ctx.obj, pin, as_json=as_json)
        return
    with Workspace(ctx.obj, branch) as workspace:
        claimed = read_at(workspace, None, now_text()).law.trust.registry_id
        if pin is not None:
            if pin != claimed:
                raise BadInput(
                    f"this registry's records claim the pin {claimed}, not {pin}",
                    hint="is this the right clone? registry trust pin shows what it claims",
                )
            keep_pin(workspace.repository, os.environ, pin)
        kept = read_pin(workspace.repository, os.environ)
        seen = read_seen(os.environ, kept, workspace.branch_ref or "") if kept is not None else None
    if as_json:
        print_json({"claimed": claimed, "kept": kept, "seen": seen and seen.head})
        return
    pairs = (("pin claimed by the records", claimed), ("pin kept on this machine", kept or "none"))
    blocks = [Facts((*pairs, ("head that was seen last", f"{seen.head} at {seen.time}" if seen else None)))]
    warning = [] if kept == claimed else [Text("Compare it with one you trust, then: registry trust pin PIN")]
    show(View({}, (*blocks, *warning)), as_json=False)
