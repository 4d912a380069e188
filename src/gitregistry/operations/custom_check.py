"""A check made by the policy's own command: what it is told, and what its end amounts to.

Only an exit code of 0 passes, and only with output that can be read and holds what the check's bound is on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.attest import CheckResult
from gitregistry.operations.check_output import CheckOutput, read_output
from gitregistry.operations.running import Bounds, Finished, run_command
from gitregistry.operations.subject import Maker, Subject
from gitregistry.records.evidence import Result, Run, Window
from gitregistry.records.policy import Check
from gitregistry.registry.moments import moment_text
from gitregistry.rules.check_commands import timeout_of

# What whoever holds could sign with: a check is told what to measure, not how to sign what it found.
_KEYS: Final = ("REGISTRY_KEY", "SSH_AUTH_SOCK", "SSH_AGENT_PID")


def command_maker(name: str, check: Check, directory: Path, environment: Mapping[str, str]) -> Maker:
    """A maker that runs a check's command.

    Args:
        directory: where it is run.
        environment: this process's own.

    Raises:
        BadInput: there is no such program; known before any other check is made.
    """
    command = check.run or ()
    _require_program(command[0], directory, environment)

    def make(subject: Subject, on_log: Callable[[bytes], None]) -> CheckResult:
        told = _environment(subject, environment)
        begun = moment_text(datetime.now(UTC))
        bounds = Bounds(timeout_of(check).total_seconds())
        finished = run_command(command, subject.directory, told, bounds, on_log)
        window = Window(start=begun, end=moment_text(datetime.now(UTC)))
        result, output, note = judged(finished, check)
        return CheckResult(
            check=name,
            result=result,
            measurements=output.measurements,
            environment=subject.environment,
            observed=window,
            run=Run(
                command=command,
                policy=subject.policy,
                exit_code=finished.exit_code,
                duration_seconds=finished.seconds,
                output_digest=finished.output_digest,
                log_digest=finished.log_digest,
            ),
            note=note,
        )

    return make


def judged(finished: Finished, check: Check) -> tuple[Result, CheckOutput, str | None]:
    """What a command's end amounts to, what it measured, and why it did not pass."""
    if finished.stopped is not None:
        return "error", CheckOutput(), finished.stopped
    try:
        output = read_output(finished.output)
    except BadInput as fault:
        return "error", CheckOutput(), f"its output cannot be read: {fault}"
    if finished.exit_code:
        result: Result = "error" if output.result == "error" else "failed"
        return result, output, f"it ended with exit code {finished.exit_code}"
    measured = any(item.name == check.measurement for item in output.measurements)
    if output.result in (None, "passed") and check.measurement is not None and not measured:
        return "error", output, f"no data: it did not print {check.measurement}"
    return output.result or "passed", output, None


def _environment(subject: Subject, own: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what signs, and what is to be checked."""
    release = subject.release.record
    told = {
        "REGISTRY_MODEL": release.model_name,
        "REGISTRY_VERSION": release.version,
        "REGISTRY_RELEASE_DIGEST": subject.release.digest,
        "REGISTRY_ARTIFACT_URI": release.artifact_uri,
        "REGISTRY_ARTIFACT_DIGEST": release.artifact_digest,
        "REGISTRY_ENVIRONMENT": subject.environment,
    }
    kept = {key: value for key, value in own.items() if key not in _KEYS and key not in told}
    return kept | {key: value for key, value in told.items() if value is not None}


def _require_program(program: str, directory: Path, environment: Mapping[str, str]) -> None:
    path = environment.get("PATH")
    found = shutil.which(directory / program) if "/" in program else shutil.which(program, path=path)
    if found is None:
        raise BadInput(
            f"there is no program {program}",
            path=str(directory),
            hint="install it, or name the folder that holds it: --directory DIR",
        )
