"""``registry deploy``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.deploy import Rollout, deployment
from gitregistry.operations.references import ReleaseName, parse_model, parse_release
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class ServingMode(StrEnum):
    """How a revision serves."""

    live = "live"
    canary = "canary"
    shadow = "shadow"
    ab = "ab"


@app.command()
def deploy(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    environment: Annotated[str, typer.Option("--in", metavar="ENV")],
    revision: Annotated[str, typer.Option("--revision", metavar="REV", help="The serving revision.")],
    release: Annotated[str, typer.Option("--release", metavar="VERSION", help="What it carries.")],
    traffic: Annotated[int, typer.Option("--traffic", metavar="N", min=0, max=100, help="Percent.")],
    mode: Annotated[ServingMode, typer.Option("--mode")] = ServingMode.live,
    service: Annotated[str | None, typer.Option("--service", help="The serving platform's own name.")] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Record that a revision serves a release. The other revisions share what traffic is left."""
    name = ReleaseName(parse_model(model), parse_release(f"{model}:{release}").version)
    proposer = deployment(name, environment, Rollout(revision, traffic, mode.value, service))
    with Workspace(ctx.obj, branch) as workspace:
        done = submit(workspace, actor(workspace, key), proposer, remote=remote_for(workspace, push))
        tell_left(done)
    recorded(done, as_json=as_json)
