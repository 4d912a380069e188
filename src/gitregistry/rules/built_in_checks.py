"""The checks that ``registry check`` makes by itself, by name: for words and hints, which judge nothing."""

from __future__ import annotations

from typing import Final

from gitregistry.records.policy import Check

ARTIFACT: Final = "artifact_signature_verified"
SCHEMA: Final = "schema_compatibility_passed"
SCAN: Final = "security_scan_passed"
REPRODUCIBLE: Final = "reproducible"

# In the order in which they are listed, each with what it does in words.
BUILT_IN: Final = {
    ARTIFACT: "the artifact hashed again from where it lies, and the release's signature",
    SCHEMA: "inputs and outputs against the release that is live",
    SCAN: "the artifact looked into for what runs when it is loaded",
    REPRODUCIBLE: "the artifact's digest against that of another training run",
}


def is_built_in(name: str, check: Check) -> bool:
    """Whether ``registry check`` makes a check by what is built in; a ``run`` in the policy goes before."""
    return name in BUILT_IN and check.type in ("evidence", "measurement") and not check.run


def check_command(name: str, check: Check, reference: str) -> str | None:
    """The command that makes a check and files what it finds; None where it takes a tool of one's own.

    Args:
        reference: ``MODEL:VERSION``.
    """
    if check.run:
        return f"registry check {reference} {name}"
    if not is_built_in(name, check):
        return None
    return f"registry check {reference} {name}" + (" --against MODEL:OTHER" if name == REPRODUCIBLE else "")
