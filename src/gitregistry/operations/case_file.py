"""The file behind ``policy test``: what is filed for a release, and what is to become of its promotion.

Annotations stay unquoted here: ``records/shapes.py`` reads them.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.records.approval import DecisionWord
from gitregistry.records.common import (
    CheckName,
    Duration,
    Environment,
    Glob,
    Line,
    ModelName,
    Moment,
    PrincipalId,
    PrincipalKind,
    RoleName,
    Version,
)
from gitregistry.records.evidence import Measurement, Result
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text, read_record
from gitregistry.records.strict_yaml import line_of
from gitregistry.records.text import dotted

Label = Annotated[str, Text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "a label")]


@frozen
class Person(Frozen):
    """Somebody, or something, in the trust of the cases."""

    id: PrincipalId
    is_: PrincipalKind = "person"
    roles: tuple[RoleName, ...]
    models: tuple[Glob, ...] = ("*",)
    environments: tuple[Glob, ...] = ("*",)


@frozen
class GivenRelease(Frozen):
    """The release; ``age`` is how long before the promotion it was registered."""

    model: ModelName = "model"
    version: Version = "v1"
    by: PrincipalId | None = None
    age: Duration = "30d"
    artifact_format: Line | None = None
    base_image: Line | None = None
    risk_tier: Line | None = None


@frozen
class GivenEvidence(Frozen):
    """Evidence; unless told, it passed an hour before, signed by the first who may."""

    check: CheckName
    result: Result = "passed"
    by: PrincipalId | None = None
    age: Duration = "1h"
    environment: Environment | None = None
    measurements: tuple[Measurement, ...] = ()
    supersedes: tuple[Label, ...] = ()


@frozen
class GivenApproval(Frozen):
    """A decision, ten minutes before unless told, by somebody who saw all that was there, or ``seen``."""

    by: PrincipalId
    role: RoleName
    decision: DecisionWord = "approve"
    age: Duration = "10m"
    environment: Environment | None = None
    expires_at: Moment | None = None
    seen: tuple[Label, ...] | None = None
    supersedes: tuple[Label, ...] = ()


@frozen
class GivenLive(Frozen):
    """What is live somewhere: another release of the model, which came there ``since`` so long."""

    version: Version = "live"
    by: PrincipalId | None = None
    age: Duration = "60d"
    since: Duration = "30d"
    artifact_format: Line | None = None
    base_image: Line | None = None
    risk_tier: Line | None = None
    evidence: Mapping[Label, GivenEvidence] = field(default_factory=lambda: MappingProxyType({}))


@frozen
class Case(Frozen):
    """One promotion, and what is to become of it.

    ``promoted`` says how long ago the release came to other environments; without it, a day ago to each that
    must be before. ``live`` is what is live where the release itself is not; without it, nothing. ``unmet``
    are all requirements that refuse it, ``reasons`` words of their reasons.
    """

    name: Line
    to: Environment
    expect: Literal["promoted", "refused"]
    unmet: tuple[CheckName, ...] | None = None
    reasons: Mapping[CheckName, Line] = field(default_factory=lambda: MappingProxyType({}))
    at: Moment = "2026-01-07T12:00:00Z"
    release: GivenRelease = GivenRelease()
    risk_tier: Line | None = None
    promoted: Mapping[Environment, Duration] | None = None
    live: Mapping[Environment, GivenLive] = field(default_factory=lambda: MappingProxyType({}))
    promoter: PrincipalId | None = None
    people: tuple[Person, ...] | None = None
    evidence: Mapping[Label, GivenEvidence] = field(default_factory=lambda: MappingProxyType({}))
    approvals: Mapping[Label, GivenApproval] = field(default_factory=lambda: MappingProxyType({}))
    without: tuple[Label, ...] = ()


@frozen
class Cases(Frozen):
    """The whole file: people, evidence and approvals that every case begins with, and the cases."""

    people: tuple[Person, ...]
    evidence: Mapping[Label, GivenEvidence] = field(default_factory=lambda: MappingProxyType({}))
    approvals: Mapping[Label, GivenApproval] = field(default_factory=lambda: MappingProxyType({}))
    cases: tuple[Case, ...]


class CaseFile(NamedTuple):
    """A file of cases: its name and bytes for messages, and what it says."""

    file: str
    data: bytes
    cases: Cases

    def line(self, *way: str | int) -> int | None:
        return line_of(self.data, way)

    def fault(self, message: str, *way: str | int, hint: str | None = None) -> BadInput:
        """What is wrong at a field of the file."""
        return BadInput(message, path=self.file, line=self.line(*way), field=dotted(way) or None, hint=hint)


def cases_in_work_tree(workspace: Workspace) -> Path:
    """The cases of a registry: ``policy-tests.yaml`` at the top of its work tree."""
    return (workspace.repository.work_tree or workspace.directory) / "policy-tests.yaml"


def read_cases(path: Path) -> CaseFile:
    """Read a file of cases strictly.

    Raises:
        BadInput: it cannot be read, or holds no case, or labels that lead nowhere; with line and field.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"cannot read the cases: {error.strerror}", path=str(path), hint="registry policy test FILE"
        ) from None
    found = CaseFile(str(path), data, read_record(Cases, data, str(path)))
    if not found.cases.cases:
        raise found.fault("it holds no case", "cases")
    for index, case in enumerate(found.cases.cases):
        _check_labels(found, index, case)
    return found


def _check_labels(found: CaseFile, index: int, case: Case) -> None:
    known = {*found.cases.evidence, *found.cases.approvals}
    for place, label in enumerate(case.without):
        if label not in known:
            message = f"nothing that every case begins with is called {label}"
            raise found.fault(message, "cases", index, "without", place)
    own = {*case.evidence, *found.cases.evidence} - {*case.without}
    for environment, live in case.live.items():
        way = ("cases", index, "live", environment)
        if live.version == case.release.version:
            raise found.fault("it is the release that is to be promoted: give it another version", *way)
        for label in live.evidence:
            if label in own:
                raise found.fault("evidence of another release has this label", *way, "evidence", label)
            own.add(label)
    if case.expect == "promoted" and (case.unmet or case.reasons):
        raise found.fault("what is promoted has no unmet requirement", "cases", index, "expect")
