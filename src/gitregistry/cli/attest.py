"""``registry attest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from gitregistry.cli.output import note as say
from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.afterthoughts import unmet_check
from gitregistry.operations.attest import CheckResult, attestation, parse_metrics
from gitregistry.operations.reading import read_at
from gitregistry.operations.references import parse_release
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Report, Tool, Window
from gitregistry.registry.moments import parse_moment

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def attest(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(metavar="MODEL:VERSION")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The requirement's own name.")],
    passed: Annotated[bool, typer.Option("--passed")] = False,
    failed: Annotated[bool, typer.Option("--failed")] = False,
    errored: Annotated[bool, typer.Option("--error", help="The check itself broke down.")] = False,
    skipped: Annotated[bool, typer.Option("--skipped")] = False,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME=VALUE",
            help="A measurement; may repeat. In full NAME[SLICE]=VALUE:UNIT, 'auc[age=18-25]=0.9:ratio'.",
        ),
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", metavar="ENV", help="Where it was measured.")
    ] = None,
    observed_from: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Window start.")] = None,
    observed_to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Window end.")] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="The full report; bound by its digest.")
    ] = None,
    valid_until: Annotated[str | None, typer.Option("--valid-until", metavar="TIME")] = None,
    tool: Annotated[str | None, typer.Option("--tool", metavar="NAME[=VERSION]")] = None,
    note: Annotated[str | None, typer.Option("--note")] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add signed evidence that CHECK was made of a release. It replaces what was filed for CHECK before."""
    results = [
        word
        for word, chosen in (("passed", passed), ("failed", failed), ("error", errored), ("skipped", skipped))
        if chosen
    ]
    if len(results) != 1:
        raise BadInput(
            "say how the check ended, once", hint="exactly one of --passed, --failed, --error, --skipped"
        )
    finding = CheckResult(
        check=check,
        result=_result(results[0]),
        measurements=parse_metrics(metric or ()),
        environment=environment,
        observed=_window(observed_from, observed_to),
        report=_report(report),
        valid_until=parse_moment(valid_until) if valid_until else None,
        tool=_tool(tool),
        note=note,
    )
    with Workspace(ctx.obj, branch) as workspace:
        who = actor(workspace, key)
        proposer = attestation(parse_release(release), finding)
        done = submit(workspace, who, proposer, remote=remote_for(workspace, push))
        tell_left(done)
        reading = read_at(workspace, None, now_text())
        unmet = unmet_check(reading, parse_release(release), check)
    recorded(done, as_json=as_json)
    if passed:
        for words in unmet:
            say(f"note: this does not meet {words}")


def _result(word: str) -> Literal["passed", "failed", "error", "skipped"]:
    for result in ("passed", "failed", "error", "skipped"):
        if word == result:
            return result
    raise BadInput(f"{word} is no result")


def _window(start: str | None, end: str | None) -> Window | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise BadInput("an observation window has both ends", hint="--from TIME --to TIME")
    return Window(start=parse_moment(start), end=parse_moment(end))


def _report(path: Path | None) -> Report | None:
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the report: {error.strerror}", path=str(path)) from None
    return Report(uri=path.as_posix(), digest=digest_of(data))


def _tool(text: str | None) -> Tool | None:
    if text is None:
        return None
    name, _, version = text.partition("=")
    return Tool(name=name, version=version or None)
