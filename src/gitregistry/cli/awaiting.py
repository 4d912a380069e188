"""What a change of trust or policy answers: in force, or signed and waiting for others."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.cli.output import show
from gitregistry.cli.session import tell_left
from gitregistry.operations.cosign import Awaiting
from gitregistry.operations.submit import Submitted
from gitregistry.rules.consequences import Resting
from gitregistry.rules.recovery import RECOVERY
from gitregistry.views.blocks import Facts, Text, View


def answer(outcome: Submitted | Awaiting, *, as_json: bool, resting: Sequence[Resting] | None = None) -> None:
    """Print it; ``resting`` are the aliases that rest on a key which ends by it, where one does."""
    view = _waiting(outcome) if isinstance(outcome, Awaiting) else _done(outcome)
    if resting is not None:
        from gitregistry.views.consequences import (  # noqa: PLC0415 - most changes end no key
            resting_blocks,
            resting_documents,
        )

        document = {**view.document, "resting": resting_documents(resting)}
        view = View(document, (*view.blocks, *resting_blocks(resting)))
    show(view, as_json=as_json)


def _waiting(outcome: Awaiting) -> View:
    missing = [finding.message for finding in outcome.decision.findings if finding.rule != RECOVERY]
    document = {"in_force": False, "commit": None, "path": outcome.path, "missing": missing}
    lines = "".join(f"\n  {line}" for line in missing) or "\n  it needs no further signature"
    words = f"signed, not yet in force: {outcome.path} and its signature lie in the work tree{lines}"
    hint = (
        f"hand both files to another administrator, who runs: registry sign {outcome.path}"
        if missing
        else f"who puts it in force runs: registry sign {outcome.path}"
    )
    return View(document, (Text(words, "warn"), Text(hint)))


def _done(outcome: Submitted) -> View:
    tell_left(outcome)
    document = {"in_force": True, "commit": outcome.commit, "by": outcome.principal}
    facts = Facts((("done", outcome.proposal.subject), ("by", outcome.principal), ("commit", outcome.commit)))
    return View(document, (facts,))
