"""Measure one version as CI would, and write what was found to STAGE.json in the version's folder.

    offline     the artifact's bytes, its evaluation on held-out rows, its inputs, what its pickle loads
    staging     requests answered, latency, and whether serving sees the features that training saw
    canary      the recorded canary traffic, answered one request at a time
    production  the traffic that came after the scanners' update

Usage: python check.py STAGE VERSION [SERVING]     SERVING is the version that production serves now
"""

from __future__ import annotations

import io
import json
import pickle
import re
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

WORK = Path(__file__).parent.parent
RELEASES = WORK.parent / "registry" / "models" / "tumour-screening" / "releases"
ARRAYS = (
    *("numpy._core.multiarray", "numpy._core.numeric", "numpy.core.multiarray", "numpy.core.numeric"),
    *("numpy.random._pickle", "numpy.random._mt19937"),
)
OTHERS = {"numpy.dtype", "numpy.ndarray", "builtins.slice"}
Answer = float | None
Found = dict[str, Any]


class Unsafe(Exception):
    """The artifact asks for something that no model needs."""


class Gate(pickle.Unpickler):
    """Loads scikit-learn's classes and numpy's arrays; stops before anything else is so much as imported."""

    def __init__(self, artifact: bytes) -> None:
        super().__init__(io.BytesIO(artifact))
        self.loaded: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        whole = f"{module}.{name}"
        if not (whole in OTHERS or module in ARRAYS or module == "_loss" or module.startswith("sklearn.")):
            raise Unsafe(whole)
        found = super().find_class(module, name)
        # Of scikit-learn only its classes, never its functions, but for what builds those made by Cython.
        if not (whole in OTHERS or module in ARRAYS or isinstance(found, type) or "__pyx_unpickle" in name):
            raise Unsafe(whole)
        self.loaded.add(whole)
        return found


class Service:
    """Answers requests with a version's artifact, as a serving process would: one row at a time, by name."""

    def __init__(self, version: str) -> None:
        self.names: list[str] = [item["name"] for item in json.loads(_text(version, "inputs.json"))]
        self.model = Gate((WORK / version / "model.pkl").read_bytes()).load()

    def row(self, features: dict[str, float]) -> np.ndarray:
        return np.array([[features.get(name, np.nan) for name in self.names]])

    def answer(self, features: dict[str, float]) -> Answer:
        """The chance of a malignant tumour; None when the model fails, or answers with no chance."""
        try:
            chance = float(self.model.predict_proba(self.row(features))[0, 1])
        except ValueError:  # what scikit-learn raises for rows that it cannot use
            return None
        return chance if 0 <= chance <= 1 else None


def offline(version: str, serving: str | None) -> Found:
    artifact = (WORK / version / "model.pkl").read_bytes()
    digest = f"sha256:{sha256(artifact).hexdigest()}"
    registered = (RELEASES / version / "manifest.yaml").read_text("utf-8")
    same = re.search(f'^artifact_digest: "?{digest}"?$', registered, re.MULTILINE) is not None
    found: Found = {
        "artifact_signature_verified": {"passed": same, "digest": digest},
        "security_scan_passed": _scan(artifact),
    }
    if not same or not found["security_scan_passed"]["passed"]:
        return found
    names, rows, outcomes = _held_out()
    chances = Service(version).model.predict_proba(rows)[:, 1]
    auc = _auc(outcomes.tolist(), chances.tolist())
    brier = round(float(np.mean((chances - outcomes) ** 2)), 4)
    found["offline_eval_passed"] = {
        "passed": auc >= 0.95 and brier <= 0.1,
        "metrics": {"auc": auc, "brier_score": brier},
    }
    expected = _inputs(serving) if serving else [{"name": name, "type": "float64"} for name in names]
    found["schema_compatibility_passed"] = {"passed": _inputs(version) == expected, "against": serving}
    return found


def staging(version: str, _serving: str | None) -> Found:
    service = Service(version)
    names, rows, _ = _held_out()
    requests = [dict(zip(names, row.tolist(), strict=True)) for row in rows]
    answers = [service.answer(request) for request in requests]
    sent = [json.loads(json.dumps(request)) for request in requests]
    gap = float(np.abs(np.vstack([service.row(features) for features in sent]) - rows).max())
    p95 = _latency_p95(service, requests)
    return {
        "staging_smoke_test_passed": {
            "passed": None not in answers,
            "metrics": {"requests": len(answers), "answered": len(answers) - answers.count(None)},
        },
        "feature_parity_verified": {"passed": gap == 0, "metrics": {"largest_difference": gap}},
        "latency_p95_under_60ms": {"passed": p95 <= 60, "metrics": {"latency_p95_ms": p95}},
    }


