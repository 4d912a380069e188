"""Files that people write: every fault in one is told with the file, the line and the field."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from gitregistry.records import paths
from tests.errors.failing import fails
from tests.support.registry import Registry


class Fault(NamedTuple):
    """The text of a file, and what is said of it after the file's name."""

    text: str
    says: tuple[str, ...]


MANIFESTS = {
    "empty": Fault("", (":1: holds no document",)),
    "text": Fault("just text\n", (":1: is not a map of fields",)),
    "list": Fault("- a\n", (":1: is not a map of fields",)),
    "unfinished": Fault("model_name: m\nversion: v1\ninputs: [\n", ("inputs", "is not YAML")),
    "tab": Fault("model_name: m\nruntime:\n\tpython: 3\n", (":3:", "is not YAML")),
    "twice": Fault("model_name: m\nversion: v1\nversion: v2\n", (":3: version: is given twice",)),
    "misspelt": Fault("model_name: m\nversoin: v1\n", (":2: versoin: unknown field; did you mean version?",)),
    "unknown": Fault("model_name: m\nversion: v1\nqqqq: 1\n", (":3: qqqq: unknown field; known are kind,",)),
    "below": Fault(
        "model_name: m\nversion: v1\nruntime:\n  pyton: 3\n", (":4: runtime.pyton: unknown field",)
    ),
    "missing": Fault("model_name: m\n", ("version: this field is missing",)),
    "name": Fault("model_name: My Model\nversion: v1\n", (":1: model_name: 'My Model' is not a name",)),
    "commit": Fault(
        "model_name: m\nversion: v1\ngit_commit: main\n", (":3: git_commit: expected a commit id",)
    ),
    "map": Fault("model_name: m\nversion: v1\nevaluation: good\n", (":3: evaluation: expected a map",)),
    "anchor": Fault("model_name: &a m\nversion: *a\n", (":1:",)),
    "tag": Fault("model_name: !!python/object:os.system m\nversion: v1\n", (":1:",)),
    "escape": Fault('model_name: m\nversion: v1\nlicense: "\\e[2J"\n', (":3:", "U+001B")),
    "claim": Fault(
        "model_name: m\nversion: v1\napproval_status: production-approved\n",
        (":3: approval_status: a release's state is derived", "--ignore-claims"),
    ),
    "own": Fault(
        "model_name: m\nversion: v1\ncreated_by: eve\n",
        (":3: created_by: the registry fills this field in itself (alice@example.com)", "take the line out"),
    ),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_fault_in_a_manifest(name: str, healthy: Registry, tmp_path: Path) -> None:
    manifest, artifact = tmp_path / "m.yaml", tmp_path / "model.bin"
    manifest.write_text(MANIFESTS[name].text, "utf-8")
    artifact.write_bytes(b"bytes")
    result = fails(
        healthy, "register", str(manifest), "--artifact", str(artifact), code=2, says=MANIFESTS[name].says
    )
    assert f"error: {manifest}:" in result.err


def test_bytes_that_are_no_text(healthy: Registry, tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_bytes(b"model_name: m\nversion: \xff\n")
    fails(healthy, "register", str(manifest), code=2, says=("m.yaml:2", "byte 0xff is not UTF-8"))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("artifact_digest", "sha256:abc", "artifact_digest: expected a digest like sha256:"),
        ("artifact_size_bytes", "many", "artifact_size_bytes: expected"),
        ("artifact_size_bytes", "-1", "artifact_size_bytes: expected"),
        ("artifact_size_bytes", "1.5", "artifact_size_bytes: expected"),
    ],
)
def test_a_value_of_another_kind(
    field: str, value: str, says: str, healthy: Registry, tmp_path: Path
) -> None:
    given = {"artifact_digest": "sha256:" + "0" * 64, "artifact_size_bytes": "5"} | {field: value}
    lines = [
        "model_name: m",
        "version: v1",
        "artifact_uri: s3://b/k",
        *(f"{k}: {v}" for k, v in given.items()),
    ]
    manifest = tmp_path / "m.yaml"
    manifest.write_text("\n".join(lines) + "\n", "utf-8")
    number = 4 if field == "artifact_digest" else 5
    fails(healthy, "register", str(manifest), code=2, says=(f"m.yaml:{number}: {says}", f"'{value}'"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("nowhere.yaml",), "nowhere.yaml: cannot read the manifest: No such file or directory"),
        ((".",), "cannot read the manifest: Is a directory"),
        (("MANIFEST",), "the manifest names no artifact"),
        (("MANIFEST", "--artifact", "nowhere.bin"), "nowhere.bin: no such file or folder"),
        (("MANIFEST", "--artifact", "EMPTY"), "the folder is empty"),
        (("MANIFEST", "--artifact", "carrier-pigeon://x/y"), "carrier-pigeon://x/y: cannot be an address"),
        (
            ("MANIFEST", "--artifact", "MANIFEST", "--card", "nowhere.md"),
            "nowhere.md: cannot read the model card",
        ),
    ],
)
def test_what_a_registration_needs_is_not_there(
    options: tuple[str, ...], says: str, healthy: Registry, tmp_path: Path
) -> None:
    manifest, empty = tmp_path / "m.yaml", tmp_path / "empty"
    manifest.write_text("model_name: m\nversion: v1\n", "utf-8")
    empty.mkdir()
    filled = (option.replace("MANIFEST", str(manifest)).replace("EMPTY", str(empty)) for option in options)
    fails(healthy, "register", *filled, code=2, says=says)


