"""What MLflow says of a model, in the fields of a release manifest. Nothing is asked here, only read.

What a record cannot hold, what is not finite and what MLflow keeps for itself is left out; where a person
would miss it, with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from gitregistry.integrations.mlflow_data import data_sets
from gitregistry.integrations.mlflow_model import Held
from gitregistry.integrations.mlflow_rest import items_at, pairs_at, text_at
from gitregistry.records.names import fault_in_name, shown
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.records.text import first_refused

# Labels by which ``mirror mlflow`` finds the version that a release came from.
VERSION_LABEL: Final = "mlflow.model_version"
MODEL_LABEL: Final = "mlflow.model_id"
RUN_LABEL: Final = "mlflow.run_id"

_LARGEST: Final = Decimal("1.7976931348623157e308")
_NUMBER: Final = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,3})?")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_MOST_ENTRIES: Final = 500
_MOST_LABELS: Final = 50
_MOST_KEY: Final = 250
_MOST_TEXT: Final = 4096
# Tags of MLflow itself and of ``mirror``; metrics of the machine that it ran on.
_OWN_TAGS: Final = ("mlflow.", "gitregistry.")
_SYSTEM_METRICS: Final = "system/"


def manifest_fields(held: Held) -> tuple[dict[str, Value], list[str]]:
    """A manifest's fields without those of the artifact's files, and what to warn about."""
    warnings = list(held.warnings)
    tags = pairs_at(held.run, "/run/data/tags", held.source) if held.run is not None else {}
    fields: dict[str, Value] = {
        **_named(held, warnings),
        "hyperparameters": _parameters(held, warnings),
        "evaluation": _metrics(held, warnings),
        **_source(tags, warnings),
        **(data_sets(held.run, held.source, warnings) if held.run is not None else {}),
        **_training_run(held),
        "labels": _labels(held, tags, warnings),
    }
    return {name: value for name, value in fields.items() if value}, warnings


def _named(held: Held, warnings: list[str]) -> dict[str, Value]:
    """The names of a registered version, where they can be names here."""
    if held.registered is None:
        return {}
    fault = fault_in_name(held.registered.name)
    if fault:
        warnings.append(f"its name in MLflow cannot be its name here: {fault}")
        return {}
    return {"model_name": Quoted(held.registered.name), "version": Quoted(held.registered.version)}


def _training_run(held: Held) -> dict[str, Value]:
    """The run's page, which people can open; its id stands at the end."""
    if held.run is None or held.run_id is None:
        return {}
    experiment = text_at(held.run, "/run/info/experiment_id", held.source) or "0"
    return {"training_run": Quoted(f"{held.server}/#/experiments/{experiment}/runs/{held.run_id}")}


def _parameters(held: Held, warnings: list[str]) -> dict[str, Value]:
    given = pairs_at(held.model, "/model/data/params", held.source) if held.model is not None else {}
    if held.run is not None and held.alone:
        given = pairs_at(held.run, "/run/data/params", held.source) | given
    return _kept(given, "parameter", _MOST_ENTRIES, warnings)


def _metrics(held: Held, warnings: list[str]) -> dict[str, Value]:
    """The run's last value of each metric; and what other runs measured of the logged model.

    A logged model shows NaN as 0, so a zero there counts only when the run says so too.
    """
    measured = _measured(held.run, "/run/data/metrics", held.source) if held.run is not None else {}
    of_model = _measured(held.model, "/model/data/metrics", held.source) if held.model is not None else {}
    of_run = measured if held.alone or held.model is None else {}
    found: dict[str, str] = {}
    several, unsure, infinite = [], [], []
    for name in sorted(of_run.keys() | of_model.keys()):
        values = of_run.get(name) or of_model[name]
        if len(values) > 1:
            several.append(name)
        elif name not in of_run and values == {"0"} and measured.get(name) != values:
            unsure.append(name)
        elif not _is_finite(value := next(iter(values))):
            infinite.append(name)
        else:
            found[name] = value
    for words, some in (
        ("was measured several times, with different values", several),
        ("is 0 of the logged model alone, where MLflow shows NaN as 0", unsure),
        ("is not a finite number", infinite),
    ):
        warnings.extend(f"{shown(name)} {words}: left out" for name in some)
    return _kept(found, "metric", _MOST_ENTRIES, warnings)


