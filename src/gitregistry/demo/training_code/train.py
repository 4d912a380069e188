"""Train one version, measure it on held-out rows, and write its artifact, manifest and model card.

    v1  logistic regression on the ten mean measurements
    v2  gradient boosting on all thirty
    v3  logistic regression on all thirty and their products

Usage: python train.py VERSION
"""

from __future__ import annotations

import json
import pickle
import platform
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

CODE = Path(__file__).parent
DATA = CODE.parent / "data"
NOTES = {
    "v1": "The first model: logistic regression on the ten mean measurements.",
    "v2": "Gradient boosting on all thirty measurements: ranks better than v1.",
    "v3": "Products of measurements; the imputer was dropped, as no row of the training data is incomplete.",
}


def build(version: str) -> Pipeline:
    """The untrained pipeline of a version; it takes the thirty measurements in the order of train.csv."""
    if version == "v1":
        means = make_column_transformer((SimpleImputer(strategy="median"), slice(0, 10)))
        return make_pipeline(means, StandardScaler(), LogisticRegression(max_iter=1000))
    if version == "v2":
        return make_pipeline(SimpleImputer(strategy="median"), GradientBoostingClassifier(random_state=2))
    products = PolynomialFeatures(2, interaction_only=True)
    return make_pipeline(StandardScaler(), products, LogisticRegression(C=0.1, max_iter=5000))


def calibration_error(outcomes: np.ndarray, chances: np.ndarray) -> float:
    """Expected calibration error: ten equal bins, the gap of each weighted by its share of the rows."""
    bins = np.minimum((chances * 10).astype(int), 9)
    gaps = [
        abs(outcomes[bins == number].mean() - chances[bins == number].mean()) * (bins == number).mean()
        for number in np.unique(bins)
    ]
    return float(sum(gaps))


def train(version: str) -> None:
    """Write ``model.pkl``, ``manifest.yaml``, ``card.md`` and ``inputs.json`` into the version's folder."""
    names, rows, outcomes = _read("train.csv")
    model = build(version).fit(rows, outcomes)
    _, test_rows, test_outcomes = _read("test.csv")
    chances = model.predict_proba(test_rows)[:, 1]
    evaluation = {
        "auc": round(float(roc_auc_score(test_outcomes, chances)), 4),
        "calibration_error": round(calibration_error(test_outcomes, chances), 4),
        "brier_score": round(float(brier_score_loss(test_outcomes, chances)), 4),
    }
    folder = CODE.parent / version
    folder.mkdir(exist_ok=True)
    (folder / "model.pkl").write_bytes(pickle.dumps(model, protocol=5))
    inputs = [{"name": name, "type": "float64"} for name in names]
    (folder / "inputs.json").write_text(json.dumps(inputs, indent=1) + "\n", "utf-8")
    (folder / "manifest.yaml").write_text(_manifest(version, model, inputs, evaluation), "utf-8")
    (folder / "card.md").write_text(_card(version, evaluation), "utf-8")
    measured = ", ".join(f"{name} {value}" for name, value in evaluation.items())
    print(f"{version}: {measured} on {len(test_rows)} held-out rows")


def _read(file: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    path = DATA / file
    names = path.read_text("utf-8").partition("\n")[0].split(",")[:-1]
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return names, table[:, :-1], table[:, -1].astype(int)


def _manifest(
    version: str, model: Pipeline, inputs: list[dict[str, str]], evaluation: dict[str, float]
) -> str:
    estimator = model[-1]
    # A short commit id may read as a number: quoted, like all text here.
    commit = subprocess.run(
        ["git", "-C", str(CODE), "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    fields: dict[str, Any] = {
        "model_name": "tumour-screening",
        "version": version,
        "git_commit": commit,
        "dataset_snapshot": f"train.csv@{_digest(DATA / 'train.csv')}",
        "feature_set_version": "fna-30",
        "preprocessing": " > ".join(name for name, _ in model.steps[:-1]),
        "evaluation_datasets": [f"test.csv@{_digest(DATA / 'test.csv')}"],
        "hyperparameters": {"estimator": type(estimator).__name__, **_plain(estimator.get_params())},
        "inputs": inputs,
        "outputs": [{"name": "chance_malignant", "type": "float64"}],
        "runtime": {
            "python": platform.python_version(),
            "framework": f"scikit-learn=={sklearn.__version__}",
            "dependencies": [f"numpy=={np.__version__}"],
        },
        "evaluation": evaluation,
        "release_notes": NOTES[version],
        "risk_tier": "high",
    }
    return "".join(_yaml(name, value, "") for name, value in fields.items())


def _yaml(name: str, value: Any, indent: str) -> str:
    if isinstance(value, dict):
        inner = "".join(_yaml(key, item, indent + "  ") for key, item in value.items())
        return f"{indent}{name}:\n{inner}"
    if isinstance(value, list):
        return f"{indent}{name}:\n" + "".join(f"{indent}  - {json.dumps(item)}\n" for item in value)
    return f"{indent}{name}: {json.dumps(value)}\n"


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    chosen = ("C", "max_iter", "n_estimators", "learning_rate", "max_depth", "random_state")
    return {name: parameters[name] for name in chosen if parameters.get(name) is not None}


def _digest(path: Path) -> str:
    return f"sha256:{sha256(path.read_bytes()).hexdigest()}"


def _card(version: str, evaluation: dict[str, float]) -> str:
    rows = "".join(f"| {name} | {value} |\n" for name, value in evaluation.items())
    return f"""\
# tumour-screening {version}

{NOTES[version]}

- **Answers:** the chance that a tumour is malignant, from measurements of cell nuclei in a needle aspirate.
- **Data:** Breast Cancer Wisconsin (Diagnostic), 569 cases; 269 to train, 100 to evaluate.
- **Not for:** diagnosis. It is a demonstration.

| measured on held-out rows | |
|---|---|
{rows}
`calibration_error` is the expected calibration error over ten bins.
"""


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in NOTES:
        sys.exit("usage: python train.py v1|v2|v3")
    train(sys.argv[1])
