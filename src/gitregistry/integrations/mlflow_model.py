"""What a tracking server holds of one model: its run, the logged model, the registered version, its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gitregistry.errors import BadInput, NotFound
from gitregistry.integrations.mlflow_reference import Reference
from gitregistry.integrations.mlflow_rest import Client, items_at, pairs_at, required_text, text_at
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value

_WHOLE: Final = ("FINISHED", "FAILED", "KILLED")
_MOST_NAMED: Final = 3


class Registered(NamedTuple):
    """A version of a registered model, and the tags that it has in MLflow."""

    name: str
    version: str
    tags: dict[str, str]


class Held(NamedTuple):
    """All that is known of one model. Documents are the server's answers; None where it has none.

    Attributes:
        server: the server's address.
        source: the reference by which messages name it.
        place: where its files lie, as MLflow says it.
        alone: whether the run logged no other model, so that what it measured is this one's.
    """

    server: str
    source: str
    run_id: str | None
    run: Value | None
    model_id: str | None
    model: Value | None
    registered: Registered | None
    place: str | None
    alone: bool
    warnings: tuple[str, ...]


def held(client: Client, reference: Reference) -> Held:
    """Ask a server for everything that it has of a model.

    Raises:
        NotFound: it has no such run or model.
        BadInput: it cannot be asked, or the model is not finished or was deleted.
    """
    if reference.kind == "run":
        return _of_run(client, reference)
    if reference.kind == "model":
        return _of_model(client, reference, None, None)
    version = reference.which
    if reference.kind == "alias":
        version = _version_of(client, reference)
    return _of_version(client, reference, version)


def _version_of(client: Client, reference: Reference) -> str:
    """Which version an alias means now; asked of the model, whose answer is the same in every release."""
    found = client.get("registered-models/get", name=reference.name)
    known = {}
    for item in items_at(found, "/registered_model/aliases", str(reference)):
        known[str(item.get("alias"))] = str(item.get("version"))
    if reference.which not in known:
        there = ", ".join(shown(name)[1:-1] for name in sorted(known)) or "none"
        raise NotFound(
            f"{reference.name} has no alias {shown(reference.which)} there; it has {there}",
            path=client.server.address,
            hint=f"--from-mlflow models:/{reference.name}/VERSION",
        )
    return known[reference.which]


def _of_version(client: Client, reference: Reference, version: str) -> Held:
    found = client.get("model-versions/get", name=reference.name, version=version)
    name = f"models:/{reference.name}/{version}"
    status = text_at(found, "/model_version/status", name)
    if status not in (None, "READY"):
        raise BadInput(f"{name} is not ready: {shown(str(status))}", hint="wait, or name another version")
    registered = Registered(reference.name, version, pairs_at(found, "/model_version/tags", name))
    place = text_at(
        client.get("model-versions/get-download-uri", name=reference.name, version=version),
        "/artifact_uri",
        name,
    )
    source = text_at(found, "/model_version/source", name) or ""
    run_id = text_at(found, "/model_version/run_id", name)
    model_id = source.removeprefix("models:/").split("/")[0] if source.startswith("models:/m-") else None
    if model_id is not None:
        kept = _of_model(client, Reference("model", model_id), registered, run_id)
        return kept._replace(place=place or kept.place, source=name)
    run, alone, warnings = _run(client, run_id, None)
    return Held(
        client.server.address, name, run_id, run, None, None, registered, place, alone, tuple(warnings)
    )


def _of_model(
    client: Client, reference: Reference, registered: Registered | None, run_id: str | None
) -> Held:
    name = str(reference)
    found = client.get(f"logged-models/{reference.name}")
    status = text_at(found, "/model/info/status", name)
    if status not in (None, "LOGGED_MODEL_READY"):
        raise BadInput(f"{name} is not ready: {shown(str(status))}", hint="log it again, or name another one")
    run_id = text_at(found, "/model/info/source_run_id", name) or run_id
    run, alone, warnings = _run(client, run_id, reference.name)
    return Held(
        server=client.server.address,
        source=name,
        run_id=run_id,
        run=run,
        model_id=reference.name,
        model=found,
        registered=registered,
        place=text_at(found, "/model/info/artifact_uri", name),
        alone=alone,
        warnings=tuple(warnings),
    )


def _of_run(client: Client, reference: Reference) -> Held:
    found = client.get("runs/get", run_id=reference.name)
    name = str(reference)
    if text_at(found, "/run/info/lifecycle_stage", name) == "deleted":
        raise BadInput("the run was deleted", path=name, hint="name another run")
    models = sorted(set(_logged_by(found, name)))
    if len(models) == 1:
        return _of_model(client, Reference("model", models[0]), None, reference.name)._replace(source=name)
    warnings = _unfinished(found, name)
    place = None
    if models:
        some = ", ".join(f"models:/{model}" for model in models[:_MOST_NAMED])
        warnings.append(
            f"{name} logged {len(models)} models ({some}{', …' if len(models) > _MOST_NAMED else ''}): name "
            "one of them with --from-mlflow to take its place, schema and metrics"
        )
    else:
        place = _place_in_run(found, name)
    return Held(
        client.server.address,
        name,
        reference.name,
        found,
        None,
        None,
        None,
        place,
        not models,
        tuple(warnings),
    )


def _run(client: Client, run_id: str | None, model_id: str | None) -> tuple[Value | None, bool, list[str]]:
    """The run behind a model, whether it logged no other one, and what to warn about."""
    if run_id is None:
        return None, False, ["no run made this model: no parameters, data sets or source are known"]
    try:
        found = client.get("runs/get", run_id=run_id)
    except NotFound as gone:
        return None, False, [f"the run {run_id} that made it is gone: {gone.message}"]
    name = f"runs:/{run_id}"
    others = set(_logged_by(found, name)) - {model_id}
    return found, not others, _unfinished(found, name)


def _unfinished(run: Value, name: str) -> list[str]:
    warnings = []
    status = text_at(run, "/run/info/status", name)
    if status not in _WHOLE:
        warnings.append(f"{name} has not ended ({shown(str(status))}): what it measures may still change")
    elif status != "FINISHED":
        warnings.append(f"{name} is {status}")
    if text_at(run, "/run/info/lifecycle_stage", name) == "deleted":
        warnings.append(f"{name} was deleted and will be gone from the server")
    return warnings


def _logged_by(run: Value, name: str) -> Iterator[str]:
    for item in items_at(run, "/run/outputs/model_outputs", name):
        if isinstance(model := item.get("model_id"), str):
            yield str(model)


def _place_in_run(run: Value, name: str) -> str | None:
    """Where the one model of a run lies that a client before MLflow 3 logged; None when there is not one."""
    history = pairs_at(run, "/run/data/tags", name).get("mlflow.log-model.history")
    if history is None:
        return None
    found = read_json(history.encode(), f"{name}: mlflow.log-model.history")
    paths = {
        required_text(item, "/artifact_path", name) for item in (found if isinstance(found, list) else [])
    }
    top = text_at(run, "/run/info/artifact_uri", name)
    return f"{top.rstrip('/')}/{paths.pop()}" if top and len(paths) == 1 else None