def _measured(document: Value, pointer: str, source: str) -> dict[str, set[str]]:
    """The values of each metric as they are written; one where a run is asked, for it answers the last."""
    found: dict[str, set[str]] = {}
    for item in items_at(document, pointer, source):
        key, value = item.get("key"), item.get("value")
        if isinstance(key, str) and isinstance(value, str) and not key.startswith(_SYSTEM_METRICS):
            found.setdefault(str(key), set()).add(_plain(value))
    return found


def _plain(value: str) -> str:
    """A number as it is written; every zero as 0."""
    return "0" if _NUMBER.fullmatch(value) and not Decimal(value) else str(value)


def _is_finite(value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None and abs(Decimal(value)) < _LARGEST


def _source(tags: Mapping[str, str], warnings: list[str]) -> dict[str, Value]:
    """Commit and repository of the training code; what user and password stood in an address is cut out."""
    found: dict[str, Value] = {}
    commit = tags.get("mlflow.source.git.commit")
    if commit is not None and _COMMIT.fullmatch(commit):
        found["git_commit"] = Quoted(commit)
    elif commit is not None:
        warnings.append(f"mlflow.source.git.commit is no commit id: {shown(commit)}")
    repository = tags.get("mlflow.source.git.repoURL")
    if repository is not None and _fault_in(repository, _MOST_TEXT) is None and "\n" not in repository:
        found["git_repository"] = Quoted(without_user(repository))
    return found


def without_user(address: str) -> str:
    """An address of the web without the user, password or token that may stand in it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return address
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _labels(held: Held, tags: Mapping[str, str], warnings: list[str]) -> dict[str, Value]:
    """The users' own tags, and by which names MLflow knows the model; the version's tags before the run's."""
    given = dict(tags)
    if held.model is not None:
        given |= pairs_at(held.model, "/model/info/tags", held.source)
    if held.registered is not None:
        given |= held.registered.tags
    own = {name: value for name, value in given.items() if not name.startswith(_OWN_TAGS)}
    labels = _kept(own, "tag", _MOST_LABELS, warnings)
    if held.registered is not None:
        labels[VERSION_LABEL] = Quoted(f"{held.registered.name}/{held.registered.version}")
    for label, value in ((MODEL_LABEL, held.model_id), (RUN_LABEL, held.run_id)):
        if value is not None:
            labels[label] = Quoted(value)
    return labels


def _kept(given: Mapping[str, str], what: str, most: int, warnings: list[str]) -> dict[str, Value]:
    """What a record can hold, as a person would type it, in the order of the names."""
    found: dict[str, Value] = {}
    for name, value in sorted(given.items()):
        fault = _fault_in(name, _MOST_KEY) or _fault_in(value, _MOST_TEXT)
        if "\n" in name:
            fault = "has a name of several lines"
        if fault is None and len(found) < most:
            found[name] = typed(value)
        elif fault is not None:
            warnings.append(f"the {what} {shown(name)} {fault}: left out")
    left = len(given) - len(found)
    if len(found) == most and left:
        warnings.append(f"{left} more {what}s are left out: a release keeps {most} of MLflow's")
    return found


def typed(value: str) -> Value:
    """Numbers, ``True`` and ``False`` as a manifest writes them; all else is text, ``None`` and 007 too."""
    if value in ("True", "False"):
        return value.lower()
    return str(value) if _NUMBER.fullmatch(value) else Quoted(value)


def _fault_in(text: str, most: int) -> str | None:
    if len(text) > most:
        return f"has more than {most} characters"
    found = first_refused(text)
    return f"holds {found.name}" if found is not None else None
