"""The text that ``--edit`` opens: read again unchanged, it says what was found, and where."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.manifest_template import says_anything, template, with_origins
from gitregistry.records.common import FreeValue, Line
from gitregistry.records.release import Port, Runtime
from gitregistry.records.shapes import converter_of
from gitregistry.records.strict_yaml import Quoted, Value, read
from gitregistry.records.text import first_refused
from gitregistry.storage.artifacts import ArtifactFacts

FACTS = ArtifactFacts("file:///m.onnx", f"sha256:{'a' * 64}", 12, ())


def found(text: str, **origins: str) -> ManifestInput:
    fields = read(text.encode(), "m.yaml") if text else {}
    named = {name.replace("__", "."): origin for name, origin in origins.items()}
    return ManifestInput(fields, text.encode(), "m.yaml", ("its tag can be moved",), MappingProxyType(named))


def test_what_was_found_says_where_and_what_is_empty_says_what_it_is_for() -> None:
    text = "model_name: m\nversion: 2026.10\ngit_commit: 0e12345\nruntime: {python: 3.10}\n"
    given = found(
        f"{text}evaluation: {{auc: 0.90}}\n", git_commit="../code", runtime__python="uv.lock", version="--as"
    )
    shown = template(given, FACTS).decode()
    for line in (
        "# warning: its tag can be moved",
        "#   sha256:" + "a" * 64 + ", 12 bytes",
        'version: "2026.10"',
        "# git_commit: from ../code",
        "# runtime.python: from uv.lock",
        '  python: "3.10"',
        "  # base_image:  # The container image, with its digest where there is one.",
        "  auc: 0.90",
        "# license:  # The licence that the artifact is under.",
        "# inputs: []  # What the model takes.",
    ):
        assert f"\n{line}\n" in shown, line
    assert "from --as" not in shown
    assert "artifact_uri:" not in shown


def test_what_is_always_needed_is_there_to_fill_in() -> None:
    shown = template(ManifestInput({}, b"", "--edit", ()), None).decode()
    for field in ("model_name", "version", "artifact_uri"):
        assert f"\n{field}:  # " in shown
    assert says_anything(shown.encode())
    assert not says_anything(b"# a\n\n  # b\n")


def test_all_that_is_empty_can_be_said_by_taking_the_sign_away() -> None:
    shown = template(found("model_name: m\n"), None).decode()
    begin = shown.index("# Still empty")
    opened = shown[:begin] + "".join(
        line.removeprefix("# ") + "\n" for line in shown[begin:].splitlines()[1:]
    ).replace("#   ", "  ")
    assert {"license", "inputs", "runtime", "artifact_digest"} <= set(read(opened.encode(), "m.yaml"))


def test_a_place_cannot_write_into_the_text() -> None:
    given = found("model_name: m\n", model_name="a\nlicense: stolen\x1b[31m")
    again = read(template(given, None), "m.yaml")
    assert "license" not in again


def test_what_was_left_as_it_was_keeps_its_place_and_what_was_changed_does_not() -> None:
    given = found(
        "license: MIT\nrisk_tier: low\nevaluation: {a.b: 1, c: 2}\n",
        license="x",
        risk_tier="y",
        evaluation__a__b="z",
        evaluation__c="z",
    )
    given = ManifestInput(
        given.fields,
        b"",
        "m",
        (),
        MappingProxyType({"license": "x", "risk_tier": "y", "evaluation.a.b": "z", "evaluation.c": "z"}),
    )
    saved = found("license: MIT\nrisk_tier: high\nevaluation: {a.b: 1}\n")
    assert dict(with_origins(saved, given).origins) == {"license": "x", "evaluation.a.b": "z"}


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: first_refused(text) is None
)
FREE = st.one_of(
    LINES.map(Quoted),
    st.sampled_from(["true", "1", "0.10", "1e-8", "word", "-3", "+1", ".5", "12345678901234567890"]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(LINES, FREE, max_size=4),
    st.dictionaries(st.sampled_from(["python", "framework", "hardware"]), LINES.map(Quoted), max_size=3),
    st.lists(st.builds(Port, name=LINES, type=LINES, optional=st.booleans()), max_size=3),
    LINES,
)
def test_read_again_it_says_the_same(
    evaluation: dict[str, Value], runtime: dict[str, Value], ports: list[Port], origin: str
) -> None:
    inputs: list[Value] = [
        {"name": Quoted(one.name), "type": Quoted(one.type), "optional": str(one.optional).lower()}
        for one in ports
    ]
    fields: dict[str, Value] = {"evaluation": dict(evaluation), "runtime": dict(runtime), "inputs": inputs}
    given = ManifestInput(fields, b"", "m", (), MappingProxyType({"evaluation": origin}))
    again = read(template(given, FACTS), "m")
    free = converter_of(FreeValue)
    measured = again.get("evaluation", {})
    assert isinstance(measured, dict)
    assert {name: free(value) for name, value in measured.items()} == {
        name: free(value) for name, value in evaluation.items()
    }
    assert converter_of(Runtime)(again.get("runtime", {})) == converter_of(Runtime)(runtime)
    assert list(converter_of(tuple[Port, ...])(again.get("inputs", []))) == ports


@pytest.mark.parametrize("value", ["1.10", "no", "2026.04", "0e00000"])
def test_text_of_one_line_stays_text(value: str) -> None:
    again = read(template(found(f"license: {value}\n"), None), "m")
    assert converter_of(Line)(again["license"]) == value
