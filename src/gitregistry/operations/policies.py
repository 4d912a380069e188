"""Policies by what people call them: a version, a revision, a file, the one in force, or the edited one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput, NotFound, Refused
from gitregistry.operations.reading import Reading, read_at
from gitregistry.operations.references import parse_model, parse_release
from gitregistry.operations.require import require_release, unusable
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.records.strict_yaml import line_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.explanation import Explanation, explain_model, explain_release
from gitregistry.rules.trust_rules import faults_in_policy
from gitregistry.storage.history import resolve_revision


class NamedPolicy(NamedTuple):
    """A policy, and what it is in words; of one in a file also the file and its bytes."""

    policy: Policy
    words: str
    file: str = ""
    data: bytes = b""


def policy_in_force(reading: Reading) -> NamedPolicy:
    """The policy by which promotions are judged now."""
    policy = reading.law.policy.record
    return NamedPolicy(policy, f"policy {policy.version}, in force")


def policy_in_work_tree(reading: Reading) -> NamedPolicy:
    """The file as it lies in the work tree, edited or not, signed or not."""
    top = reading.workspace.repository.work_tree
    return policy_in_file((top or reading.workspace.directory) / paths.POLICY, "the work tree's policy")


def policy_in_file(file: Path, words: str | None = None) -> NamedPolicy:
    """The policy in any file.

    Raises:
        BadInput: it cannot be read, or is no policy.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(
            f"cannot read the policy: {error.strerror}", path=str(file), hint="registry policy check FILE"
        ) from None
    return NamedPolicy(read_record(Policy, data, str(file)), words or str(file), str(file), data)


def require_applicable(given: NamedPolicy) -> None:
    """Raise BadInput with every fault of a policy that cannot be applied, each with its line in the file."""
    faults = list(faults_in_policy(given.policy))
    if faults:
        shown = [f"  {_place(given.data, fault)}{fault}" for fault in faults]
        raise BadInput(
            "\n".join([f"{given.words} cannot be applied as a whole:", *shown]), hint="registry policy check"
        )


def _place(data: bytes, fault: str) -> str:
    """``line 12: `` of the field that a fault begins with, as near as it is in the file."""
    way = fault.partition(":")[0].split(".")
    lines = (line_of(data, way[:depth]) for depth in range(len(way), 0, -1)) if data else ()
    line = next((line for line in lines if line is not None), None)
    return f"line {line}: " if line is not None else ""


def policy_to_try(workspace: Workspace, file: Path | None, now: str, *, in_force: bool) -> NamedPolicy:
    """The policy in a file, the one in force, or the work tree's.

    Raises:
        BadInput: two of them are asked for.
        Refused: it could not be put in force.
    """
    if file is not None and in_force:
        raise BadInput("--policy and --in-force name two policies", hint="leave one of them out")
    if file is not None:
        found = policy_in_file(file)
    else:
        reading = read_at(workspace, None, now)
        if in_force:
            return policy_in_force(reading)
        found = policy_in_work_tree(reading)
    fault = next(faults_in_policy(found.policy), None)
    if fault is not None:
        hint = f"registry policy check {file}" if file is not None else "registry policy check"
        raise Refused(f"it cannot be put in force: {fault}", path=found.file, hint=hint)
    return found


def named_policy(reading: Reading, name: str) -> NamedPolicy:
    """The policy of a version number, in a file, or at a revision; tried in this order.

    Raises:
        NotFound: it is none of them.
    """
    if name.isdecimal() and len(name) < 7:
        found = _version(reading, int(name))
        if found is not None:
            return NamedPolicy(found.record, f"policy {name}")
    if Path(name).is_file():
        return policy_in_file(Path(name))
    commit = _revision(reading, name)
    snapshot = reading.workspace.snapshot(commit)
    try:
        opened = snapshot.open(Policy, "policy", paths.POLICY)
    except Broken as broken:
        raise unusable(broken, paths.POLICY) from None
    if opened is None:
        raise NotFound(f"there is no policy at {name}", path=paths.POLICY, hint="registry log")
    return NamedPolicy(opened.record, f"policy {opened.record.version} at {commit[:12]}")


def explained(reading: Reading, environment: str, reference: str) -> tuple[Explanation, str | None]:
    """What a promotion asks of ``MODEL``, registered or not, or of ``MODEL:VERSION``; and the version."""
    law, snapshot = reading.law, reading.snapshot
    if ":" not in reference:
        return explain_model(law, snapshot, parse_model(reference), environment), None
    name = parse_release(reference)
    release = require_release(snapshot, name.model, name.version)
    asked = (environment, reading.time)
    return explain_release(law, snapshot, reading.chain, release, asked), name.version


def _revision(reading: Reading, name: str) -> str:
    try:
        return resolve_revision(reading.workspace.repository, name)
    except BadInput:
        version = reading.law.policy.record.version
        raise NotFound(
            f"{name!r} is no version of the policy (1 to {version}), no file, and no revision",
            hint="registry policy show",
        ) from None


def _version(reading: Reading, number: int) -> Opened[Policy] | None:
    """The policy of that number which administrators made; what others put there was never in force."""
    for version in reversed(reading.snapshot.tree.versions(paths.POLICY)):
        if version.record is None or version.signature is None:
            continue
        try:
            oids = (version.record, version.signature)
            opened = reading.snapshot.open_version(Policy, "policy", paths.POLICY, oids)
        except Broken:  # verify reports the step that brought it
            continue
        if opened.record.version == number and reading.law.trust.makers(opened):
            return opened
    return None
