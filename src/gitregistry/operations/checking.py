"""Check: make the evidence that a policy asks for, with the commands that it names and the checks built in.

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
from gitregistry.operations.built_in import Ground, built_in_maker
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
from gitregistry.rules.built_in_checks import BUILT_IN, REPRODUCIBLE, is_built_in
from gitregistry.rules.profiles import transition_for


class Planned(NamedTuple):
    """One check that is about to be made, and how in words."""

    check: str
    words: str
    subject: Subject
    make: Maker


class Wanted(NamedTuple):
    """What ``registry check`` was asked for; no names mean every required check that can be made.

    ``against`` is the release of another training run, for ``reproducible``.
    """

    release: ReleaseName
    names: tuple[str, ...]
    environment: str | None
    directory: Path
    against: ReleaseName | None = None


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
        planned = _planned(Ground(workspace, present, wanted.against), wanted)
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


def _planned(ground: Ground, wanted: Wanted) -> tuple[Planned, ...]:
    present = ground.present
    policy = present.law.policy.record
    release = require_release(present.snapshot, *wanted.release)
    if wanted.environment is not None:
        present.environment(wanted.environment)
    chosen = list(dict.fromkeys(wanted.names)) or _required(present, release, wanted)
    if not chosen:
        where = f" in {wanted.environment}" if wanted.environment else ""
        raise NotFound(
            f"the policy requires no check{where} that has a command or is built in",
            path=paths.POLICY,
            hint=f"registry attest {wanted.release} CHECK --passed; or give a check `run` in the policy",
        )
    _check_against(present, wanted, chosen)
    found = []
    for name in chosen:
        check = known_check(policy, name)
        place = _place(name, check, wanted.environment)
        subject = Subject(release, place, wanted.directory, present.policy_stamp)
        words, maker = _maker(name, check, wanted, ground)
        found.append(Planned(name, words, subject, maker))
    return tuple(found)


def _check_against(present: Present, wanted: Wanted, chosen: Sequence[str]) -> None:
    """Refuse another release that nothing compares with, that is not there, or that is the same one."""
    if wanted.against is None:
        return
    hint = f"registry check {wanted.release} {REPRODUCIBLE} --against MODEL:OTHER"
    if REPRODUCIBLE not in chosen:
        raise BadInput(f"--against is for {REPRODUCIBLE}, which is not among these checks", hint=hint)
    if wanted.against == wanted.release:
        raise BadInput("a release cannot be held against itself: train again and register that", hint=hint)
    require_release(present.snapshot, *wanted.against)


def _required(present: Present, release: Opened[Release], wanted: Wanted) -> list[str]:
    """The checks that some transition of the release asks for and that can be made here.

    With an environment, only those measured there, or anywhere.
    """
    environment = wanted.environment
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
        if name in required
        and _can_be_made(name, check, wanted)
        and (not environment or check.environment in (None, environment))
    ]


def _can_be_made(name: str, check: Check, wanted: Wanted) -> bool:
    """Whether a check has a command or is built in and has all that it needs."""
    if check.run:
        return True
    return is_built_in(name, check) and (name != REPRODUCIBLE or wanted.against is not None)


def _place(name: str, check: Check, asked: str | None) -> str | None:
    if asked is not None and check.environment not in (None, asked):
        raise BadInput(
            f"{name} is measured in {check.environment}, not in {asked}",
            hint=f"leave out --environment, or name it: --environment {check.environment}",
        )
    return check.environment or asked


def _maker(name: str, check: Check, wanted: Wanted, ground: Ground) -> tuple[str, Maker]:
    """How a check is made, in words and in deed: by the policy's own command before anything built in."""
    if check.run:
        from gitregistry.operations.custom_check import command_maker  # noqa: PLC0415 - one maker of several
        from gitregistry.rules.check_commands import command_words  # noqa: PLC0415

        return command_words(check), command_maker(name, check, wanted.directory, os.environ)
    if name in BUILT_IN:
        if name == REPRODUCIBLE and wanted.against is None:
            raise BadInput(
                f"{REPRODUCIBLE} compares with the release of another training run, and none is named",
                hint=f"registry check {wanted.release} {REPRODUCIBLE} --against MODEL:OTHER",
            )
        return BUILT_IN[name], built_in_maker(name, check, ground)
    metric = f" --metric {check.measurement}=VALUE" if check.measurement else ""
    raise NotFound(
        f"the policy names no command for {name}, and it is not built in",
        path=paths.POLICY,
        field=f"checks.{name}.run",
        hint=f"make it with a tool of your own, then "
        f"registry attest {wanted.release} {name} --passed{metric}, or --from FILE",
    )
