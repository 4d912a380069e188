"""Attack 23: another first trust record: the registry is begun anew and served as the old one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.freshness.mirrors import bare_copy, clone
from tests.support.registry import Registry


@pytest.fixture
def impostor(two: Registry, tmp_path: Path) -> Registry:
    """A clone of a registry that mallory began anew, with the pin that users know of the true one."""
    folder = tmp_path / "begun-anew"
    folder.mkdir()
    made = replace(two, folder=folder).json(
        "init", "registry", "--name", "demo", "--id", "alice@example.com", key="mallory"
    )
    anew = Registry(folder / "registry", made["pin"], {**two.keys, "alice": two.keys["mallory"]})
    anew.register("v1")
    anew.passes()
    served = clone(anew, bare_copy(anew, tmp_path / "served.git"), tmp_path / "served")
    return replace(served, pin=two.pin)


def test_verify_finds_it_by_the_pin(impostor: Registry) -> None:
    document = impostor.verify()
    assert document["verdict"] == "fail"
    assert [finding["rule"] for finding in document["findings"]] == ["pin"]


def test_verify_finds_it_by_the_pin_in_the_environment(
    impostor: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PIN", impostor.pin)
    assert [one["rule"] for one in impostor.json("verify", expect=1)["findings"]] == ["pin"]


def test_without_a_pin_it_cannot_be_told_and_is_no_pass(impostor: Registry, tmp_path: Path) -> None:
    ended = impostor.run("verify", "--json", key=None, expect=5)
    assert ended.json["verdict"] == "unknown"
    assert "no pin is known" in ended.json["unknown"]
    target = str(tmp_path / "head.yaml")
    assert "no pin is known" in impostor.refuses("checkpoint", "-o", target, expect=5).err


def test_the_known_pin_cannot_be_kept_for_it(impostor: Registry) -> None:
    impostor.refuses("trust", "pin", impostor.pin, expect=2)


@pytest.mark.parametrize(
    "command",
    [
        ("resolve", "churn:v1"),
        ("attest", "churn:v1", "offline_eval_passed", "--passed"),
        ("trust", "grant", "alice@example.com", "risk-owner"),
    ],
    ids=" ".join,
)
def test_nothing_is_served_or_written_under_it(
    impostor: Registry, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("REGISTRY_PIN", impostor.pin)
    assert "another registry" in impostor.refuses(*command).err


def test_a_checkpoint_of_it_proves_nothing_under_the_pin(impostor: Registry, tmp_path: Path) -> None:
    file = tmp_path / "head.yaml"
    own = impostor.json("trust", "pin")["claimed"]
    impostor.run("checkpoint", "--pin", own, "-o", str(file))
    assert impostor.verify("--checkpoint", str(file))["verdict"] == "fail"


def test_another_registry_than_the_pins_is_found(live: Registry) -> None:
    document = live.json("verify", "--pin", "sha256:" + "0" * 64, key=None, expect=1)
    (found,) = document["findings"]
    assert (document["verdict"], found["rule"]) == ("fail", "pin")
    assert found["hint"]
