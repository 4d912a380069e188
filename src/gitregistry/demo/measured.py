"""What the story's checks measured: the reports that ``check.py`` wrote, turned into commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitregistry.demo.steps import Command, registry
from gitregistry.errors import RegistryError

MODEL = "tumour-screening"


@dataclass(frozen=True, slots=True)
class Result:
    """One check's outcome; ``metrics`` maps a name to its value, in the units of the policy."""

    check: str
    passed: bool
    metrics: dict[str, float]


def read_report(folder: Path, version: str, stage: str) -> list[Result]:
    """The results in ``work/VERSION/STAGE.json``, below the registry's folder."""
    report = json.loads((folder / "work" / version / f"{stage}.json").read_text("utf-8"))
    return [Result(check, found["passed"], found.get("metrics", {})) for check, found in report.items()]


def attestations(folder: Path, version: str, stage: str) -> Iterator[Command]:
    """One ``attest`` by CI for each result of a stage, with what was measured and the report's digest."""
    for result in read_report(folder, version, stage):
        metrics = [
            word for name, value in result.metrics.items() for word in ("--metric", f"{name}={value:g}")
        ]
        yield registry(
            "attest",
            f"{MODEL}:{version}",
            result.check,
            "--passed" if result.passed else "--failed",
            *metrics,
            "--report",
            f"work/{version}/{stage}.json",
            key="ci",
        )


def require_as_told(condition: bool, words: str) -> None:
    """Nothing in the story is staged: when the models measure otherwise than it tells, it ends here.

    Raises:
        RegistryError: they do.
    """
    if not condition:
        raise RegistryError(
            f"the story does not hold with what was measured here: {words}",
            hint="another version of scikit-learn may train other models: pip install --upgrade scikit-learn",
        )
