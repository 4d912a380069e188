"""What the verbs that file one record answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitregistry.cli.output import show
from gitregistry.operations.submit import Submitted
from gitregistry.records.digests import digest_of
from gitregistry.views.blocks import Facts, View


def recorded(done: Submitted, *, as_json: bool, more: Mapping[str, Any] | None = None) -> None:
    """Name each record, its digest and the commit; ``more`` keys go to machines alone."""
    records = [{"path": path, "digest": digest_of(done.files[path])} for path in done.proposal.records]
    document = {
        "action": done.proposal.subject,
        "by": done.principal,
        "commit": done.commit,
        "records": records,
        **(more or {}),
    }
    pairs = [("done", done.proposal.subject), ("by", done.principal), ("commit", done.commit)]
    pairs += [("record", f"{record['path']}") for record in records]
    show(View(document, (Facts(tuple(pairs)),)), as_json=as_json)
