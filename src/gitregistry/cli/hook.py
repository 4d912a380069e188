"""``registry hook``: pushes judged where they arrive, and before they leave."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.audit.pushes import Judged, Update, judge_push
from gitregistry.cli.output import note
from gitregistry.cli.pin_option import checked_pin
from gitregistry.cli.session_read import now_text
from gitregistry.errors import BadInput
from gitregistry.storage.objects import Objects, is_object_id
from gitregistry.storage.pins import read_pin
from gitregistry.storage.repository import Repository, find_repository, user_config
from gitregistry.storage.symbolic import targets
from gitregistry.views.push import push_lines

app = typer.Typer(rich_markup_mode=None, add_completion=False, help=__doc__)

HookBranchOption = Annotated[
    str, typer.Option("--branch", metavar="NAME", help="The registry's branch, where it is pushed to.")
]
HookPinOption = Annotated[
    str | None,
    typer.Option("--pin", metavar="PIN", help="Else $REGISTRY_PIN, git config registry.pin, the one kept."),
]


@app.command("pre-receive")
def pre_receive(ctx: typer.Context, branch: HookBranchOption = "main", pin: HookPinOption = None) -> None:
    """Run by git where pushes arrive: refuse those whose steps are not lawful.

    Ends with 0 when the push may land, 1 with findings, 5 when it cannot be told.
    """
    _judge(ctx.obj, branch, pin, [_update(old, new, ref) for old, new, ref in _lines(3)])


@app.command("pre-push")
def pre_push(
    ctx: typer.Context,
    remote: Annotated[str, typer.Argument(help="What git calls the other side.")] = "",  # noqa: ARG001
    url: Annotated[str, typer.Argument(help="Where it is.")] = "",  # noqa: ARG001 - git hands both over
    branch: HookBranchOption = "main",
    pin: HookPinOption = None,
) -> None:
    """Run by git before a push leaves this clone: the same judgement."""
    _judge(ctx.obj, branch, pin, [_update(old, new, ref) for _, new, ref, old in _lines(4)])


@app.command("install")
def install(
    ctx: typer.Context,
    receiving: Annotated[
        bool, typer.Option("--pre-receive", help="For where pushes arrive; a bare repository needs no word.")
    ] = False,
    branch: HookBranchOption = "main",
    pin: Annotated[str | None, typer.Option("--pin", metavar="PIN", help="Written into the hook.")] = None,
) -> None:
    """Write the hook: pre-push in a clone, pre-receive in a bare repository. No other hook is overwritten."""
    from gitregistry.operations.install_hook import install_hook  # noqa: PLC0415 - no push needs it

    repository = find_repository(ctx.obj)
    name = "pre-receive" if receiving or repository.work_tree is None else "pre-push"
    done = install_hook(repository, name, branch, checked_pin(pin))
    print(f"{done.path}: {'written' if done.changed else 'there already'}")


def _lines(count: int) -> Iterable[list[str]]:
    # Not splitlines: a reference may be named with what Unicode, but not git, ends a line with.
    for line in sys.stdin.buffer.read().decode("utf-8", "surrogateescape").removesuffix("\n").split("\n"):
        if not line:
            continue
        words = line.split(" ")
        if len(words) != count:
            raise BadInput("standard input is not what git gives this hook", hint="let git run it")
        yield words


def _update(old: str, new: str, ref: str) -> Update:
    if not (is_object_id(old) and is_object_id(new)):
        raise BadInput("standard input is not what git gives this hook", hint="let git run it")
    return Update(ref, old if old.strip("0") else None, new if new.strip("0") else None)


def _judge(directory: Path, branch: str, pin: str | None, updates: list[Update]) -> None:
    # Git names the repository that it runs a hook for, which need not be the one around the folder.
    repository = find_repository(directory, os.environ.get("GIT_DIR") or None)
    concerned = _concerned(repository, f"refs/heads/{branch}", updates)
    worst = 0
    with Objects(repository) as objects:
        for update in concerned:
            judged = judge_push(objects, update, lambda: _known_pin(repository, pin), now_text(), os.environ)
            worst = _worse(worst, judged)
            _tell(push_lines(update.ref, judged.findings, judged.unknown, judged.note))
    raise typer.Exit(worst)


def _tell(lines: list[str]) -> None:
    """Tell the pusher, who may have gone: closing the other end of this must not change the verdict."""
    try:
        for line in lines:
            note(line)
    except OSError:
        return


def _concerned(repository: Repository, ref: str, updates: list[Update]) -> list[Update]:
    """The updates that move the registry's branch, by its own name or by one that stands for it."""
    if all(update.ref == ref for update in updates):
        return updates
    there = targets(repository, [ref, *(update.ref for update in updates)])
    return [update for update in updates if there[update.ref] == there[ref]]


def _known_pin(repository: Repository, pin: str | None) -> str | None:
    given = pin or os.environ.get("REGISTRY_PIN") or user_config(repository).get("registry.pin")
    return checked_pin(given or read_pin(repository, os.environ))


def _worse(code: int, judged: Judged) -> int:
    if judged.findings:
        return 1
    return code or (5 if judged.unknown is not None else 0)
