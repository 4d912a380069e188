"""What ``register --from-mlflow`` fills into a manifest: all that a tracking server says of one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from gitregistry.errors import BadInput, RegistryError
from gitregistry.integrations.mlflow_files import ROUTE, address_of
from gitregistry.integrations.mlflow_manifest import MODEL_LABEL, RUN_LABEL, VERSION_LABEL, manifest_fields
from gitregistry.integrations.mlflow_model import Held, held
from gitregistry.integrations.mlflow_reference import Reference
from gitregistry.integrations.mlflow_rest import Client
from gitregistry.operations.filling import Nearby
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.records.names import shown
from gitregistry.records.release import Port
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.storage import mlmodel
from gitregistry.storage.artifacts import Member, open_source
from gitregistry.storage.local_artifacts import local_path

OPTION: Final = "--from-mlflow"
# Names of the same thing that two people need not spell alike; those given stand, with a warning.
_SPELLED_FREELY: Final = ("dataset_snapshot", "git_repository")
_NAMES: Final = ("model_name", "version")


class _Place(NamedTuple):
    """Where a model's files lie as ``register`` can read them; else why it cannot."""

    address: str | None
    fault: str | None = None


def nearby_in_mlflow(
    client: Client, reference: Reference, given: ManifestInput, artifact: str | None
) -> Nearby:
    """What MLflow says, without what a person may name otherwise and has named.

    Args:
        given: the manifest as far as it is told.
        artifact: ``--artifact``; then MLflow is not asked for the place.

    Raises:
        NotFound: the server has no such run or model.
        BadInput: it cannot be asked; or neither it nor the manifest says what the release is called.
    """
    found = held(client, reference)
    fields, warnings = manifest_fields(found)
    place = _place(found)
    if place.address is not None:
        fields |= _schema(place.address, warnings)
        fields["artifact_uri"] = Quoted(place.address)
    elif artifact is None and given.text("artifact_uri") is None:
        raise BadInput(
            place.fault or "MLflow does not say where the model's files lie",
            path=found.source,
            hint="name them: --artifact PATH|URI",
        )
    if artifact is not None or given.text("artifact_uri") is not None:
        fields.pop("artifact_uri", None)
    _leave(fields, given, found, warnings)
    _require_names(fields, given, found)
    return Nearby(f"{found.source} of {found.server}", OPTION, fields, tuple(warnings))


def _leave(fields: dict[str, Value], given: ManifestInput, found: Held, warnings: list[str]) -> None:
    """Take out what the manifest says in words of its own."""
    for name in (*_NAMES, *_SPELLED_FREELY):
        said, other = given.text(name), fields.get(name)
        if said is not None and other is not None:
            del fields[name]
            if name in _SPELLED_FREELY and said != other:
                warnings.append(f"{name}: the manifest stands; MLflow says {shown(str(other))}")
    _leave_labels(fields, given, warnings)
    run = given.text("training_run")
    if run is not None and found.run_id is not None and found.run_id in run:
        fields.pop("training_run", None)


def _leave_labels(fields: dict[str, Value], given: ManifestInput, warnings: list[str]) -> None:
    """A tag that was set in MLflow is no word on the artifact; those by which MLflow knows it are."""
    mine, others = given.fields.get("labels"), fields.get("labels")
    if not isinstance(mine, dict) or not isinstance(others, dict):
        return
    for name in sorted(mine.keys() & others.keys() - {VERSION_LABEL, MODEL_LABEL, RUN_LABEL}):
        other = others.pop(name)
        if other != mine[name]:
            warnings.append(f"labels.{name}: the manifest stands; MLflow says {shown(str(other))}")


def _require_names(fields: Mapping[str, Value], given: ManifestInput, found: Held) -> None:
    if any(given.text(name) is None and name not in fields for name in _NAMES):
        raise BadInput(
            f"nothing says what the release of {found.source} is called", hint="--as MODEL:VERSION"
        )


def _place(found: Held) -> _Place:
    """The address of a model's files: a server's own ones go by its HTTP address."""
    place = found.place or ""
    parts = urlsplit(place)
    if parts.scheme == "mlflow-artifacts":
        server = f"{urlsplit(found.server).scheme}://{parts.netloc}" if parts.netloc else found.server
        return _Place(address_of(server, parts.path))
    if parts.scheme in ("http", "https") and ROUTE in place:
        return _Place(f"mlflow+{place}")
    if parts.scheme in ("", "file") and place:
        return _local(place)
    if "://" in place:
        return _Place(place)
    return _Place(
        None, f"the model's files lie where nothing here can read: {shown(place)}" if place else None
    )


def _local(place: str) -> _Place:
    """A path of the server's machine, which may be this one."""
    path = local_path(place)
    if path.is_absolute() and path.exists():
        return _Place(path.as_uri())
    return _Place(None, f"the model's files lie on the server's own machine: {shown(place)}")


def _schema(address: str, warnings: list[str]) -> dict[str, Value]:
    """Inputs and outputs by the model's own description; none, with a warning, where it does not come."""
    name = f"{address}/{mlmodel.FILE}"
    try:
        with open_source(address).open(Member(mlmodel.FILE, 0)) as file:
            data = file.read(mlmodel.MOST_BYTES + 1)
        if len(data) > mlmodel.MOST_BYTES:
            raise BadInput(f"has more than {mlmodel.MOST_BYTES >> 20} MiB", path=name)
        signature = mlmodel.read_signature(data, name)
    except RegistryError as fault:
        warnings.append(f"inputs and outputs are not known: {fault}")
        return {}
    sides = {"inputs": signature.inputs, "outputs": signature.outputs}
    return {side: [_port(port) for port in ports] for side, ports in sides.items() if ports}


def _port(port: Port) -> Value:
    found: dict[str, Value] = {"name": Quoted(port.name), "type": Quoted(port.type)}
    if port.shape is not None:
        found["shape"] = Quoted(port.shape)
    if port.optional:
        found["optional"] = "true"
    return found
