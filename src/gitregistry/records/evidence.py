"""Evidence: a signed statement that a named check was made of a release, with what it measured."""

from typing import Annotated, Literal

from gitregistry.records.common import (
    CheckName,
    Digest,
    Duration,
    Environment,
    Line,
    Measure,
    ModelName,
    Moment,
    Prose,
    Query,
    Record,
    Stamp,
    Version,
)
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Integer

Result = Literal["passed", "failed", "error", "skipped"]


@frozen
class Measurement(Frozen):
    """One measured value; ``unit`` is a word such as ``ms`` or ``ratio``; ``slice`` names a subgroup."""

    name: Line
    value: Measure
    unit: Line | None = None
    slice: Line | None = None


@frozen
class Window(Frozen):
    """From when to when a live environment was observed."""

    start: Moment
    end: Moment


@frozen
class Report(Frozen):
    """Where the full report lies, bound by digest.

    ``format`` is there when result and measurements were read out of it; ``mapping`` is the digest of the
    file that said how.
    """

    uri: Line
    digest: Digest
    format: Literal["junit", "json", "mlflow"] | None = None
    mapping: Digest | None = None


@frozen
class Tool(Frozen):
    """What made the check."""

    name: Line
    version: Line | None = None


@frozen
class Asked(Frozen):
    """The question that was asked for the measurements, so that anybody can ask it again.

    ``result_digest`` is of the answer's exact bytes; absent when none came.
    """

    source: Literal["prometheus"]
    url: Line
    expression: Query
    window: Duration | None = None
    evaluated_at: Moment
    result_digest: Digest | None = None


@frozen
class Run(Frozen):
    """A command that ``registry check`` ran, taken from the policy named; digests are of all it wrote.

    ``exit_code`` is absent when it was stopped or killed: then the result is ``error``.
    """

    command: tuple[Line, ...]
    policy: Stamp
    exit_code: Annotated[int, Integer(0, 255)] | None = None
    duration_seconds: Measure
    output_digest: Digest
    log_digest: Digest


@frozen
class Evidence(Record):
    """Only ``passed`` ever satisfies a requirement, and only with the measurements that it asks for.

    ``supersedes`` names earlier evidence of the same check, by digest, that this one replaces: which of two
    is newer is said, never guessed from a clock. Evidence that nothing supersedes stands.
    """

    kind: Literal["evidence"] = "evidence"
    model_name: ModelName
    version: Version
    release_digest: Digest
    check: CheckName
    result: Result
    measurements: tuple[Measurement, ...] = ()
    environment: Environment | None = None
    observed: Window | None = None
    query: Asked | None = None
    report: Report | None = None
    valid_until: Moment | None = None
    tool: Tool | None = None
    run: Run | None = None
    note: Prose | None = None
    supersedes: tuple[Digest, ...] = ()
