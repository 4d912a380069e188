"""``registry check``."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import inert, note, show, show_on_error_stream
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, now, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.afterthoughts import unmet_everywhere
from gitregistry.operations.attest import CheckResult
from gitregistry.operations.checking import Planned, Wanted, plan, recorded_checks
from gitregistry.operations.reading import read_at
from gitregistry.operations.references import parse_release
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace
from gitregistry.views.checks import checks_view
from gitregistry.views.finding import finding_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_MOST_SHOWN = 1 << 20


@app.command()
def check(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(metavar="MODEL:VERSION")],
    checks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHECK]...", help="Else every required check that has a command or is built in."
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option("--environment", metavar="ENV", help="Where it is measured; without CHECK, only those."),
    ] = None,
    directory: Annotated[
        Path, typer.Option("--directory", metavar="DIR", help="Where the commands are run.")
    ] = Path(),
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="MODEL:OTHER", help="The other training run, for `reproducible`."),
    ] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make checks, by the commands that the policy in force names or as built in, and file what they find.

    Built in, where the policy names no command: artifact_signature_verified, schema_compatibility_passed,
    security_scan_passed, reproducible. The policy is read from Git at the branch's tip, never from the work
    tree. Ends with 1 when a check did not pass or lies out of its bounds; its evidence is filed all the same.
    """
    if not directory.is_dir():
        raise BadInput("there is no such folder", path=str(directory), hint="--directory DIR")
    wanted = Wanted(
        parse_release(release),
        tuple(checks or ()),
        environment,
        directory.resolve(),
        parse_release(against) if against is not None else None,
    )
    with Workspace(ctx.obj, branch) as workspace:
        who = actor(workspace, key)
        remote = remote_for(workspace, push)
        planned = plan(workspace, who, wanted, remote)
        findings = []
        for one in planned:
            note(f"{one.check}: {one.words} (policy {one.subject.policy.version})")
            findings.append(_made(one))
            show_on_error_stream(finding_view(findings[-1]))
        # The evidence is of now, not of when the checks began.
        done = submit(
            workspace, who._replace(now=now()), recorded_checks(wanted, planned, findings), remote=remote
        )
        tell_left(done)
        unmet = unmet_everywhere(
            read_at(workspace, None, now_text()), wanted.release, [one.check for one in planned]
        )
    show(checks_view(done, findings, unmet), as_json=as_json)
    if unmet or any(finding.result != "passed" for finding in findings):
        raise typer.Exit(1)


def _made(one: Planned) -> CheckResult:
    log = _Log()
    try:
        return one.make(one.subject, log.show)
    except KeyboardInterrupt:
        note("interrupted: the command was ended, and nothing is recorded")
        raise
    finally:
        log.end()


class _Log:
    """A command's standard error, shown as it comes; a terminal only shows it, whatever it says."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._shown = 0
        self._last = "\n"

    def show(self, data: bytes) -> None:
        if self._shown > _MOST_SHOWN:
            return
        self._shown += len(data)
        # Progress bars go back to the start of their line; here each of their states is a line.
        self._write(self._decoder.decode(data).replace("\r", "\n").replace("\t", "    "))
        if self._shown > _MOST_SHOWN:
            self._write("\n(the log goes on, and is no longer shown)\n")

    def end(self) -> None:
        """Begin a new line for whoever writes next."""
        if self._last != "\n":
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            sys.stderr.write(inert(text))
            sys.stderr.flush()
            self._last = text[-1]
