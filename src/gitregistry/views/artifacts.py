"""What ``artifacts`` answers: which are whole, and what nobody needs."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.operations.artifact_care import Examined
from gitregistry.operations.artifact_waste import Waste
from gitregistry.registry.moments import moment_text
from gitregistry.views.blocks import Row, Table, Text, View


def examined(found: Sequence[Examined], resumed: str | None) -> View:
    """Every artifact that was looked at, those that are not whole with the command that helps."""
    document = {
        "resumed": resumed,
        "artifacts": [
            {
                "artifact_uri": item.needed.artifact.uri,
                "artifact_digest": item.needed.artifact.digest,
                "artifact_size_bytes": item.needed.artifact.size,
                "releases": list(item.needed.releases),
                "serving": list(item.needed.serving),
                "verdict": item.verdict,
                "seen_whole": item.seen,
                "reason": item.reason,
                "hint": item.hint,
            }
            for item in found
        ],
    }
    rows = tuple(
        Row((", ".join(item.needed.serving or item.needed.releases), _said(item), item.needed.artifact.uri),
            "good" if item.verdict == "whole" else "bad" if item.verdict != "unknown" else "warn")
        for item in found
    )  # fmt: skip
    table = Table(("what", "artifact", "at"), rows, empty="there is nothing to read")
    faults = tuple(Text(f"{item.reason}\n  try: {item.hint}") for item in found if item.reason)
    return View(document, (table, *faults))


def _said(item: Examined) -> str:
    if item.verdict == "whole":
        return f"whole, seen {item.seen}"
    return {"missing": "MISSING", "other": "OTHER BYTES", "unknown": "cannot be read now"}[item.verdict]


def wasted(found: Waste, address: str) -> View:
    """What no release names, and how much it is."""
    total = sum(file.size for file in found.files)
    files = [
        {"uri": file.uri, "size_bytes": file.size, "modified": file.modified and moment_text(file.modified)}
        for file in found.files
    ]
    document = {
        "uri": address,
        "files": files,
        "size_bytes": total,
        "left_out": found.young,
        "named": found.kept,
    }
    rows = tuple(Row((str(file["uri"]), f"{file['size_bytes']:,}", str(file["modified"]))) for file in files)
    table = Table(("no release names", "bytes", "since"), rows, empty="every old file is named by a release")
    words = (
        f"{len(files)} files with {total:,} bytes; {found.young} more are too young or of unknown age, "
        f"{found.kept} are named by releases"
    )
    return View(document, (table, Text(words, "dim")))
