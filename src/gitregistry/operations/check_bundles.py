"""The OpenSSF model-signing bundles that lie in an artifact: who signed them, and whether they cover it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.artifact_at_hand import file_at_hand
from gitregistry.operations.built_in import Outcome
from gitregistry.records.release import Release
from gitregistry.registry.moments import moment_of
from gitregistry.rules.built_in_checks import ARTIFACT
from gitregistry.signing.model_signers import NotTheirs, signer_of
from gitregistry.signing.model_signing import Statement, is_bundle, read_bundle, read_statement

# By its name a file may be a bundle, and by its size one that is read: 64 MiB list 200,000 files.
_NAMES: Final = (".sig", ".sigstore", ".sigstore.json")
_MOST_BYTES: Final = 64 << 20
_NAME_A_KEY: Final = (
    f"what to do: name the signer's key in the policy, checks.{ARTIFACT}.model_signing_keys, or leave it out"
)


def check_bundles(release: Release, named: Sequence[str]) -> Outcome:
    """Ask whether a bundle in the artifact is signed by a key that the policy names, and covers it all.

    Nothing is asked where the policy names no key and no bundle is there. The artifact's bytes were compared
    with the release before, so that only digests are compared here.
    """
    bundles = dict(_bundles(release))
    if not bundles:
        if not named:
            return Outcome("passed", ())
        return Outcome("failed", ("no OpenSSF model-signing bundle lies in it, and the policy names keys",))
    if not named:
        listed = ", ".join(bundles)
        return Outcome("error", (f"nobody is named whose signature {listed} should be", _NAME_A_KEY))
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


def _check_bundle(release: Release, path: str, data: bytes, named: Sequence[str]) -> Outcome:
    try:
        bundle = read_bundle(data, path)
        signer = signer_of(bundle, named, moment_of(release.created_at))
        statement = read_statement(bundle.payload, path)
    except NotTheirs as why:
        return Outcome("failed", (f"{path}: {why}",))
    except BadInput as fault:
        hint = (f"what to do: {fault.hint}",) if fault.hint else ()
        return Outcome("error", (str(fault), *hint))
    faults = tuple(f"{path}: {words}" for words in _differences(release, path, statement))
    if faults:
        return Outcome("failed", faults)
    left_out = [file.path for file in release.files if file.path not in statement.files and file.path != path]
    unsigned = f"; left out by the signer: {', '.join(left_out)}" if left_out else ""
    return Outcome("passed", (f"{path}: signed by {signer}{unsigned}",))


def _differences(release: Release, bundle: str, statement: Statement) -> Iterator[str]:
    there = {file.path: file.digest for file in release.files}
    for path, digest in statement.files.items():
        if there.get(path) != digest:
            yield f"signed as {digest}, {there.get(path) or 'not there'}: {path}"
    for path in there.keys() - statement.files.keys() - {bundle}:
        if not _left_out(path, statement.ignored):
            yield f"not signed: {path}"


def _left_out(path: str, ignored: Sequence[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in ignored)
