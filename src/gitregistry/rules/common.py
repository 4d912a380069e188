"""Rules that records of every kind must keep."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.common import Record
from gitregistry.records.release import Release
from gitregistry.registry.moments import clearly_after
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case


def check_registry_id(case: Case[Record]) -> Iterator[Finding]:
    """Rule ``registry-id``: a record belongs to this registry, not to a fork or to another one."""
    if case.record.registry_id != case.law.trust.registry_id:
        yield case.finding(
            "registry-id",
            f"it belongs to registry {case.record.registry_id}, this one is {case.law.trust.registry_id}",
        )


def check_place(case: Case[Record]) -> Iterator[Finding]:
    """Rule ``subject``: the signed names are those of the path, so a record cannot be moved or copied."""
    for field, claimed in (
        ("model_name", case.location.model),
        ("version", case.location.version),
        ("environment", case.location.environment),
    ):
        said = getattr(case.record, field, None)
        if claimed is not None and said != claimed:
            yield case.finding("subject", f"its {field} is {said}, but it lies where {claimed} is")


def check_file_name(case: Case[Record], stem: str) -> Iterator[Finding]:
    """Rule ``subject`` for records filed under a name of their own making."""
    said = case.location.stem or ""
    if not said.startswith(f"{stem}-"):
        yield case.finding("subject", f"a record about {stem} is named {said}")


def check_time(case: Case[Record]) -> Iterator[Finding]:
    """Rule ``time``: no record is dated after the step that brings it."""
    if clearly_after(case.record.created_at, case.step.time):
        yield case.finding(
            "time", f"it is dated {case.record.created_at}, after the step that brings it ({case.step.time})"
        )


def check_follows(case: Case[Record], earlier: Opened[Record]) -> Iterator[Finding]:
    """Rule ``time``: no record is dated before one that it names."""
    if clearly_after(earlier.record.created_at, case.record.created_at):
        yield case.finding(
            "time",
            f"it is dated {case.record.created_at}, before what it follows: {earlier.path} "
            f"of {earlier.record.created_at}",
        )


def subject_release(
    case: Case[Record], model: str, version: str, release_digest: str
) -> tuple[Opened[Release] | None, list[Finding]]:
    """The release that a record is about, or the findings that say why there is none (rule ``release``)."""
    try:
        release = find_release(case.step.after, model, version)
    except Broken as fault:
        return None, [
            case.finding("release", f"the release {model}:{version} cannot be used: {fault.message}")
        ]
    if release is None:
        return None, [case.finding("release", f"there is no release {model}:{version}")]
    if release.digest != release_digest:
        return None, [
            case.finding(
                "release",
                f"it names {model}:{version} as {release_digest}, but the manifest there is {release.digest}",
            )
        ]
    return release, []
