"""An editor that checks by the JSON Schemas accepts what the readers accept, and refuses what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import pytest
import yaml

from gitregistry.errors import BadInput
from gitregistry.records.kinds import KINDS, STATEMENTS
from gitregistry.records.meanings import MEANINGS
from gitregistry.records.paths import locate
from gitregistry.records.schema_export import json_schemas
from gitregistry.records.shapes import read_record
from gitregistry.records.yaml_writer import write
from tests.attacks.test_attack_45_emergency import GO, PLACE, REVIEW, SECTION
from tests.support.keys import IDS
from tests.support.registry import Registry

ROOT = Path(__file__).parents[2]
SCHEMAS = {name.removesuffix(".schema.json"): json.loads(text) for name, text in json_schemas().items()}


class TextTimes(yaml.SafeLoader):
    """As an editor reads: YAML 1.2 has no dates, so times stay text."""


TextTimes.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str | bytes) -> Any:
    return yaml.load(text, TextTimes)


def faults(name: str, document: object) -> list[str]:
    """What an editor would underline."""
    checker = jsonschema.Draft202012Validator(SCHEMAS[name])
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_record_that_the_commands_write_is_valid(two: Registry) -> None:
    two.rollback()
    two.lift("v2")
    two.run("stop", "--fleet", "--reason", "wrong data")
    two.run("resume", "--fleet", "--reason", "good data")
    two.run("retire", "churn:v1", "--withdraw", "--reason", "wrong data", "--replacement", "v2")
    two.run(
        "deploy", "churn", "--in", "production", "--revision", "s1", "--release", "v2", "--traffic", "100"
    )
    two.change_policy(PLACE, SECTION + PLACE)
    two.run("trust", "grant", IDS["alice"], "incident-commander")
    two.register("v3")
    two.attest("v3", "artifact_signature_verified")
    two.run("promote", "churn:v3", "--to", "staging", *GO[4:])
    two.run(*REVIEW, key="carol")
    seen = set()
    for file in sorted((two.folder / "registry").rglob("*.yaml")):
        location = locate(file.relative_to(two.folder).as_posix())
        assert location is not None
        kind = "alias" if location.kind == "emergency" else location.kind  # an alias record that is kept
        seen.add(kind)
        assert faults(kind, load(file.read_bytes())) == [], file
    assert seen == set(KINDS)


def test_scaffolded_records_name_the_schema_that_checks_them(empty_registry: Registry) -> None:
    for kind in ("trust", "policy"):
        file = empty_registry.folder / "registry" / f"{kind}.yaml"
        line = file.read_text("utf-8").partition("\n")[0]
        mark, _, address = line.partition("$schema=")
        assert mark == "# yaml-language-server: "
        schema = json.loads((file.parent / address).resolve().read_text("utf-8"))
        assert schema == SCHEMAS[kind]


@pytest.mark.parametrize(
    ("file", "schema"),
    [("policy", "policy"), ("trust", "trust"), ("manifest", "manifest"), ("manifest-full", "manifest")],
)
def test_the_examples_are_valid_and_name_their_schema(file: str, schema: str) -> None:
    text = (ROOT / f"examples/{file}.yaml").read_text("utf-8")
    assert text.startswith(f"# yaml-language-server: $schema=../schemas/{schema}.schema.json\n")
    assert faults(schema, load(text)) == []


def _with(*way: str | int, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in way[:-1]:
            document = document[step]
        document[way[-1]] = value

    return change


def _without(field: str) -> Callable[[Any], None]:
    return lambda document: document.pop(field)


HOSTILE = {
    "unknown field": ("policy", _with("promote_everything", value=True)),
    "field left out": ("policy", _without("checks")),
    "another kind": ("policy", _with("kind", value="trust")),
    "schema of the future": ("policy", _with("schema_version", value=2)),
    "version zero": ("policy", _with("version", value=0)),
    "version as text": ("policy", _with("version", value="3")),
    "unknown field in a check": ("policy", _with("checks", "auc_at_least_0.9", "maximum", value=1)),
    "check of no known type": ("policy", _with("checks", "auc_at_least_0.9", "type", value="vote")),
    "check with a name that is none": ("policy", _with("checks", "Not A Name", value={"type": "evidence"})),
    "transition to nowhere": ("policy", _with("promotion_policy", "production", value={"requires": []})),
    "bound that is no number": ("policy", _with("checks", "auc_at_least_0.9", "min", value="high")),
    "age without a unit": ("policy", _with("checks", "security_scan_passed", "max_age", value="7")),
    "nobody counted": ("policy", _with("checks", "approved_by_two_model_owners", "count", value=0)),
    "separation of something else": ("policy", _with("separation_of_duties", value=["nobody"])),
    "threshold true": ("trust", _with("thresholds", "trust", value=True)),
    "threshold zero": ("trust", _with("thresholds", "policy", value=0)),
    "principal of no known kind": ("trust", _with("principals", 0, "kind", value="robot")),
    "key that is none": ("trust", _with("principals", 0, "keys", 0, "public_key", value="AAAA")),
    "glob of many stars": ("trust", _with("grants", 0, "models", value=["*a*a*a*a*"])),
    "digest in capitals": ("trust", _with("previous", value="sha256:" + "A" * 64)),
    "time in another zone": ("trust", _with("created_at", value="2026-05-04T10:15:00+02:00")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_the_reader_refuses_the_schema_refuses(case: str) -> None:
    kind, change = HOSTILE[case]
    document = load((ROOT / f"examples/{kind}.yaml").read_text("utf-8"))
    read_record(KINDS[kind], _bytes(document), kind)
    change(document)
    assert faults(kind, document) != []
    with pytest.raises(BadInput):
        read_record(KINDS[kind], _bytes(document), kind)


def test_a_manifest_that_claims_its_own_state_is_underlined() -> None:
    document = load((ROOT / "examples/manifest.yaml").read_text("utf-8")) | {
        "approval_status": "staging-approved"
    }
    assert any("approval_status" in fault for fault in faults("manifest", document))


def test_a_manifest_without_a_version_is_underlined() -> None:
    assert faults("manifest", {"model_name": "churn"}) == ["$: 'version' is a required property"]


def test_every_field_has_one_meaning_and_no_meaning_is_left_over() -> None:
    said = {(name, field) for name, meanings in MEANINGS.items() for field in meanings}
    own = set()
    for record in _classes():
        inherited = {field.name for base in record.__bases__ if is_dataclass(base) for field in fields(base)}
        own |= {
            (record.__name__, field.name)
            for field in fields(record)
            if field.name not in inherited or (record.__name__, field.name) in said
        }
    assert said == own


def test_every_field_tells_the_editor_what_it_means() -> None:
    for name, schema in SCHEMAS.items():
        for part in [schema, *schema.get("$defs", {}).values()]:
            for field, shape in part["properties"].items():
                assert shape["description"].endswith("."), f"{name}: {field}"


def _classes() -> list[type[Any]]:
    """Every record and all that they hold."""
    found: dict[type[Any], None] = {}
    waiting: list[Any] = [*KINDS.values(), *STATEMENTS.values()]
    while waiting:
        item = waiting.pop()
        if isinstance(item, type) and is_dataclass(item):
            if item not in found:
                found[item] = None
                waiting += [*get_type_hints(item).values(), *item.__bases__]
        else:
            waiting += get_args(item)
    return list(found)


def _bytes(document: Any) -> bytes:
    """As the registry writes; floats of the YAML loader are text of the same digits."""
    return write(_exact(document))


def _exact(value: Any) -> Any:

    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return Decimal(str(value)) if isinstance(value, float) else value
