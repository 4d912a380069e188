"""Check: make the evidence that a policy asks for, with the commands that the policy in force names.

Who checks a release is known, and may attest, before anything is run; what is run was read from Git, at the
commit that the evidence will follow, never from the work tree.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput, NotFound, Refused
from gitregistry.operations.attest import CheckResult, attestation, known_check
from gitregistry.operations.policy_in_force import require_lawful_policy
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.operations.subject import Maker, Subject
from gitregistry.operations.submit import Actor, Remote, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.policy import Check
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.profiles import transition_for


class Planned(NamedTuple):
    """One check that is about to be made, and how in words."""

    check: str
    words: str
    subject: Subject
    make: Maker


class Wanted(NamedTuple):
    """What ``registry check`` was asked for; no names mean every check that has a command."""

    release: ReleaseName
    names: tuple[str, ...]
    environment: str | None
    directory: Path


def plan(workspace: Workspace, actor: Actor, wanted: Wanted, remote: Remote | None) -> tuple[Planned, ...]:
    """What will be made, once the judge has said that this signer's evidence of it could be filed.

    Raises:
        Refusal: it could not.
        Refused: the policy did not come into force lawfully.
        NotFound: nothing can be made.
    """
    made: list[tuple[Planned, ...]] = []

    def propose(present: Present) -> Proposal:
        require_lawful_policy(workspace, present)
        planned = _planned(present, wanted)
        made.append(planned)
        tried = [CheckResult(one.check, "error", environment=one.subject.environment) for one in planned]
        return attestation(wanted.release, *tried)(present)

    submit(workspace, actor, propose, dry_run=True, remote=remote)
    return made[-1]


def recorded_checks(wanted: Wanted, planned: Sequence[Planned], findings: Sequence[CheckResult]) -> Proposer:
    """Propose the evidence, all in one step, under the very policy that it was made by."""
    policy = planned[0].subject.policy

    def propose(present: Present) -> Proposal:
        if present.policy_stamp != policy:
            raise Refused(
                f"policy {present.policy_stamp.version} came into force while the checks of policy "
                f"{policy.version} ran; nothing was recorded",
                path=paths.POLICY,
                hint=f"registry check {wanted.release} {' '.join(one.check for one in planned)}",
            )
        return attestation(wanted.release, *findings)(present)

    return propose


def _planned(present: Present, wanted: Wanted) -> tuple[Planned, ...]:
    policy = present.law.policy.record
    release = require_release(present.snapshot, *wanted.release)
    if wanted.environment is not None:
        present.environment(wanted.environment)
    chosen = list(dict.fromkeys(wanted.names)) or _required(present, release, wanted.environment)
    if not chosen:
        where = f" in {wanted.environment}" if wanted.environment else ""
        raise NotFound(
            f"the policy requires no check{where} that has a command",
            path=paths.POLICY,
            hint=f"registry attest {wanted.release} CHECK --passed; or give a check `run` in the policy",
        )
    found = []
    for name in chosen:
        check = known_check(policy, name)
        place = _place(name, check, wanted.environment)
        subject = Subject(release, place, wanted.directory, present.policy_stamp)
        words, maker = _maker(name, check, wanted)
        found.append(Planned(name, words, subject, maker))
    return tuple(found)


def _required(present: Present, release: Opened[Release], environment: str | None) -> list[str]:
    """The checks that some transition of the release asks for and that have a command.

    Args:
        environment: only those measured there, or anywhere.
    """
    policy = present.law.policy.record
    required: set[str] = set()
    for place in policy.environments:
        try:
            transition = transition_for(present.law, present.snapshot, release, place.name)
        except Broken as doubt:
            raise Refused(doubt.message, path=paths.POLICY, hint=doubt.hint) from None
        for name in transition.requires if transition is not None else ():
            required |= {name, *policy.checks[name].over}
    return [
        name
        for name, check in policy.checks.items()
        if name in required and check.run and (not environment or check.environment in (None, environment))
    ]


def _place(name: str, check: Check, asked: str | None) -> str | None:
    if asked is not None and check.environment not in (None, asked):
        raise BadInput(
            f"{name} is measured in {check.environment}, not in {asked}",
            hint=f"leave out --environment, or name it: --environment {check.environment}",
        )
    return check.environment or asked


def _maker(name: str, check: Check, wanted: Wanted) -> tuple[str, Maker]:
    """How a check is made, in words and in deed."""
    if check.run:
        from gitregistry.operations.custom_check import command_maker  # noqa: PLC0415 - one maker of several
        from gitregistry.rules.check_commands import command_words  # noqa: PLC0415

        return command_words(check), command_maker(name, check, wanted.directory, os.environ)
    metric = f" --metric {check.measurement}=VALUE" if check.measurement else ""
    raise NotFound(
        f"the policy names no command for {name}",
        path=paths.POLICY,
        field=f"checks.{name}.run",
        hint=f"make it with a tool of your own, then "
        f"registry attest {wanted.release} {name} --passed{metric}, or --from FILE",
    )
