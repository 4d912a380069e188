"""Cut the Wisconsin breast cancer data, which ships inside scikit-learn, into what the story needs.

    train.csv     269 complete rows to fit on
    test.csv      100 complete rows, held out, for the offline evaluation
    canary.jsonl  120 requests as they came under canary traffic: 10 lack two measurements, because one
                  clinic's software does not draw contours
    later.jsonl    80 requests from after the scanners' software was updated: the ``worst_*`` measurements
                  are no longer sent

``outcome`` is what the biopsy said: 1 malignant, 0 benign. No row is in two files.
Usage: python data.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).parent.parent / "data"
SEED = 2
WITHOUT_CONTOUR = ("mean_concavity", "mean_concave_points")


def cut() -> None:
    """Write the four files."""
    source = load_breast_cancer()
    names = [str(name).replace(" ", "_") for name in source.feature_names]
    outcomes = 1 - source.target  # scikit-learn has 0 for malignant
    train, rest, train_outcomes, rest_outcomes = _split(source.data, outcomes, 269)
    test, rest, test_outcomes, rest_outcomes = _split(rest, rest_outcomes, 100)
    canary, later, canary_outcomes, later_outcomes = _split(rest, rest_outcomes, 120)

    random = np.random.default_rng(SEED)
    lacking = random.choice(len(canary), 10, replace=False)
    for name in WITHOUT_CONTOUR:
        canary[lacking, names.index(name)] = np.nan
    for column, name in enumerate(names):
        if name.startswith("worst_"):
            later[:, column] = np.nan

    FOLDER.mkdir(exist_ok=True)
    _write_rows("train.csv", names, train, train_outcomes)
    _write_rows("test.csv", names, test, test_outcomes)
    _write_requests("canary.jsonl", names, canary, canary_outcomes)
    _write_requests("later.jsonl", names, later, later_outcomes)


def _split(rows: np.ndarray, outcomes: np.ndarray, first: int) -> list[np.ndarray]:
    parts: list[np.ndarray] = train_test_split(
        rows, outcomes, train_size=first, random_state=SEED, stratify=outcomes
    )
    return parts


def _write_rows(file: str, names: list[str], rows: np.ndarray, outcomes: np.ndarray) -> None:
    lines = [",".join([*names, "outcome"])]
    lines += [
        ",".join([*(repr(float(value)) for value in row), str(int(outcome))])
        for row, outcome in zip(rows, outcomes, strict=True)
    ]
    (FOLDER / file).write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{file:13} {len(rows)} rows, {int(outcomes.sum())} malignant")


def _write_requests(file: str, names: list[str], rows: np.ndarray, outcomes: np.ndarray) -> None:
    """One request a line; a measurement that was not sent is not there."""
    lines = []
    for row, outcome in zip(rows, outcomes, strict=True):
        sent = {name: float(value) for name, value in zip(names, row, strict=True) if not np.isnan(value)}
        lines.append(json.dumps({"features": sent, "outcome": int(outcome)}))
    (FOLDER / file).write_text("\n".join(lines) + "\n", "utf-8")
    incomplete = int(np.isnan(rows).any(axis=1).sum())
    print(f"{file:13} {len(rows)} requests, {int(outcomes.sum())} malignant, {incomplete} incomplete")


if __name__ == "__main__":
    cut()
