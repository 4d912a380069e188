"""``security_scan_passed``: nothing in the artifact runs when it is loaded, as far as can be told.

What cannot be looked into is an ``error``; what lies in the artifact has to be of the format that the
release names, and that of the policy's list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.artifact_at_hand import artifact_at_hand
from gitregistry.operations.built_in import Ground, Outcome, counted
from gitregistry.operations.scanning import Entry, Found, look_into
from gitregistry.operations.subject import Subject
from gitregistry.records.policy import ArtifactFormats
from gitregistry.records.release import Release
from gitregistry.rules.gates import format_words, formats_for
from gitregistry.storage.file_formats import Kind, kind_of
from gitregistry.storage.onnx_header import External, read_onnx
from gitregistry.storage.pickle_scan import scanner_name

# What a format whose name is known may consist of besides text; other names may be anything that is clean.
_PICKLES: Final = ("pickle", "numpy", "zip", "gzip", "bzip2", "xz", "zlib")
_CONSIST_OF: Final[dict[str, tuple[Kind, ...]]] = {
    "onnx": ("onnx",),
    "safetensors": ("safetensors",),
    "numpy": ("numpy", "zip"),
    "npy": ("numpy",),
    "npz": ("numpy", "zip"),
    "pickle": _PICKLES,
    "joblib": _PICKLES,
}
_WAY_ON: Final = (
    "what to do: save it as safetensors or onnx, or give the check a `run` of your own in the policy"
)


def check_scan(ground: Ground, subject: Subject) -> Outcome:
    """Look into every file of the artifact."""
    release = subject.release.record
    formats = _formats(ground, subject.environment)
    with artifact_at_hand(release) as place:
        found = list(scanned(place, release))
    pickles = any(one.kind in ("pickle", "numpy") for one in found)
    faults = [*_outside_list(release, formats), *_of_other_kinds(release, found)]
    unsafe = [f"unsafe: {one.path}: {one.words}" for one in found if one.verdict == "unsafe"]
    unknown = [f"not looked into: {one.path}: {one.words}" for one in found if one.verdict == "unknown"]
    counts = counted(files=len(found), unsafe=len(unsafe), not_looked_into=len(unknown))
    by = f"pickles by {_scanner()}, strictly" if pickles else "no pickles"
    summary = f"{len(found)} files looked into: {kinds_words(found)}; {by}"
    if faults or unsafe:
        return Outcome("failed", (*faults, *unsafe, *unknown, _WAY_ON, summary), counts)
    return Outcome("error" if unknown or not found else "passed", (*unknown, summary), counts)


def scanned(place: Path, release: Release) -> Iterator[Found]:
    """What each file of a delivered artifact came to."""
    if not release.files:
        yield from _file(place, release.artifact_uri.rpartition("/")[2], {})
        return
    paths = [file.path for file in release.files]
    # Elsewhere, a model could vouch for whatever nobody can look into.
    outside = _tensors(place, paths) if _named(release) == "onnx" else {}
    for path in paths:
        yield from _file(place / path, path, outside)


def _file(place: Path, path: str, outside: dict[str, list[External]]) -> Iterator[Found]:
    size = place.stat().st_size
    short = [one for one in outside.get(path, ()) if one.offset + (one.length or 0) > size]
    if short:
        yield Found(path, "unknown", "unknown", f"a model reads beyond its end, at {short[0].offset:,}")
        return
    with place.open("rb") as file:
        yield from look_into(Entry(path, file, size, tensors=path in outside))


def _tensors(top: Path, paths: Sequence[str]) -> dict[str, list[External]]:
    """The files in which ONNX models keep their tensors, by path, and what they read of each."""
    found: dict[str, list[External]] = {}
    for path in paths:
        with (top / path).open("rb") as file:
            size = (top / path).stat().st_size
            if kind_of(file, size, path) != "onnx":
                continue
            try:
                external = read_onnx(file, size, path).external
            except BadInput:  # said of the model itself when it is looked into
                continue
        folder = path.rpartition("/")[0]
        for one in external:
            found.setdefault(f"{folder}/{one.location}".lstrip("/"), []).append(one)
    return found


def _formats(ground: Ground, environment: str | None) -> ArtifactFormats | None:
    policy = ground.present.law.policy.record
    for place in policy.environments:
        if place.name == environment:
            return formats_for(policy, place)
    return policy.artifact_formats


def _outside_list(release: Release, formats: ArtifactFormats | None) -> Iterator[str]:
    if formats is not None and release.artifact_format not in formats.allowed:
        said = release.artifact_format or "not given"
        yield f"its artifact_format is {said}, the policy allows {format_words(formats)}"


def _of_other_kinds(release: Release, found: Sequence[Found]) -> Iterator[str]:
    """Files of which the format that the release names does not consist."""
    consists = _CONSIST_OF.get(_named(release))
    if consists is None:
        return
    for one in found:
        if one.kind not in (*consists, "text", "unknown"):
            yield f"{one.path} is {one.kind}, and the release says to be {release.artifact_format}"


def _named(release: Release) -> str:
    return (release.artifact_format or "").strip().lower()


def kinds_words(found: Sequence[Found]) -> str:
    """``3 text, 1 onnx``."""
    kinds = [one.kind for one in found]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))


def _scanner() -> str:
    try:
        return scanner_name()
    except BadInput:
        return "nobody"
