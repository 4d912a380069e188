"""Every check of the signature and YAML readers is switched off, one at a time, and their tests turn red."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import pytest

from tests.signing.probes import probe_encoding, probe_keys, probe_sshsig, probe_strict_yaml
from tests.support.mutants import mutants

PROBES: dict[str, Callable[[ModuleType], None]] = {
    "gitregistry.signing.sshsig": probe_sshsig,
    "gitregistry.signing.keys": probe_keys,
    "gitregistry.records.strict_yaml": probe_strict_yaml,
    "gitregistry.storage.encoding": probe_encoding,
}
# What may be switched off without any input being read otherwise, and why.
EQUIVALENT: dict[str, str] = {
    "self.escapes  (of True and style == '\"')": "spares looking where the document holds no backslash",
    "style == '\"'  (of self.escapes and True)": "spares looking where YAML reads no escapes",
    "_read_known(blob)  (of False or _read_blob(wire.Reader(blob)))": "spares reading the same key once more",
    "isinstance(end, DocumentEndEvent)  (of True and end.explicit)": "nothing else follows the outermost map",
}


@pytest.mark.parametrize("name", PROBES)
def test_the_readers_as_they_are_pass_their_probes(name: str) -> None:
    PROBES[name](import_module(name))


@pytest.mark.parametrize("name", PROBES)
def test_whichever_check_is_switched_off_a_probe_notices(name: str) -> None:
    survivors = []
    for mutant in mutants(import_module(name)):
        try:
            PROBES[name](mutant.module)
        except Exception:  # noqa: BLE001 - red is red, however a reader without its check falls over
            continue
        survivors.append(mutant.off)
    assert [off for off in survivors if off not in EQUIVALENT] == []


def test_what_is_called_equivalent_survives() -> None:
    """The list holds nothing that a probe has come to notice since."""
    survivors = set()
    for name, probe in PROBES.items():
        for mutant in mutants(import_module(name)):
            if mutant.off in EQUIVALENT:
                try:
                    probe(mutant.module)
                except Exception:  # noqa: BLE001 - as above
                    continue
                survivors.add(mutant.off)
    assert survivors == set(EQUIVALENT)
