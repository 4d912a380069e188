"""``registry promote``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitregistry.cli.moving import move
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.errors import BadInput
from gitregistry.operations.promote import promotion
from gitregistry.operations.references import parse_release

if TYPE_CHECKING:
    from gitregistry.operations.emergency import Claim  # few promotions are emergencies

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def promote(
    ctx: typer.Context,
    release: Annotated[str | None, typer.Argument(metavar="MODEL:VERSION", show_default=False)] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ENV", help="The environment whose alias moves.")
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch",
            metavar="FILE",
            help="Instead: a list of `{release: MODEL:VERSION, to: ENV}`, one step.",
        ),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    emergency: Annotated[
        bool,
        typer.Option(
            "--emergency", help="Skip what the policy lets be skipped. Needs --incident and --reason."
        ),
    ] = False,
    incident: Annotated[
        str | None, typer.Option("--incident", metavar="ID", help="What the emergency is called, like INC-1.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a release against the policy, then move the alias in one signed commit.

    A refusal lists every requirement, met and unmet, and the command that would meet each unmet one. With
    --batch, many releases move in one commit or none does. An emergency skips only what the policy lists for
    one, and somebody must review it afterwards.
    """
    claim = _claim(incident, reason) if emergency else None
    if incident is not None and claim is None:
        raise BadInput("--incident is for an emergency", hint="add --emergency, or leave --incident out")
    if batch is not None:
        if claim is not None:
            raise BadInput("an emergency is promoted by itself", hint="leave out --batch, or --emergency")
        if release is not None or to is not None:
            raise BadInput("--batch says what to promote and where", hint="leave out MODEL:VERSION and --to")
        from gitregistry.cli.batch import promote_batch  # noqa: PLC0415 - one promotion starts without it

        promote_batch(
            ctx.obj, batch, reason, key=key, branch=branch, push=push, dry_run=dry_run, as_json=as_json
        )
        return
    if release is None or to is None:
        missing = "a release" if release is None else "an environment"
        raise BadInput(
            f"promote needs {missing}", hint="registry promote MODEL:VERSION --to ENV, or --batch FILE"
        )
    name = parse_release(release)
    move(
        ctx.obj,
        promotion(name, to, None if claim is not None else reason, claim),
        f"promote {name} to {to}",
        key=key,
        branch=branch,
        push=push,
        dry_run=dry_run,
        as_json=as_json,
    )


def _claim(incident: str | None, reason: str | None) -> Claim:
    """What ``--emergency`` needs besides."""
    from gitregistry.operations.emergency import Claim  # noqa: PLC0415 - few promotions are one

    for option, given in (("--incident ID", incident), ("--reason TEXT", reason)):
        if given is None or not given.strip():
            raise BadInput(
                f"an emergency needs {option}",
                hint="registry promote MODEL:VERSION --to ENV --emergency --incident ID --reason TEXT",
            )
    return Claim(incident or "", reason or "")
