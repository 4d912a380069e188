"""What DVC's files fill in: data sets with their digests, parameters, and the metrics that a stage wrote.

Which dependency is code, and which data are there to evaluate with, is told by names alone; every guess is
told, and the manifest's own word goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.filling import Nearby
from gitregistry.operations.nearby_metrics import metrics_of
from gitregistry.records.flat import flattened
from gitregistry.records.names import plain_or_shown, shown
from gitregistry.records.strict_yaml import MAX_BYTES, Quoted, Value
from gitregistry.storage.dvc_files import LOCK, Item, Stage, read_dvc
from gitregistry.storage.small_files import read_small

OPTION: Final = "--from-dvc"
_CODE: Final = frozenset(
    (".py", ".pyx", ".ipynb", ".sh", ".bash", ".r", ".rmd", ".jl", ".scala", ".java", ".kt", ".c", ".cc",
     ".cpp", ".h", ".rs", ".go", ".js", ".ts", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".lock", ".md",
     ".dockerfile", ".whl", ".so")
)  # fmt: skip
_EVALUATION: Final = frozenset(
    ("eval", "evaluation", "test", "tests", "testing", "valid", "validation", "val", "holdout", "heldout")
)
_LONGEST: Final = 4096
_SNAPSHOT: Final = "dataset_snapshot"
_DATASETS: Final = "evaluation_datasets"
_DATA: Final = frozenset((_SNAPSHOT, _DATASETS))


def dvc_nearby(text: str) -> Nearby:
    """What ``PATH`` or ``PATH:STAGE`` says: of a ``.dvc`` file its outs, of a ``dvc.lock`` one stage.

    Raises:
        BadInput: it cannot be read, or which stage is meant is not said.
    """
    path, wanted = _named(text)
    hint = f"{OPTION} data.csv.dvc, or {OPTION} dvc.lock:train"
    found = read_dvc(read_small(path, MAX_BYTES, hint), str(path))
    warnings: list[str] = []
    fields: dict[str, Value] = {}
    if isinstance(found, Stage):
        if wanted is not None:
            raise BadInput("a .dvc file has no stages", path=str(path), hint=f"{OPTION} {path}")
        name, data = str(path), found.outs
    else:
        stage = _stage(found, wanted, path)
        found, name = found[stage], f"{path}:{stage}"
        data = tuple(item for item in found.deps if not _is_code(item.path))
        parameters = _parameters(found)
        if parameters:
            fields["hyperparameters"] = parameters
        measured = metrics_of(path, stage, found.outs, warnings)
        if measured:
            fields["evaluation"] = measured
    fields |= _data_sets(data, name, warnings)
    return Nearby(name, OPTION, fields, tuple(warnings))


def data_of_dvc(texts: Sequence[str]) -> list[Nearby]:
    """What several say: their data sets together, one after the other, and the rest as each says it.

    Raises:
        BadInput: as ``dvc_nearby``; or together they are too long for a manifest.
    """
    each = [dvc_nearby(text) for text in texts]
    if len(each) < 2:
        return each
    snapshot = "; ".join(str(one.fields[_SNAPSHOT]) for one in each if _SNAPSHOT in one.fields)
    if len(snapshot) > _LONGEST:
        raise BadInput(
            "the data sets are too many for one field", field=_SNAPSHOT, hint="name a folder of them"
        )
    listed = [item for one in each for item in one.fields.get(_DATASETS, ())]
    data: dict[str, Value] = {_SNAPSHOT: Quoted(snapshot)} if snapshot else {}
    if listed:
        data[_DATASETS] = listed
    places = ", ".join(one.name for one in each if not _DATA.isdisjoint(one.fields))
    rest = [
        replace(one, fields={name: value for name, value in one.fields.items() if name not in _DATA})
        for one in each
    ]
    return [Nearby(places, OPTION, data), *rest]


def _named(text: str) -> tuple[Path, str | None]:
    """The file and the stage; a name that holds a colon goes before a stage. Of a folder its ``dvc.lock``."""
    path, colon, stage = text.rpartition(":")
    try:
        whole = not colon or not path or Path(text).exists()
        place = Path(text if whole else path)
        return (place / LOCK if place.is_dir() else place), (None if whole else stage)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", path=shown(text)) from None


def _stage(stages: Mapping[str, Stage], wanted: str | None, path: Path) -> str:
    known = ", ".join(map(plain_or_shown, list(stages)[:20]))
    if wanted is None:
        if len(stages) == 1:
            return next(iter(stages))
        raise BadInput(
            f"it has {len(stages)} stages, and which one made the artifact is not said ({known})",
            path=str(path),
            hint=f"{OPTION} {path}:STAGE",
        )
    if wanted not in stages:
        raise BadInput(f"it has no stage {shown(wanted)}; known are {known}", path=str(path))
    return wanted


def _is_code(path: str) -> bool:
    return PurePosixPath(path.lower()).suffix in _CODE


def _is_for_evaluation(path: str) -> bool:
    return not _EVALUATION.isdisjoint(re.split(r"[^a-z]+", path.lower()))


def _parameters(stage: Stage) -> dict[str, Value]:
    """By dotted name; by file and name where two files give one name different values."""
    found: dict[str, Value] = {}
    for file, values in stage.params.items():
        for name, value in flattened(values):
            if found.get(name, value) != value:
                found[f"{file}:{name}"] = value
            else:
                found[name] = value
    return found


def _data_sets(data: Iterable[Item], name: str, warnings: list[str]) -> dict[str, Value]:
    known = []
    for item in data:
        if item.digest is None:
            warnings.append(f"{name}: {plain_or_shown(item.path)} was left out: DVC has no MD5 of it")
        else:
            known.append(item)
    evaluation = [item for item in known if _is_for_evaluation(item.path)]
    training = [item for item in known if item not in evaluation]
    fields: dict[str, Value] = {}
    snapshot = "; ".join(map(_words, training))
    if len(snapshot) > _LONGEST:
        warnings.append(f"{name}: {_SNAPSHOT} was not filled in: {len(training)} data sets are too many")
    elif snapshot:
        fields[_SNAPSHOT] = Quoted(snapshot)
    if evaluation:
        fields[_DATASETS] = [Quoted(_words(item)) for item in evaluation]
        named = ", ".join(plain_or_shown(item.path) for item in evaluation[:5])
        warnings.append(f"{name}: taken for evaluation data by name: {named}")
    if known:
        warnings.append(
            f"{name}: data are named by MD5, which tells accidents, not attacks: whoever can write the data "
            "can make other data with the same digest"
        )
    return fields


def _words(item: Item) -> str:
    """``dvc-md5:401b30e3b8b5d629635a5c613cdb7919 data/valid.csv, 2 bytes``."""
    return ", ".join([f"{item.digest} {item.path}", *_counts(item)])


def _counts(item: Item) -> Iterator[str]:
    if item.size is not None:
        yield f"{item.size} byte{'' if item.size == 1 else 's'}"
    if item.files is not None:
        yield f"{item.files} file{'' if item.files == 1 else 's'}"
