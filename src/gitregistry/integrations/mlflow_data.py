"""The data sets that a run names as its inputs, as a release names them.

MLflow's digest of a data frame covers at most 10,000 of its rows, in 32 bits of an MD5: it tells two tables
apart by chance alone, and proves nothing. The field says so, wherever it is read.
"""

from __future__ import annotations

import re
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.integrations.mlflow_rest import items_at, pairs_at, text_at
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.records.text import first_refused

CONTEXT: Final = "mlflow.data.context"
WEAK: Final = "mlflow-digest-weak"
_TRAINING: Final = re.compile(r"train(?:ing)?", re.IGNORECASE)
# Where the several kinds of source say where the data lies.
_PLACES: Final = ("uri", "url", "path", "delta_table_name", "table", "query")
_MOST: Final = 4096
_MOST_SETS: Final = 50


def data_sets(run: Value, source: str, warnings: list[str]) -> dict[str, Value]:
    """``dataset_snapshot`` of what it was trained on, ``evaluation_datasets`` of all else that has a context.

    A set without a context was used for training, for that is what a run is for.
    """
    training: list[str] = []
    evaluation: list[str] = []
    for item in items_at(run, "/run/inputs/dataset_inputs", source):
        words = _described(item, source)
        if "\n" in words or first_refused(words) is not None or len(words) > _MOST:
            warnings.append(f"the data set {shown(words)} cannot be named in a record: left out")
            continue
        context = pairs_at(item, "/tags", source).get(CONTEXT, "training")
        chosen = training if _TRAINING.fullmatch(context) else evaluation
        if words not in chosen:
            chosen.append(words)
    if training or evaluation:
        warnings.append(
            "the digests of MLflow's data sets cover 10,000 rows at most, in 8 hex digits: they prove "
            "nothing; give dataset_snapshot in the manifest where there is a real one"
        )
    found: dict[str, Value] = {}
    if training:
        found["dataset_snapshot"] = Quoted(_joined(training, warnings))
    if evaluation:
        if len(evaluation) > _MOST_SETS:
            warnings.append(f"{len(evaluation) - _MOST_SETS} more evaluation data sets are left out")
        found["evaluation_datasets"] = [Quoted(words) for words in evaluation[:_MOST_SETS]]
    return found


def _joined(training: list[str], warnings: list[str]) -> str:
    kept = list(training)
    while len("; ".join(kept)) > _MOST:
        kept.pop()
    if len(kept) < len(training):
        warnings.append(f"{len(training) - len(kept)} more training data sets are left out")
    return "; ".join(kept)


def _described(item: Value, source: str) -> str:
    """``customers from s3://bucket/x.parquet (mlflow-digest-weak:49d77bfc)``."""
    name = text_at(item, "/dataset/name", source) or "a data set"
    digest = text_at(item, "/dataset/digest", source)
    place = _place(text_at(item, "/dataset/source", source), source)
    kind = text_at(item, "/dataset/source_type", source)
    place = place or (kind if kind != "code" else None)  # made by the code of the run, and lies nowhere
    words = f"{name} from {place}" if place else name
    return f"{words} ({WEAK}:{digest})" if digest else words


def _place(given: str | None, source: str) -> str | None:
    """Where the data lies: in the JSON that MLflow writes, or the whole text where it is none."""
    if given is None:
        return None
    try:
        found = read_json(given.encode("utf-8", "replace"), source)
    except BadInput:
        return given
    if not isinstance(found, dict):
        return None
    return next((str(found[key]) for key in _PLACES if isinstance(found.get(key), str)), None)