def canary(version: str, serving: str | None) -> Found:
    requests, outcomes = _traffic("canary.jsonl")
    answers = _answers(version, requests)
    # Before the first model, tumours were ranked by their size.
    sizes: list[Answer] = [request["mean_radius"] for request in requests]
    before = _answers(serving, requests) if serving else sizes
    auc, auc_before = _auc(outcomes, answers), _auc(outcomes, before)
    errors = round(answers.count(None) / len(answers), 4)
    fall = round((auc_before - auc) / auc_before, 4)
    return {
        "canary_error_rate_under_1_percent": {"passed": errors <= 0.01, "metrics": {"error_rate": errors}},
        "canary_business_metric_regression_under_2_percent": {
            "passed": fall <= 0.02,
            "metrics": {"business_metric_regression": fall, "auc": auc, "auc_serving": auc_before},
        },
    }


def production(version: str, _serving: str | None) -> Found:
    requests, outcomes = _traffic("later.jsonl")
    answers = _answers(version, requests)
    malignant = [answer for answer, outcome in zip(answers, outcomes, strict=True) if outcome]
    recall = round(sum(answer is not None and answer > 0.5 for answer in malignant) / len(malignant), 4)
    return {"production": {"passed": recall >= 0.75, "metrics": {"malignant_found": recall}}}


def _scan(artifact: bytes) -> dict[str, Any]:
    gate = Gate(artifact)
    try:
        gate.load()
    except Unsafe as unsafe:
        return {"passed": False, "stopped_at": str(unsafe)}
    return {"passed": True, "loaded": sorted(gate.loaded)}


def _answers(version: str, requests: list[dict[str, float]]) -> list[Answer]:
    service = Service(version)
    return [service.answer(request) for request in requests]


def _auc(outcomes: list[int], answers: list[Answer]) -> float:
    """Area under the curve; a request without an answer raises no alarm, so it counts as 0."""
    return round(float(roc_auc_score(outcomes, [answer or 0.0 for answer in answers])), 4)


def _latency_p95(service: Service, requests: list[dict[str, float]]) -> float:
    """95th percentile of one request's time, in milliseconds, over all requests."""
    for request in requests[:10]:
        service.answer(request)  # warm up
    times = []
    for request in requests:
        start = perf_counter()
        service.answer(request)
        times.append((perf_counter() - start) * 1000)
    return round(float(np.percentile(times, 95)), 3)


def _held_out() -> tuple[list[str], np.ndarray, np.ndarray]:
    path = WORK / "data" / "test.csv"
    names = path.read_text("utf-8").partition("\n")[0].split(",")[:-1]
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return names, table[:, :-1], table[:, -1].astype(int)


def _traffic(file: str) -> tuple[list[dict[str, float]], list[int]]:
    lines = [json.loads(line) for line in (WORK / "data" / file).read_text("utf-8").splitlines()]
    return [line["features"] for line in lines], [line["outcome"] for line in lines]


def _inputs(version: str) -> list[dict[str, str]]:
    inputs: list[dict[str, str]] = json.loads(_text(version, "inputs.json"))
    return inputs


def _text(version: str, file: str) -> str:
    return (WORK / version / file).read_text("utf-8")


STAGES: dict[str, Callable[[str, str | None], Found]] = {
    "offline": offline,
    "staging": staging,
    "canary": canary,
    "production": production,
}


def check(stage: str, version: str, serving: str | None) -> None:
    """Measure, print and write one stage."""
    found = STAGES[stage](version, serving)
    report = WORK / version / f"{stage}.json"
    report.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    for name, result in found.items():
        measured = ", ".join(f"{key} {value}" for key, value in result.get("metrics", {}).items())
        print(f"{version} {name}: {'passed' if result['passed'] else 'FAILED'} {measured}".rstrip())


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in STAGES:
        sys.exit(f"usage: python check.py {'|'.join(STAGES)} VERSION [SERVING]")
    check(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None)
