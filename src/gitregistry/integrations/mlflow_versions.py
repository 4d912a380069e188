"""Which version of MLflow's a release came from: by its signed labels, else by a tag that MLflow holds."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.errors import BadInput, NotFound
from gitregistry.integrations.mlflow_manifest import MODEL_LABEL, RUN_LABEL, VERSION_LABEL
from gitregistry.integrations.mlflow_marks import DIGEST_TAG
from gitregistry.integrations.mlflow_rest import Client, items_at, pairs_at, required_text, text_at
from gitregistry.records.names import shown
from gitregistry.records.release import Release
from gitregistry.records.strict_yaml import Value
from gitregistry.registry.opening import Opened


class MlflowVersion(NamedTuple):
    """A version of a registered model, with its tags."""

    name: str
    version: str
    tags: dict[str, str]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


class Unmapped(NotFound):
    """Nothing says which version of MLflow's a release is."""


def labelled(release: Release) -> tuple[str, str] | None:
    """Name and version by the release's label; None when it has none."""
    label = release.labels.get(VERSION_LABEL)
    if label is None:
        return None
    name, _, version = str(label).rpartition("/")
    if not name or not (version.isascii() and version.isdecimal()):
        raise BadInput(
            f"{VERSION_LABEL} is {shown(str(label))}, not NAME/VERSION",
            hint=f"registry register --from-mlflow models:/NAME/VERSION --as {release.model_name}:NEXT",
        )
    return name, version


def version_of(client: Client, opened: Opened[Release]) -> MlflowVersion:
    """The version that a release came from, seen to be there and to come from the same run.

    Raises:
        Unmapped: neither the release nor MLflow says which.
        NotFound: it is not there any more.
        BadInput: it is another one's, or more than one is tagged; or the server cannot be asked.
    """
    release = opened.record
    said = labelled(release)
    if said is not None:
        name, version = said
        found = client.get("model-versions/get", name=name, version=version)
        made = _read(found, "/model_version", f"models:/{name}/{version}")
        _require_origin(release, found, made)
        return made
    query = f"tags.`{DIGEST_TAG}` = '{opened.digest}'"
    answer = client.get("model-versions/search", filter=query, max_results="10")
    versions = list(items_at(answer, "/model_versions", "search"))
    called = f"{release.model_name}:{release.version}"
    if not versions:
        raise Unmapped(
            f"nothing says which version in MLflow {called} is",
            hint=f"give that version the tag {DIGEST_TAG} = {opened.digest} in MLflow; "
            f"the next release: registry register --from-mlflow models:/NAME/VERSION",
        )
    made = _read(versions[0], "", called)
    if len(versions) > 1:
        named = ", ".join(str(_read(one, "", called)) for one in versions)
        raise BadInput(
            f"several versions in MLflow are tagged as {called}: {named}",
            hint=f"take the tag {DIGEST_TAG} from those that it is not",
        )
    _require_origin(release, {"model_version": versions[0]}, made)
    return made


def _read(document: Value, above: str, name: str) -> MlflowVersion:
    return MlflowVersion(
        required_text(document, f"{above}/name", name),
        required_text(document, f"{above}/version", name),
        pairs_at(document, f"{above}/tags", name),
    )


def _require_origin(release: Release, found: Value, made: MlflowVersion) -> None:
    """Numbers are given anew on every server; runs and logged models have ids of their own."""
    source = text_at(found, "/model_version/source", str(made)) or ""
    if source.startswith("models:/m-") and MODEL_LABEL in release.labels:
        said, there = release.labels[MODEL_LABEL], source.removeprefix("models:/")
    elif RUN_LABEL in release.labels:
        said, there = release.labels[RUN_LABEL], text_at(found, "/model_version/run_id", str(made)) or ""
    else:
        return
    if there != str(said):
        raise BadInput(
            f"models:/{made} is another model there: it came from {shown(there)}, "
            f"{release.model_name}:{release.version} from {shown(str(said))}",
            hint="name the server that it was registered from: --tracking-uri URI",
        )
