"""``registry promote``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from gitregistry.cli.moving import move
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.errors import BadInput
from gitregistry.operations.promote import promotion
from gitregistry.operations.references import parse_release

if TYPE_CHECKING:
    from gitregistry.operations.emergency import Claim  # few promotions are emergencies

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class _BareBatch(TyperCommand):
    """``--batch`` may stand without a file: then it is the batch that ``--all-in`` makes."""

    # Typer carries its own Click and documents none of its types: Any stands for Context.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _with_value(args))


def _with_value(args: list[str]) -> list[str]:
    """Give a bare ``--batch`` an empty value."""
    end = args.index("--") if "--" in args else len(args)
    return [
        f"{word}="
        if word == "--batch" and index < end and (index + 1 == len(args) or args[index + 1].startswith("-"))
        else word
        for index, word in enumerate(args)
    ]


@app.command(cls=_BareBatch)
def promote(
    ctx: typer.Context,
    release: Annotated[str | None, typer.Argument(metavar="MODEL:VERSION", show_default=False)] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ENV", help="The environment whose alias moves.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            "--batch",
            metavar="FILE",
            help="Instead: a list of `{release: MODEL:VERSION, to: ENV}`, one step. With --all-in, no FILE.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--all-in", metavar="ENV", help="Instead: what every model has there, as one step (--batch)."
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="GLOB", help="With --all-in: only these models; may repeat."),
    ] = None,
    together: Annotated[
        bool, typer.Option("--all-or-nothing", help="With --all-in: move none unless all pass.")
    ] = False,
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
    --batch FILE, many releases move in one commit or none does. With --all-in, those that pass move in one
    commit, and the others are listed: it ends with 1 when there are any. An emergency skips only
    what the policy lists for one, and somebody must review it afterwards.
    """
    claim = _claim(incident, reason) if emergency else None
    if incident is not None and claim is None:
        raise BadInput("--incident is for an emergency", hint="add --emergency, or leave --incident out")
    if source is not None:
        if claim is not None:
            raise BadInput("an emergency is promoted by itself", hint="leave out --all-in, or --emergency")
        from gitregistry.cli.fleet import AllIn, How, promote_all_in  # noqa: PLC0415 - as for a batch

        target = _target_of_all(release, to, batch, dry_run=dry_run)
        asked = AllIn(source, target, models or [], reason, together)
        promote_all_in(ctx.obj, asked, How(key, branch, push, dry_run, as_json))
        return
    if models or together or batch == "":
        option = "--model" if models else "--all-or-nothing" if together else "--batch without a file"
        raise BadInput(f"{option} goes with --all-in", hint="registry promote --all-in ENV --to ENV --batch")
    if batch is not None:
        if claim is not None:
            raise BadInput("an emergency is promoted by itself", hint="leave out --batch, or --emergency")
        if release is not None or to is not None:
            raise BadInput("--batch says what to promote and where", hint="leave out MODEL:VERSION and --to")
        from gitregistry.cli.batch import promote_batch  # noqa: PLC0415 - one promotion starts without it

        promote_batch(
            ctx.obj, Path(batch), reason, key=key, branch=branch, push=push, dry_run=dry_run, as_json=as_json
        )
        return
    if release is None or to is None:
        missing = "a release" if release is None else "an environment"
        raise BadInput(
            f"promote needs {missing}",
            hint="registry promote MODEL:VERSION --to ENV, --batch FILE, or --all-in ENV --to ENV --batch",
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


def _target_of_all(release: str | None, to: str | None, batch: str | None, *, dry_run: bool) -> str:
    """Where all of it goes, once it is clear that this is meant."""
    if release is not None or batch:
        raise BadInput("--all-in says what to promote", hint="leave out MODEL:VERSION and the file")
    if to is None:
        raise BadInput("promote --all-in needs an environment", hint="--to ENV")
    if batch is None and not dry_run:
        raise BadInput(
            "--all-in moves many models in one commit: say that it is meant",
            hint="add --batch to make it, or --dry-run to see what would pass",
        )
    return to


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
