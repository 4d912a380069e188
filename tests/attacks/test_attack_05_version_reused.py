"""Attack 5: a version is removed and added again with other bytes."""

from __future__ import annotations

import shutil

from gitregistry.records import paths
from gitregistry.records.release import Release
from tests.support.registry import Registry

OTHER_BYTES = "sha256:" + "0" * 64


def test_a_version_removed_and_registered_again_is_found(registered: Registry) -> None:
    path = registered.manifest("v1")
    record = registered.record(Release, path)
    registered.remove(path)
    removed = registered.commit_all("remove")
    registered.finds("missing", path)
    registered.forge(path, record, "alice")
    registered.edit(path, "alice", artifact_digest=OTHER_BYTES)
    again = registered.commit_all("and again")
    findings = {(found["rule"], found["commit"]) for found in registered.verify()["findings"]}
    assert findings == {("missing", removed), ("version-reused", again)}


def test_the_write_path_does_not_register_what_once_was(registered: Registry) -> None:
    shutil.rmtree(registered.folder / paths.release_folder("churn", "v1"))
    registered.commit_all()
    manifest = str(registered.folder.parent / "churn-v1.yaml")
    other = registered.folder.parent / "other.tar.gz"
    other.write_bytes(b"other bytes")
    refused = registered.refuses("register", manifest, "--artifact", str(other))
    assert "once lay here" in refused.err


def test_removed_and_added_in_one_step_is_an_alteration(registered: Registry) -> None:
    path = registered.manifest("v1")
    registered.edit(path, "alice", artifact_digest=OTHER_BYTES)
    registered.commit_all()
    registered.finds("immutable", path)


def test_evidence_does_not_come_back_as_something_else(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed", "--failed")
    path = registered.evidence("v1", "offline_eval_passed")
    failed = registered.read(path)
    registered.remove(path)
    registered.commit_all()
    registered.forge_bytes(path, failed.replace(b"result: failed", b"result: passed"), "ci")
    again = registered.commit_all()
    findings = registered.verify()["findings"]
    assert ("version-reused", path, again) in [(f["rule"], f["path"], f["commit"]) for f in findings]
