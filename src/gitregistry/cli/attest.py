"""``registry attest``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

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
from gitregistry.operations.references import ReleaseName, parse_release
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Report, Result, Tool, Window
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
        list[str] | None, typer.Option("--metric", metavar="NAME=VALUE", help="A measurement; may repeat.")
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
    prometheus: Annotated[
        str | None,
        typer.Option("--prometheus", metavar="URL", help="Ask this server for the value, and judge by it."),
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", metavar="PROMQL", help="What to ask; else the policy's query.")
    ] = None,
    window: Annotated[
        str | None, typer.Option("--window", metavar="30m", help="What {window} in the query stands for.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="The value's unit; else the policy's.")] = None,
    slice_label: Annotated[
        str | None,
        typer.Option("--slice-label", metavar="LABEL", help="Each series is the slice that it names."),
    ] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add signed evidence that CHECK was made of a release. It replaces what was filed for CHECK before."""
    ended: tuple[tuple[Result, bool], ...] = (
        ("passed", passed),
        ("failed", failed),
        ("error", errored),
        ("skipped", skipped),
    )
    results = [word for word, chosen in ended if chosen]
    name = parse_release(release)
    with Workspace(ctx.obj, branch) as workspace:
        who = actor(workspace, key)
        if prometheus is not None:
            if observed_from or observed_to:
                raise BadInput("the query says when it looks", hint="--window 30m instead of --from and --to")
            typed = (query, window, metric or [], unit, slice_label, results)
            finding = _measured(workspace, prometheus, name, check, environment, typed)
        else:
            if query or window or unit or slice_label:
                hint = "--prometheus URL"
                raise BadInput("--query, --window, --unit and --slice-label are for a server", hint=hint)
            finding = _said(check, results, metric or [], _window(observed_from, observed_to))
        finding = replace(
            finding,
            environment=environment,
            report=_report(report),
            valid_until=parse_moment(valid_until) if valid_until else None,
            tool=_tool(tool),
            note=note,
        )
        proposer = attestation(name, finding)
        done = submit(workspace, who, proposer, remote=remote_for(workspace, push))
        tell_left(done)
        reading = read_at(workspace, None, now_text())
        unmet = unmet_check(reading, name, check)
    recorded(done, as_json=as_json)
    if finding.result == "passed":
        for words in unmet:
            say(f"note: this does not meet {words}")


def _measured(
    workspace: Workspace,
    url: str,
    release: ReleaseName,
    check: str,
    environment: str | None,
    typed: tuple[str | None, str | None, list[str], str | None, str | None, list[Result]],
) -> CheckResult:
    """The finding as a server's answer has it."""
    from gitregistry.cli.attest_prometheus import finding_of, typed_question  # noqa: PLC0415 - no other asks

    return finding_of(workspace, url, release, check, environment, typed_question(*typed))


def _said(check: str, results: list[Result], metrics: list[str], observed: Window | None) -> CheckResult:
    """The finding as it was typed."""
    if len(results) != 1:
        raise BadInput(
            "say how the check ended, once", hint="exactly one of --passed, --failed, --error, --skipped"
        )
    return CheckResult(check=check, result=results[0], measurements=parse_metrics(metrics), observed=observed)


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
