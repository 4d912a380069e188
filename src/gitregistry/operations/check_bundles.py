"""The OpenSSF model-signing bundles that lie in an artifact: who signed them, and whether they cover it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.artifact_at_hand import file_at_hand
from gitregistry.operations.built_in import Outcome
from gitregistry.operations.bundle_cover import cover_of
from gitregistry.records.release import Release
from gitregistry.registry.moments import moment_of
from gitregistry.rules.built_in_checks import ARTIFACT
from gitregistry.signing.model_signers import Named, signer_of
from gitregistry.signing.model_signing import NotTheirs, is_bundle, read_bundle
from gitregistry.signing.model_statement import read_statement

# By its name a file may be a bundle, and by its size one that is read: 64 MiB list 200,000 files.
_NAMES: Final = (".sig", ".sigstore", ".sigstore.json")
_MOST_BYTES: Final = 64 << 20
_NAME_A_SIGNER: Final = (
    f"what to do: name the signer in the policy, checks.{ARTIFACT}.model_signing_keys or …_identities, "
    "or leave it out"
)


def check_bundles(release: Release, named: Named) -> Outcome:
    """Ask whether a bundle in the artifact is signed by somebody whom the policy names, and covers it all.

    Nothing is asked where the policy names nobody and no bundle is there. The artifact's bytes were compared
    with the release before.
    """
    bundles = dict(_bundles(release))
    anybody = bool(named.keys or named.identities)
    if not bundles:
        if not anybody:
            return Outcome("passed", ())
        return Outcome(
            "failed", ("no OpenSSF model-signing bundle lies in it, and the policy names signers",)
        )
    if not anybody:
        listed = ", ".join(bundles)
        return Outcome("error", (f"nobody is named whose signature {listed} should be", _NAME_A_SIGNER))
    outcomes = [_check_bundle(release, path, data, named) for path, data in bundles.items()]
    lines = tuple(line for outcome in outcomes for line in outcome.lines)
    results = {outcome.result for outcome in outcomes}
    return Outcome("passed" if "passed" in results else "failed" if "failed" in results else "error", lines)


def _bundles(release: Release) -> Iterator[tuple[str, bytes]]:
    for file in release.files:
        if file.path.endswith(_NAMES) and file.size_bytes <= _MOST_BYTES:
            with file_at_hand(release, file.path) as place:
                data = place.read_bytes() if place is not None else b""
            if is_bundle(data, file.path):
                yield file.path, data


def _check_bundle(release: Release, path: str, data: bytes, named: Named) -> Outcome:
    try:
        bundle = read_bundle(data, path)
        signer = signer_of(bundle, named, moment_of(release.created_at), path)
        cover = cover_of(release, path, read_statement(bundle.payload, path))
    except NotTheirs as why:
        return Outcome("failed", (f"{path}: {why}",))
    except BadInput as fault:
        hint = (f"what to do: {fault.hint}",) if fault.hint else ()
        return Outcome("error", (str(fault), *hint))
    if cover.faults:
        return Outcome("failed", tuple(f"{path}: {words}" for words in cover.faults))
    unsigned = f"; left out by the signer: {', '.join(cover.left_out)}" if cover.left_out else ""
    proof = (f"{path}: {words}" for words in signer.shown_by)
    return Outcome("passed", (f"{path}: signed by {signer.words}{unsigned}", *proof))
