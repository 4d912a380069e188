"""What ``checkpoint`` answers, and how ``verify`` shows one that it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitregistry.records.checkpoint import Checkpoint
from gitregistry.views.blocks import Facts, Text, View


def checkpoint_view(record: Checkpoint, files: Sequence[str]) -> View:
    """The statement that was signed, and the files that hold it."""
    document = {
        "head": record.head,
        "branch": record.branch,
        "pin": record.registry_id,
        "steps": record.steps,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "files": list(files),
    }
    facts = Facts(
        (
            ("head", record.head),
            ("branch", record.branch.removeprefix("refs/heads/")),
            ("steps", str(record.steps)),
            ("pin", record.registry_id),
            ("signed by", f"{record.created_by} at {record.created_at}"),
            ("files", " ".join(files)),
        )
    )
    advice = Text("Keep it where the registry's forge cannot reach: registry verify --checkpoint FILE")
    return View(document, (facts, advice))


def checkpoint_words(checkpoint: Mapping[str, Any]) -> str:
    """A checkpoint that a history was held against, in a line."""
    if checkpoint["head"] is None:
        return f"{checkpoint['file']}: not judged"
    words = f"{checkpoint['head']}, stated by {checkpoint['created_by']} at {checkpoint['created_at']}"
    before = checkpoint["existed_before"]
    return f"{words}, timestamped before {before}" if before else words
