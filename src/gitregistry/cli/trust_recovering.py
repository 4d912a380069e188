"""``registry trust recover``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.output import note
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.cli.trust_changing import ProposeOption, keep_new_pin, read_keys
from gitregistry.errors import BadInput
from gitregistry.operations.cosign import Awaiting
from gitregistry.operations.reading import read_at
from gitregistry.operations.workspace import Workspace
from gitregistry.records.shapes import read_record
from gitregistry.records.trust import Trust


def recover_trust(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Stands in the record and in every verdict.")],
    person: Annotated[
        list[str] | None,
        typer.Option("--person", metavar="ID=FILE.pub", help="Who administers from now on; may repeat."),
    ] = None,
    threshold: Annotated[
        int | None, typer.Option("--threshold", min=1, help="How many must agree; else as before.")
    ] = None,
    written: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="In place of --person: a whole trust, by hand."),
    ] = None,
    key: KeyOption = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin trust anew, when too few administrators are left to change it lawfully.

    The new first trust has a new pin. Whoever holds the old one is refused until they were told the new one
    by other means, and `registry verify` speaks of it for ever. See docs/trust.md.
    """
    from gitregistry.operations.trust_recovery import (  # noqa: PLC0415 - seldom needed
        NewBeginning,
        recover,
        stepping_down,
    )

    if (written is None) == (not person):
        raise BadInput(
            "give --person ID=FILE.pub for each new administrator, or --from FILE",
            hint="registry trust recover --reason '…' --person alice@example.com=alice.pub",
        )
    plan = NewBeginning(
        reason,
        dict(_person(text) for text in person or ()),
        threshold,
        _written(written) if written is not None else None,
    )
    with Workspace(ctx.obj, branch) as workspace:
        old = read_at(workspace, None, now_text()).law.trust.record
        who = actor(workspace, key)
        outcome = recover(workspace, who, plan, remote_for(workspace, push), propose)
        keep_new_pin(workspace, outcome)
    for former in stepping_down(old, plan):
        note(f"{former} administers no more; if their key is lost: registry trust revoke {former} --reason …")
    if isinstance(outcome, Awaiting):
        note(f"once enough have signed, the new pin is {outcome.digest}: tell it to them by other means")
        note(f"they sign with: registry sign {outcome.path} --new-pin PIN")
    answer(outcome, as_json=as_json)


def _person(text: str) -> tuple[str, str]:
    identity, equals, path = text.partition("=")
    if not equals or not path:
        raise BadInput(f"{text!r} is not ID=FILE.pub", field="--person")
    return identity, read_keys(Path(path))


def _written(path: Path) -> Trust:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", path=str(path)) from None
    return read_record(Trust, data, str(path))