def test_a_version_is_registered_once(healthy: Registry, tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text("model_name: churn\nversion: v1\n", "utf-8")
    says = ("churn:v1 is already registered; a version never changes", "give the new artifact a new version")
    fails(healthy, "register", str(manifest), "--artifact", str(manifest), code=1, says=says)


def test_an_artifact_that_the_manifest_does_not_describe(healthy: Registry, tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text(f"model_name: m\nversion: v1\nartifact_digest: sha256:{'0' * 64}\n", "utf-8")
    says = ("m.yaml:3: artifact_digest: the manifest says sha256:000", "the bytes are sha256:")
    fails(healthy, "register", str(manifest), "--artifact", str(manifest), code=1, says=says)


POLICIES = {
    "unknown check": ("      - offline_eval_passed\n", "      - offline_eval\n", "offline_eval"),
    "unknown field": ("  - name: staging\n", "  - name: staging\n    colour: red\n", "colour: unknown field"),
    "no bound": ("    max: 60\n", "    max: sixty\n", "latency_p95_under_60ms.max: expected"),
    "not a number": ("    max: 60\n", "    max: .nan\n", "latency_p95_under_60ms.max: "),
    "no requirements": (
        "    requires:\n      - staging_smoke_test_passed\n      - latency_p95_under_60ms\n"
        "      - feature_parity_verified\n",
        "    requires: []\n",
        "to_canary",
    ),
    "unknown environment": ("    after: staging\n", "    after: nowhere\n", "nowhere"),
    "unknown transition": (
        "  to_canary:\n",
        "  to_nowhere:\n    requires: [offline_eval_passed]\n  to_canary:\n",
        "nowhere",
    ),
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_fault_in_a_policy_is_found_before_it_is_signed(name: str, live: Registry) -> None:
    old, new, words = POLICIES[name]
    path = live.folder / paths.POLICY
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    checked = live.run("policy", "check", key=None, expect=None)
    assert checked.code in (1, 2)
    assert words in checked.out + checked.err
    before = live.state()
    signed = live.run("sign", paths.POLICY, expect=None)
    assert signed.code in (1, 2)
    assert words in signed.out + signed.err
    assert live.state() == before
    assert live.passes()


def test_a_fault_in_a_policy_has_its_line(live: Registry) -> None:
    path = live.folder / paths.POLICY
    lines = path.read_text("utf-8").splitlines()
    number = lines.index("    max: 60") + 1
    path.write_text("\n".join(lines).replace("    max: 60", "    max: sixty") + "\n", "utf-8")
    fails(live, "policy", "check", code=2, says=f"policy.yaml:{number}: checks.latency_p95_under_60ms.max: ")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: person", "kind: robot", "principals[0].kind: "),
        ("  trust: 1", "  trust: 0", "thresholds.trust: "),
        ("  trust: 1", "  trust: true", "thresholds.trust: "),
        ("  trust: 1", "  trust: 1.0", "thresholds.trust: "),
        ("role: administrator", "role: Administrator", "grants[0].role: "),
        ("principals:\n", "principles:\n", "principles: unknown field; did you mean principals?"),
    ],
)
def test_a_fault_in_trust_has_its_line(old: str, new: str, words: str, live: Registry) -> None:
    path = live.folder / paths.TRUST
    text = path.read_text("utf-8")
    assert old in text, text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    result = fails(live, "sign", paths.TRUST, code=2, says=words)
    assert "registry/trust.yaml:" in result.err
    assert line > 0


def test_text_after_a_merge_gone_wrong(live: Registry) -> None:
    path = live.folder / paths.POLICY
    path.write_text("<<<<<<< ours\n" + path.read_text("utf-8"), "utf-8")
    fails(live, "policy", "check", code=2, says=("policy.yaml:1: is not a map of fields",))
