"""Where ``attest --from`` reads: a file or a run of a tracking server, in which format, and what it says."""

from __future__ import annotations

from typing import NamedTuple, cast, get_args

from gitregistry.errors import BadInput
from gitregistry.integrations.found import Format, Found, Source
from gitregistry.integrations.json_mapping import Mapped
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Report
from gitregistry.records.strict_json import read_json

FORMATS = get_args(Format)


class Read(NamedTuple):
    """What a source says, and the record's reference to it."""

    found: Found
    report: Report


def read_source(source: Source, given: str | None, mapped: Mapped | None) -> Read:
    """Read a report.

    Args:
        given: the format; None to tell by what it begins with.
        mapped: for JSON, where its values stand.

    Raises:
        BadInput: it does not say what was asked; with the place.
    """
    kind = _format(source, given)
    found = _found(source, kind, mapped)
    mapping = mapped.digest if mapped is not None else None
    return Read(found, Report(uri=source.uri, digest=digest_of(source.data), format=kind, mapping=mapping))


def _format(source: Source, given: str | None) -> Format:
    if given in FORMATS:
        return cast("Format", given)
    if given is not None:
        raise BadInput(f"--format {given} is not known", hint=f"one of {', '.join(FORMATS)}")
    if source.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return "junit"
    return "mlflow" if _is_run(source) else "json"


def _is_run(source: Source) -> bool:
    """Whether it is what a tracking server answers about a run, which says when it was."""
    document = read_json(source.data, source.uri)
    run = document.get("run") if isinstance(document, dict) and len(document) == 1 else None
    return isinstance(run, dict) and isinstance(run.get("info"), dict) and "run_id" in run["info"]


def _found(source: Source, kind: Format, mapped: Mapped | None) -> Found:
    if kind == "junit":
        from gitregistry.integrations.junit import read_junit  # noqa: PLC0415 - one format of several

        if mapped is not None:
            raise BadInput(
                "a mapping is for JSON; what a test report says needs none",
                path=source.uri,
                hint="leave out --mapping",
            )
        return read_junit(source.data, source.uri)
    if kind == "mlflow":
        from gitregistry.integrations.mlflow_run import read_run  # noqa: PLC0415 - as above

        return read_run(source.data, source.uri, mapped.mapping if mapped is not None else None)
    from gitregistry.integrations.json_report import read_json_report  # noqa: PLC0415 - as above

    if mapped is None:
        raise BadInput(
            "JSON says what it says only by a mapping",
            path=source.uri,
            hint="--mapping MAP.yaml, as in docs/evidence.md; --format junit or mlflow for those",
        )
    return read_json_report(source.data, source.uri, mapped.mapping)
