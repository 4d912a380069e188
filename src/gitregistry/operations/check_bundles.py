"""The OpenSSF model-signing bundles that lie in an artifact: who signed them, and whether they cover it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.operations.built_in import Outcome
from gitregistry.operations.bundle_cover import Cover, cover_of
from gitregistry.operations.pull import artifact_of
from gitregistry.records.release import Release
from gitregistry.registry.moments import moment_of
from gitregistry.rules.built_in_checks import ARTIFACT
from gitregistry.signing.model_signers import Named, signer_of
from gitregistry.signing.model_signing import NotTheirs, is_bundle, read_bundle
from gitregistry.signing.model_statement import read_statement
from gitregistry.storage.file_bytes import file_bytes

# By its name a file may be a bundle, and by its size one that is read: it lists a file in 200 to 300 bytes.
_NAMES: Final = (".sig", ".sigstore", ".sigstore.json")
_MOST_BYTES: Final = 16 << 20
_TOO_LARGE: Final = "is not read, being larger than 16 MiB, in which a bundle lists 50,000 files"
_NAME_A_SIGNER: Final = (
    f"what to do: name the signer in the policy, checks.{ARTIFACT}.model_signing_keys or …_identities, "
    "or leave it out"
)
_SMALLER: Final = "what to do: sign it by larger shards, or leave it out where it is no bundle"


def check_bundles(release: Release, named: Named) -> Outcome:
    """Ask whether a bundle in the artifact is signed by somebody whom the policy names, and covers it all.

    Nothing is asked where the policy names nobody and no bundle is there. The artifact's bytes were compared
    with the release before. Bundles are read one at a time.

    Raises:
        WrongBytes: the store holds something else by now.
        BadInput: the bytes do not come.
    """
    artifact = artifact_of(release)
    called = [file for file in artifact.files if file.path.endswith(_NAMES)]
    large = [file.path for file in called if file.size > _MOST_BYTES]
    read = file_bytes(artifact, (file for file in called if file.size <= _MOST_BYTES))
    bundles = ((path, data) for path, data in read if is_bundle(data, path))
    if not (named.keys or named.identities):
        return _of_nobody([*(path for path, _ in bundles), *large])
    outcomes = [_check_bundle(release, path, data, named) for path, data in bundles]
    outcomes += [Outcome("error", (f"{path}: {_TOO_LARGE}", _SMALLER)) for path in large]
    return _of_all(outcomes)


def _of_nobody(bundles: Sequence[str]) -> Outcome:
    """What these paths come to where the policy names no signer."""
    if not bundles:
        return Outcome("passed", ())
    return Outcome(
        "error", (f"nobody is named whose signature {', '.join(bundles)} should be", _NAME_A_SIGNER)
    )


def _of_all(outcomes: Sequence[Outcome]) -> Outcome:
    """What several bundles come to: one that passes is enough."""
    if not outcomes:
        return Outcome(
            "failed", ("no OpenSSF model-signing bundle lies in it, and the policy names signers",)
        )
    lines = tuple(line for outcome in outcomes for line in outcome.lines)
    results = {outcome.result for outcome in outcomes}
    return Outcome("passed" if "passed" in results else "failed" if "failed" in results else "error", lines)


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
    proof = (f"{path}: {words}" for words in signer.shown_by)
    return Outcome("passed", (f"{path}: signed by {signer.words}{_unsigned(cover)}", *proof))


def _unsigned(cover: Cover) -> str:
    """What lies there and was not signed, and why that is in order."""
    lists = {
        "left out by the signer": cover.left_out,
        "without bytes, and so in no shard": cover.without_bytes,
    }
    return "".join(f"; {why}: {', '.join(paths)}" for why, paths in lists.items() if paths)
