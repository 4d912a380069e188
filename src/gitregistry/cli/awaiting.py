"""What a change of trust or policy answers: in force, or signed and waiting for others."""

from __future__ import annotations

from gitregistry.cli.output import show
from gitregistry.cli.session import tell_left
from gitregistry.operations.cosign import Awaiting
from gitregistry.operations.submit import Submitted
from gitregistry.views.blocks import Facts, Text, View


def answer(outcome: Submitted | Awaiting, *, as_json: bool) -> None:
    """Print it."""
    if isinstance(outcome, Awaiting):
        missing = [finding.message for finding in outcome.decision.findings]
        document = {"in_force": False, "commit": None, "path": outcome.path, "missing": missing}
        lines = "\n  ".join(missing)
        words = f"signed, not yet in force: {outcome.path} and its signature lie in the work tree\n  {lines}"
        hint = f"hand both files to another administrator, who runs: registry sign {outcome.path}"
        show(View(document, (Text(words, "warn"), Text(hint))), as_json=as_json)
        return
    tell_left(outcome)
    document = {"in_force": True, "commit": outcome.commit, "by": outcome.principal}
    facts = Facts((("done", outcome.proposal.subject), ("by", outcome.principal), ("commit", outcome.commit)))
    show(View(document, (facts,)), as_json=as_json)
