"""The metrics that a DVC stage wrote: numbers of the very files that ``dvc.lock`` names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.records.flat import flattened
from gitregistry.records.names import plain_or_shown
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import MAX_BYTES, Quoted, Value, read
from gitregistry.storage.dvc_files import Item, read_metrics
from gitregistry.storage.small_files import read_small

_PIPELINE: Final = "dvc.yaml"


def metrics_of(lock: Path, stage: str, outs: Sequence[Item], warnings: list[str]) -> dict[str, Value]:
    """Metric to value of the outs of a stage that ``dvc.yaml`` beside its lock calls metrics.

    What differs from the digest in the lock, or cannot be read, is left out with a warning.
    """
    pipeline = lock.parent / _PIPELINE
    if not pipeline.exists():
        return {}
    try:
        known = read_metrics(read_small(pipeline, MAX_BYTES), str(pipeline))
    except BadInput as fault:
        warnings.append(f"{fault}: evaluation was not filled in")
        return {}
    named = {*known[""], *known.get(stage, ())}
    found: dict[str, Value] = {}
    for item in outs:
        if item.path in named:
            try:
                found |= _read(lock.parent, item)
            except BadInput as fault:
                warnings.append(f"{fault}: its metrics were not filled in")
    return found


def _read(folder: Path, item: Item) -> dict[str, Value]:
    path = folder / item.path
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        inside = False
    if not inside:
        raise BadInput("it lies outside of the pipeline's folder", path=plain_or_shown(item.path))
    data = read_small(path, MAX_BYTES)
    if item.digest != f"dvc-md5:{hashlib.md5(data, usedforsecurity=False).hexdigest()}":
        raise BadInput("it is not the file that dvc.lock names", path=str(path), hint="dvc repro")
    parsed = read_json(data, str(path)) if path.suffix == ".json" else read(data, str(path))
    if not isinstance(parsed, dict):
        raise BadInput("it holds no map of metrics", path=str(path))
    return {name: value for name, value in flattened(parsed) if type(value) is not Quoted}
