"""What holds whatever is measured: of the candidate, of what is live, and in whatever order it is filed."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitregistry.records import paths
from gitregistry.records.policy import Check
from gitregistry.records.tolerance import difference, tolerance_of
from gitregistry.rules.cel import is_true
from gitregistry.rules.expression_text import ExpressionFault, extent_of
from tests.rules.filing import Filing
from tests.rules.world import World

LEAN = (
    "!has(evidence.kept.values.errors) && (incumbent == null || "
    "evidence.kept.values.auc >= incumbent.evidence.kept.values.auc - 0.5)"
)
CHECKS = {
    "kept": Check(type="measurement", measurement="auc", baseline="production", max_drop="0.1"),
    "bands": Check(
        type="measurement",
        measurement="auc",
        min=Decimal("0.2"),
        every_slice_of="age",
        slices=("old",),
        baseline="production",
        max_drop="50%",
    ),
    "lean": Check(type="expression", over=("kept",), baseline="production", expression=LEAN),
}
LABELS = ["r0", "r1", "r2", "r3", "r4", "r5"]
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

values = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["auc", "auc", "auc", "errors"]),
            "value": st.sampled_from(["0.5", "0.55", "0.45", "0", "-1"]),
        },
        optional={"slice": st.sampled_from(["age=old", "age=young", "region=north"])},
    ),
    max_size=3,
)
evidence = st.fixed_dictionaries(
    {
        "of": st.sampled_from(["v1", "v2"]),
        "check": st.sampled_from(["kept", "kept", "bands"]),
        "result": st.sampled_from(["passed", "passed", "passed", "failed", "error"]),
        "by": st.sampled_from(["ci", "ci", "ci", "dave", "bob", "gone", "mallory"]),
        "values": values,
        "supersedes": st.lists(st.sampled_from(LABELS), max_size=2, unique=True),
    }
)
good = st.sampled_from(
    [
        {"of": of, "check": check, "result": "passed", "by": "ci", "values": measured, "supersedes": []}
        for of in ("v1", "v2")
        for check, measured in (
            ("kept", [{"name": "auc", "value": "0.5"}]),
            ("bands", [{"name": "auc", "value": "0.5", "slice": "age=old"}]),
        )
    ]
)
filed = st.lists(good | evidence, max_size=6)


def file_all(records: list[dict[str, Any]]) -> Filing:
    filing = Filing(World(CHECKS, list(CHECKS)))
    for label, record in zip(LABELS, records, strict=False):
        filing.evidence(label, _known(record, filing))
    filing.point("production", "v2")
    return filing


def _known(record: dict[str, Any], filing: Filing) -> dict[str, Any]:
    return record | {"supersedes": [label for label in record["supersedes"] if label in filing.digests]}


def met(filing: Filing) -> set[str]:
    return {item.name for item in filing.evaluate() if item.met}


def test_all_of_it_can_be_met() -> None:
    """What the properties say is not said of nothing."""
    measured = {"kept": [{"name": "auc", "value": "0.5"}]}
    measured["bands"] = [{"name": "auc", "value": "0.5", "slice": "age=old"}]
    records = [
        {"of": of, "check": check, "values": measured[check], "supersedes": []}
        for of in ("v1", "v2")
        for check in measured
    ]
    assert met(file_all(records)) == {"kept", "bands", "lean"}


@FEW
@given(filed, evidence)
def test_evidence_that_failed_never_helps(records: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """Neither the candidate's nor that of what is live."""
    filing = file_all(records)
    before = met(filing)
    bad = more | {"result": "failed" if more["result"] == "passed" else more["result"]}
    filing.evidence("more", _known(bad, filing))
    assert met(filing) <= before


@FEW
@given(filed, evidence)
def test_a_strangers_evidence_changes_nothing(records: list[dict[str, Any]], more: dict[str, Any]) -> None:
    filing = file_all(records)
    before = met(filing)
    filing.evidence("more", _known(more | {"by": "mallory"}, filing))
    assert met(filing) == before


@FEW
@given(filed, st.randoms(use_true_random=False))
def test_the_order_of_the_files_means_nothing(records: list[dict[str, Any]], random: Any) -> None:
    filing = file_all(records)
    before = met(filing)
    files = filing.world.tree.files
    for folder in (paths.evidence_folder("churn", version) for version in ("v1", "v2")):
        for check in ("kept", "bands"):
            found = sorted(path for path in files if path.startswith(f"{folder}/{check}-"))
            found = [path for path in found if path.endswith(".yaml")]
            contents = [(files[path], files[f"{path}.sig"]) for path in found]
            random.shuffle(contents)
            for path, (record, signature) in zip(found, contents, strict=True):
                files[path], files[f"{path}.sig"] = record, signature
    assert met(filing) == before


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=25)
shares = st.decimals(min_value=0, max_value=200, places=6, allow_nan=False)


@FEW
@given(numbers, numbers, shares, st.booleans())
def test_distances_are_exact(value: Decimal, base: Decimal, amount: Decimal, relative: bool) -> None:
    tolerance = tolerance_of(f"{amount:f}{'%' if relative else ''}")
    allowed = Fraction(base) * Fraction(amount) / 100 if relative else Fraction(amount)
    fell = difference(base, value)
    assert Fraction(fell) == Fraction(base) - Fraction(value)
    assert tolerance.is_exceeded(fell, base) == (Fraction(fell) > allowed)


few = st.lists(st.decimals(min_value=-5, max_value=5, places=1, allow_nan=False), min_size=1, max_size=5)


@FEW
@given(few, few, st.sampled_from(["0", "1.5", "0%", "20%", "100%", "150%"]))
def test_what_lies_between_the_least_and_the_greatest_decides_nothing(
    values: list[Decimal], bases: list[Decimal], text: str
) -> None:
    """So a record of a hundred thousand values costs no more than its length."""

    def value(of: str, number: Decimal) -> dict[str, Any]:
        return {"of": of, "check": "one", "values": [{"name": "x", "value": str(number)}]}

    check = Check(type="measurement", measurement="x", baseline="production", max_drop=text)
    together, apart = (Filing(World({"one": check}, ["one"])) for _ in range(2))
    for of, numbers_of in (("v1", values), ("v2", bases)):
        measured = [{"name": "x", "value": str(number)} for number in numbers_of]
        together.evidence(of, {"of": of, "check": "one", "values": measured})
        for index, number in enumerate(numbers_of):
            apart.evidence(f"{of}-{index}", value(of, number))
    for filing in (together, apart):
        filing.point("production", "v2")
    tolerance = tolerance_of(text)
    far = any(
        (tolerance.relative and base <= 0) or tolerance.is_exceeded(base - one, base)
        for one in values
        for base in bases
    )
    assert met(together) == met(apart) == (set() if far else {"one"})


WORDS = """evidence release incumbent null true false 1 0.5 'x' "y" ( ) [ ] . , + - * / == != < <= && || ! ?
: in all exists exists_one has size contains x y a kept values auc map filter matches r //
evidence.kept.values evidence.kept.values.auc incumbent.release"""


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=60).map(" ".join) | st.text(max_size=60))
def test_whatever_is_written_is_true_false_or_a_fault(text: str) -> None:
    data = {"release": {"version": "v1"}, "evidence": {"kept": {"values": {"auc": 0.5}}}, "incumbent": None}
    with suppress(ExpressionFault):
        extent_of(text)
        assert is_true(text, data) in (True, False)
