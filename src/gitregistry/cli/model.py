"""``registry model``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.output import note
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.afterthoughts import unknown_tier
from gitregistry.operations.model_page import PageChange, write_page
from gitregistry.operations.reading import read_at
from gitregistry.operations.workspace import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def model(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="MODEL")],
    owner: Annotated[str | None, typer.Option("--owner", help="Who answers for the model.")] = None,
    description: Annotated[str | None, typer.Option("--description", help="What it is for.")] = None,
    risk_tier: Annotated[
        str | None, typer.Option("--risk-tier", metavar="TIER", help="How much is at stake.")
    ] = None,
    no_risk_tier: Annotated[bool, typer.Option("--no-risk-tier", help="Take the risk tier away.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the next version of a model's page; what is not given stays as it is.

    Publishers keep the page. A risk tier is for administrators, as many as sign a policy: with profiles, it
    decides what a promotion asks. Naming the tier that stands there confirms it.
    """
    if risk_tier is not None and no_risk_tier:
        raise BadInput(
            "--risk-tier and --no-risk-tier contradict each other", hint=f"registry model {name} --help"
        )
    change = PageChange(owner, description, risk_tier, no_risk_tier)
    with Workspace(ctx.obj, branch) as workspace:
        outcome = write_page(workspace, actor(workspace, key), name, change, remote_for(workspace, push))
        if risk_tier is not None:
            for words in unknown_tier(read_at(workspace, None, now_text()), risk_tier):
                note(f"warning: {words}")
    answer(outcome, as_json=as_json)
