"""What an artifact says of itself: inputs and outputs by its ``MLmodel`` file or its one ONNX model.

Nothing is loaded. What lies on this machine is read in place; what does not is fetched again, and hashed, if
it is small. What cannot be read costs these fields alone: the bytes are registered as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.artifact_at_hand import bytes_at_hand
from gitregistry.operations.filling import Nearby
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.pull import file_of
from gitregistry.records.release import Port
from gitregistry.records.shapes import ShapeFault, converter_of
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.records.text import first_refused
from gitregistry.registry.ports import Ports, compare_ports
from gitregistry.storage import mlmodel
from gitregistry.storage.artifacts import ArtifactFacts
from gitregistry.storage.local_artifacts import local_path
from gitregistry.storage.onnx_header import read_onnx
from gitregistry.storage.small_files import read_small

OPTION: Final = "--artifact"
_MOST_FETCHED: Final = 64 << 20
_MOST_PORTS: Final = 2000
_LONGEST: Final = 4096
# What may lie beside an ONNX model in a folder that is still nothing else.
_BESIDE_ONNX: Final = (".onnx", ".onnx_data", ".data", ".json", ".txt", ".md", ".yaml", ".yml")


def schema_nearby(manifest: ManifestInput, facts: ArtifactFacts) -> Nearby | None:
    """What an artifact says that the manifest leaves out; None when it says nothing that can be read."""
    path, form = _where(manifest, facts)
    if path is None:
        return None
    name = f"{facts.uri}/{path}" if path else facts.uri
    fields: dict[str, Value] = {}
    warnings = []
    try:
        ports = _read(facts, path, name)
        if form is not None and manifest.text("artifact_format") is None:
            fields["artifact_format"] = form
        for side in ("inputs", "outputs"):
            found: tuple[Port, ...] = getattr(ports, side)
            if found and not _is_said(manifest.fields.get(side), found):
                fields[side] = _listed(found, name)
    except BadInput as fault:
        warnings.append(f"{fault}: inputs and outputs were not filled in")
    return Nearby(name, OPTION, fields, tuple(warnings))


def _where(manifest: ManifestInput, facts: ArtifactFacts) -> tuple[str | None, str | None]:
    """The file of the artifact that describes it, and the artifact's format, each as far as it is certain."""
    files = [file.path for file in facts.files]
    if not files:
        named = facts.uri.lower().endswith(".onnx") or manifest.text("artifact_format") == "onnx"
        return ("", "onnx") if named else (None, None)
    if mlmodel.FILE in files:
        return mlmodel.FILE, "mlflow"
    models = [path for path in files if path.lower().endswith(".onnx")]
    if len(models) != 1:
        return None, None
    alone = all(PurePosixPath(path.lower()).suffix in _BESIDE_ONNX for path in files)
    return models[0], "onnx" if alone else None


def _read(facts: ArtifactFacts, path: str, name: str) -> Ports:
    with _at_hand(facts, path, name) as place:
        if path == mlmodel.FILE:
            return Ports(*mlmodel.read_signature(read_small(place, mlmodel.MOST_BYTES), name))
        try:
            with place.open("rb") as file:
                header = read_onnx(file, place.stat().st_size, name)
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror}", path=name) from None
    return Ports(header.inputs, header.outputs)


@contextmanager
def _at_hand(facts: ArtifactFacts, path: str, name: str) -> Iterator[Path]:
    if facts.uri.startswith("file://"):
        yield local_path(facts.uri) / path
        return
    wanted = file_of(facts, path)
    if wanted is None or wanted.size > _MOST_FETCHED:
        raise BadInput(f"has more than {_MOST_FETCHED >> 20} MiB, and lies elsewhere", path=name)
    with bytes_at_hand(wanted) as place:
        yield place


def _is_said(given: Value | None, found: tuple[Port, ...]) -> bool:
    """Whether a manifest describes the very same, however it spells types and shapes."""
    try:
        ports: tuple[Port, ...] = converter_of(tuple[Port, ...])(given) if isinstance(given, list) else ()
    except ShapeFault:  # said with its line when the manifest is read as a release
        return False
    return not compare_ports(Ports(ports, ()), Ports(found, ()))


def _listed(ports: Sequence[Port], name: str) -> list[Value]:
    if len(ports) > _MOST_PORTS:
        raise BadInput(f"describes {len(ports):,} inputs or outputs", path=name)
    return [_port(port, name) for port in ports]


def _port(port: Port, name: str) -> Value:
    found: dict[str, Value] = {"name": Quoted(port.name), "type": Quoted(port.type)}
    if port.shape is not None:
        found["shape"] = Quoted(port.shape)
    for text in found.values():
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST or "\n" in text or first_refused(text):
            raise BadInput("describes what no manifest can hold", path=name)
    if port.optional:
        found["optional"] = "true"
    return found
