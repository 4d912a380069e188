"""``registry attest``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, get_args

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
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE|mlflow:RUN_ID", help="Let a report say how it ended."),
    ] = None,
    report_format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="junit, json or mlflow; else by its bytes."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="MAP.yaml", help="Where values stand in a JSON report."),
    ] = None,
    tracking_uri: Annotated[
        str | None, typer.Option("--tracking-uri", metavar="URI", help="Else $MLFLOW_TRACKING_URI.")
    ] = None,
    observed_from: Annotated[
        str | None, typer.Option("--observed-from", metavar="TIME", help="Window start.")
    ] = None,
    observed_to: Annotated[
        str | None, typer.Option("--observed-to", metavar="TIME", help="Window end.")
    ] = None,
    even_if_older: Annotated[
        bool,
        typer.Option("--even-if-older", help="Replace evidence that was measured later than this."),
    ] = False,
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
    flags = {"passed": passed, "failed": failed, "error": errored, "skipped": skipped}
    results: list[Result] = [word for word in get_args(Result) if flags[word]]
    name = parse_release(release)
    _require_one_source(source, prometheus, observed_from or observed_to)
    reading = (report_format, mapping, tracking_uri)
    _require_for(reading, source, "--format, --mapping, --tracking-uri read a report", "--from FILE")
    asking = (query, window, unit, slice_label)
    _require_for(asking, prometheus, "--query, --window, --unit, --slice-label ask it", "--prometheus URL")
    finding = CheckResult(
        check=check,
        result=None,
        environment=environment,
        observed=_window(observed_from, observed_to),
        report=_report(report),
        valid_until=parse_moment(valid_until) if valid_until else None,
        tool=_tool(tool),
        note=note,
        only_newer=prometheus is None and not even_if_older,
    )
    if source is not None:
        from gitregistry.cli.attest_from import Asked, told  # noqa: PLC0415 - most evidence is given by hand

        if results:
            raise BadInput(f"the report says how the check ended: leave out --{results[0]}")
        finding = replace(finding, measurements=parse_metrics(metric or ()))
        finding = told(finding, Asked(source, report_format, mapping, tracking_uri))
    elif prometheus is None:
        finding = replace(finding, measurements=parse_metrics(metric or ()), result=_one(results))
    with Workspace(ctx.obj, branch) as workspace:
        who = actor(workspace, key)
        if prometheus is not None:
            from gitregistry.cli.attest_prometheus import asked_server, typed_question  # noqa: PLC0415 - as above

            typed = typed_question(query, window, metric or [], unit, slice_label, results)
            finding = asked_server(workspace, prometheus, name, finding, typed)
        proposer = attestation(name, finding)
        done = submit(workspace, who, proposer, remote=remote_for(workspace, push))
        tell_left(done)
        unmet = unmet_check(read_at(workspace, None, now_text()), name, check)
    recorded(done, as_json=as_json)
    if finding.result in ("passed", None):
        for words in unmet:
            say(f"note: this does not meet {words}")


def _require_one_source(source: str | None, prometheus: str | None, observed: str | None) -> None:
    if source is not None and prometheus is not None:
        raise BadInput("--from and --prometheus each say what was found", hint="leave one of them out")
    if prometheus is not None and observed is not None:
        hint = "--window 30m instead of --observed-from and --observed-to"
        raise BadInput("the query says when it looks", hint=hint)


def _require_for(needing: Sequence[object], given: str | None, words: str, option: str) -> None:
    """Raise BadInput where options are given that mean nothing without another."""
    if given is None and any(value is not None for value in needing):
        raise BadInput(words, hint=f"name it: {option}")


def _one(results: list[Result]) -> Result:
    if len(results) == 1:
        return results[0]
    raise BadInput(
        "say how the check ended, once",
        hint="exactly one of --passed, --failed, --error, --skipped; or --from FILE, which says it",
    )


def _window(start: str | None, end: str | None) -> Window | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise BadInput("an observation window has both ends", hint="--observed-from TIME --observed-to TIME")
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
