"""The story's own checks: they measure, and they load nothing that a model does not need."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from gitregistry.demo.training_code.check import Gate, Unsafe
from gitregistry.demo.training_code.train import build, calibration_error


class Calls:
    """Pickles into a call of a function with one argument."""

    def __init__(self, function: Any, argument: object) -> None:
        self.call = (function, (argument,))

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self.call


def test_a_model_passes_the_gate() -> None:
    gate = Gate(pickle.dumps(LogisticRegression(C=2)))
    assert gate.load().C == 2
    assert gate.loaded == {"sklearn.linear_model._logistic.LogisticRegression"}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_runs_code_is_stopped_before_it_does(tmp_path: Path, protocol: int) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    artifact = pickle.dumps({"model": LogisticRegression(), "extra": Calls(Path.unlink, victim)}, protocol)
    with pytest.raises(Unsafe):
        Gate(artifact).load()
    assert victim.exists()


def test_a_function_of_scikit_learn_is_not_a_model() -> None:
    from sklearn.datasets import clear_data_home  # noqa: PLC0415 - what an attacker would name

    with pytest.raises(Unsafe, match="clear_data_home"):
        Gate(pickle.dumps(Calls(clear_data_home, "/nowhere"))).load()


def test_calibration_error_is_the_weighted_gap() -> None:
    outcomes = np.array([1, 1, 1, 0])
    assert calibration_error(outcomes, np.array([1.0, 1.0, 1.0, 0.0])) == 0
    assert calibration_error(outcomes, np.array([0.5, 0.5, 0.5, 0.5])) == pytest.approx(0.25)
    # Three rows at 0.95 that are right, one at 0.15 that is right: 3/4 of 0.05 and 1/4 of 0.15.
    assert calibration_error(outcomes, np.array([0.95, 0.95, 0.95, 0.15])) == pytest.approx(0.075)


@pytest.mark.parametrize(("version", "answers"), [("v1", True), ("v2", True), ("v3", False)])
def test_only_version_3_has_no_answer_for_an_incomplete_row(version: str, answers: bool) -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 30))
    model = build(version).fit(rows, (rows[:, 0] > 0).astype(int))
    incomplete = rows[:1].copy()
    incomplete[0, 6] = np.nan
    if answers:
        assert 0 <= model.predict_proba(incomplete)[0, 1] <= 1
    else:
        with pytest.raises(ValueError, match="NaN"):
            model.predict_proba(incomplete)
