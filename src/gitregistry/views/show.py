"""Show: one release with everything filed for it; a model with its releases and aliases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.evidence import Evidence
from gitregistry.records.line import Line
from gitregistry.records.policy import Policy
from gitregistry.records.release import Release, Runtime
from gitregistry.records.shapes import plain
from gitregistry.registry.emergencies import EmergencyMade, emergencies
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import trust_in_force
from gitregistry.rules.holds import Hold
from gitregistry.rules.lifecycle import Standing
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, Tone, View
from gitregistry.views.emergency import emergency_table, made_document
from gitregistry.views.stops import hold_blocks, hold_documents, stop_blocks, stop_documents


def show_release(
    snapshot: Snapshot,
    release: Opened[Release],
    standing: Standing,
    holds: Sequence[Hold] = (),
    stops: Sequence[Line] = (),
) -> View:
    """One release: state, artifact, lineage, evidence, approvals; and what keeps it from going on."""
    record = release.record
    evidence = _evidence(snapshot, record.model_name, record.version)
    approvals = _approvals(snapshot, record.model_name, record.version)
    made = _emergencies(snapshot, release)
    document: dict[str, Any] = {
        "model_name": record.model_name,
        "version": record.version,
        "state": standing.state,
        "archived": standing.archived,
        "withdrawn": standing.withdrawn,
        "release_digest": release.digest,
        "aliases": list(standing.aliases),
        "rolled_back": hold_documents(holds),
        "stopped": stop_documents(stops),
        "evidence": evidence,
        "approvals": approvals,
        "emergencies": [made_document(item) for item in made],
        "manifest": plain(record),
    }
    held = hold_blocks(f"{record.model_name}:{record.version}", holds)
    blocks = _release_blocks(release, standing, evidence, approvals)
    past = [emergency_table(made)] if made else []
    return View(document, (*stop_blocks(stops), *held, *blocks, *past))


def _release_blocks(
    release: Opened[Release],
    standing: Standing,
    evidence: Sequence[dict[str, Any]],
    approvals: Sequence[dict[str, Any]],
) -> list[Block]:
    record = release.record
    state = standing.state + (", archived" if standing.archived else "")
    state += ", withdrawn" if standing.withdrawn else ""
    metrics = ", ".join(f"{name} = {value}" for name, value in record.evaluation.items())
    facts = Facts(
        (
            ("state", state),
            ("aliases", ", ".join(standing.aliases) or "none"),
            ("artifact", record.artifact_uri),
            ("artifact digest", record.artifact_digest),
            ("artifact size", f"{record.artifact_size_bytes} bytes"),
            ("release digest", release.digest),
            ("registered", f"{record.created_at} by {record.created_by}"),
            ("code", _joined(record.git_repository, record.git_commit)),
            ("data", record.dataset_snapshot),
            ("features", record.feature_set_version),
            ("runtime", _runtime(record.runtime)),
            ("evaluation", metrics or None),
            ("license", record.license),
        ),
        title=f"{record.model_name}:{record.version}",
    )
    return [facts, _evidence_table(evidence), _approval_table(approvals)]


def _runtime(runtime: Runtime | None) -> str | None:
    """All that is said of it, its dependencies last."""
    if runtime is None:
        return None
    first = (runtime.python, runtime.base_image, runtime.framework, runtime.hardware, runtime.lockfile_digest)
    return _joined(*first, *runtime.dependencies)


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _evidence_table(evidence: Sequence[dict[str, Any]]) -> Table:
    rows = []
    for item in evidence:
        measured = ", ".join(
            f"{value['name']} = {value['value']}" + (f" {value['unit']}" if value.get("unit") else "")
            for value in item.get("measurements", ())
        )
        tone: Tone = "dim" if item["superseded"] else "plain" if item["result"] == "passed" else "bad"
        result = f"{item['result']} (superseded)" if item["superseded"] else item["result"]
        rows.append(Row((item["check"], result, measured, item["created_by"], item["created_at"]), tone))
    return Table(("check", "result", "measured", "by", "when"), tuple(rows), "Evidence", "none yet")


def _approval_table(approvals: Sequence[dict[str, Any]]) -> Table:
    rows = tuple(
        Row(
            (
                item["environment"],
                item["role"],
                _decision(item) + (" (superseded)" if item["superseded"] else ""),
                item["created_by"],
                item["created_at"],
                item.get("note", ""),
            ),
            "dim" if item["superseded"] else "plain" if item["decision"] == "approve" else "bad",
        )
        for item in approvals
    )
    return Table(("environment", "role", "decision", "by", "when", "note"), rows, "Approvals", "none yet")


def _decision(item: dict[str, Any]) -> str:
    """An authorisation of an emergency approves nothing else."""
    incident = item.get("incident")
    return (
        f"authorise for {incident}" if incident and item["decision"] == "approve" else str(item["decision"])
    )


def _evidence(snapshot: Snapshot, model: str, version: str) -> list[dict[str, Any]]:
    folder = paths.evidence_folder(model, version)
    return _filed(list(snapshot.open_folder(Evidence, "evidence", folder)))


def _approvals(snapshot: Snapshot, model: str, version: str) -> list[dict[str, Any]]:
    folder = paths.approvals_folder(model, version)
    return _filed(list(snapshot.open_folder(Approval, "approval", folder)))


def _emergencies(snapshot: Snapshot, release: Opened[Release]) -> list[EmergencyMade]:
    """The emergency promotions of this release."""
    trust = trust_in_force(snapshot)
    if trust is None:
        return []
    try:
        policy = snapshot.open(Policy, "policy", paths.POLICY)
    except Broken:  # verify reports it; nobody can tell then who could review
        policy = None
    made, _ = emergencies(snapshot, trust, policy, release.record.model_name)
    return [item for item in made if item.kept.record.release_digest == release.digest]


def _filed(found: Sequence[Opened[Evidence] | Opened[Approval] | tuple[str, Broken]]) -> list[dict[str, Any]]:
    """Records as documents, oldest first; what cannot be used is left to ``verify`` to report."""
    usable = [item for item in found if isinstance(item, Opened)]
    superseded = {digest for item in usable for digest in item.record.supersedes}
    documents = [
        {
            **plain(item.record),
            "digest": item.digest,
            "path": item.path,
            "superseded": item.digest in superseded,
        }
        for item in usable
    ]
    # Within one second, what was replaced comes before what replaced it.
    age = {item.digest: len(item.record.supersedes) for item in usable}
    return sorted(documents, key=lambda item: (item["created_at"], age[item["digest"]], item["path"]))


def show_list(rows: Sequence[tuple[Opened[Release], Standing]], broken: Sequence[tuple[str, Broken]]) -> View:
    """Releases with their states and aliases."""
    documents = [
        {
            "model_name": release.record.model_name,
            "version": release.record.version,
            "state": standing.state,
            "aliases": list(standing.aliases),
            "archived": standing.archived,
            "withdrawn": standing.withdrawn,
            "release_digest": release.digest,
            "created_at": release.record.created_at,
            "created_by": release.record.created_by,
        }
        for release, standing in rows
    ]
    table = Table(
        ("model", "version", "state", "aliases", "registered", "by"),
        tuple(_list_row(release, standing) for release, standing in rows),
        empty="no release yet: registry register MANIFEST.yaml --artifact FILE",
    )
    faults = [Text(f"{path} cannot be used ({fault.code}): {fault.message}", "bad") for path, fault in broken]
    document = {
        "releases": documents,
        "unusable": [{"path": path, "rule": fault.code, "message": fault.message} for path, fault in broken],
    }
    return View(document, (table, *faults))


def _list_row(release: Opened[Release], standing: Standing) -> Row:
    record = release.record
    named = list(standing.aliases) + (["(archived)"] if standing.archived else [])
    state = "withdrawn" if standing.withdrawn else standing.state
    tone: Tone = "good" if standing.aliases else "dim" if standing.archived or state == "retired" else "plain"
    cells = (record.model_name, record.version, state, " ".join(named), record.created_at, record.created_by)
    return Row(cells, "bad" if standing.withdrawn else tone)
