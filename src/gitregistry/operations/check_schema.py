"""``schema_compatibility_passed``: what is sent to the live release can be sent to this one as well."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.errors import Refused
from gitregistry.operations.artifact_at_hand import file_at_hand
from gitregistry.operations.built_in import Ground, Outcome, counted
from gitregistry.operations.require import unusable
from gitregistry.operations.subject import Subject
from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.ports import Change, Ports, compare_ports
from gitregistry.registry.releases import find_release
from gitregistry.storage import mlmodel
from gitregistry.storage.onnx_header import read_onnx


class _Described(NamedTuple):
    """What a release takes and gives, and who says so."""

    ports: Ports
    source: str


def check_schema(ground: Ground, subject: Subject) -> Outcome:
    """Compare with the release that is live where this one is to go."""
    environment = subject.environment or ground.present.law.policy.record.environments[-1].name
    candidate = subject.release
    live = _live(ground, candidate.record.model_name, environment)
    if live is None:
        return Outcome("passed", (f"nothing is live in {environment}: there is nothing to compare with",))
    name = f"{live.record.version} ({live.digest}), live in {environment}"
    if live.digest == candidate.digest:
        return Outcome("passed", (f"it is itself what is live in {environment}",))
    before, after = described(live.record), described(candidate.record)
    unknown = [
        f"the {side} of {whose} are not known"
        for side in ("inputs", "outputs")
        for whose, known in ((name, before), (candidate.record.version, after))
        if not getattr(known.ports, side)
    ]
    changes = compare_ports(before.ports, after.ports)
    breaking = [change for change in changes if change.breaks]
    sources = f"compared with {name}: {before.source} there, {after.source} here"
    if unknown:
        hint = "what to do: give inputs and outputs in the manifest of the next release"
        return Outcome("error", (*unknown, sources, hint))
    counts = counted(
        inputs=len(after.ports.inputs),
        outputs=len(after.ports.outputs),
        breaking=len(breaking),
        compatible=len(changes) - len(breaking),
    )
    return Outcome("failed" if breaking else "passed", (*_listed(changes), sources), counts)


def _listed(changes: tuple[Change, ...]) -> list[str]:
    lines = [f"breaks: {change}" for change in changes if change.breaks]
    lines += [f"compatible: {change}" for change in changes if not change.breaks]
    return lines or ["inputs and outputs are the same"]


def _live(ground: Ground, model: str, environment: str) -> Opened[Release] | None:
    """The release that an environment points at; None when it points at none.

    Raises:
        RegistryError: it cannot be told which, or its records cannot be used.
    """
    snapshot = ground.present.snapshot
    path = paths.alias(model, environment)
    try:
        tip = ground.present.chain(model, environment)
        if tip is None:
            return None
        path = tip.opened.path
        release = find_release(snapshot, model, tip.opened.record.version)
    except Broken as broken:
        raise unusable(broken, path) from None
    if release is None or release.digest != tip.opened.record.release_digest:
        raise Refused(
            f"what is live in {environment} is not what was promoted there",
            path=path,
            hint="registry verify says which commit changed it",
        )
    return release


def described(release: Release) -> _Described:
    """What a release takes and gives: by its manifest, and where that is silent, by its artifact.

    Raises:
        RegistryError: the artifact does not come, or what it says of itself cannot be read.
    """
    if release.inputs and release.outputs:
        return _Described(Ports(release.inputs, release.outputs), "by the manifest")
    found = _in_artifact(release)
    if found is None:
        return _Described(Ports(release.inputs, release.outputs), "by the manifest alone")
    ports = Ports(release.inputs or found.ports.inputs, release.outputs or found.ports.outputs)
    said = "by the manifest and " if release.inputs or release.outputs else "by "
    return _Described(ports, f"{said}{found.source}")


def _in_artifact(release: Release) -> _Described | None:
    """What an ``MLmodel`` file or the one ONNX model in an artifact says; None when there is neither."""
    files = [file.path for file in release.files]
    if mlmodel.FILE in files:
        with file_at_hand(release, mlmodel.FILE) as place:
            if place is not None and place.stat().st_size <= mlmodel.MOST_BYTES:
                signature = mlmodel.read_signature(place.read_bytes(), mlmodel.FILE)
                if signature.inputs or signature.outputs:
                    return _Described(Ports(*signature), mlmodel.FILE)
    models = [path for path in files if path.lower().endswith(".onnx")]
    if not files and _is_onnx(release):
        models = [""]
    if len(models) != 1:
        return None
    with file_at_hand(release, models[0]) as place:
        if place is None:
            return None
        with place.open("rb") as file:
            header = read_onnx(file, place.stat().st_size, models[0] or release.artifact_uri)
    return _Described(Ports(header.inputs, header.outputs), models[0] or "the ONNX model")


def _is_onnx(release: Release) -> bool:
    named = release.artifact_uri.lower().endswith(".onnx")
    return named or (release.artifact_format or "").strip().lower() == "onnx"
