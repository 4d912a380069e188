"""A judge with one rule switched off, patched in from outside: to see that some test notices.

Findings with that code vanish from what the judge decides, so a write goes through, and from what ``verify``
answers, wherever in the audit they come from. The code under test knows nothing of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from gitregistry.audit import checkpoints, freshness, merging, pushes
from gitregistry.audit import verify as audit
from gitregistry.audit.verdict import Verdict
from gitregistry.rules import judge as judging
from gitregistry.rules.findings import Decision


@contextmanager
def without_rule(code: str) -> Iterator[None]:
    """Everywhere in this process, until the block ends."""
    judged, verified = judging.judge, audit.verify
    pushed, merged = pushes.judge_push, merging.judge_merge
    compared, held = freshness.judge_freshness, checkpoints.judge_checkpoint

    def lenient_judge(*arguments: Any, **options: Any) -> Decision:
        decision = judged(*arguments, **options)
        kept = tuple(finding for finding in decision.findings if finding.rule != code)
        return decision._replace(findings=kept)

    def lenient(verdict: Verdict) -> Verdict:
        kept = tuple(finding for finding in verdict.findings if finding.rule != code)
        answer = verdict.verdict
        if verdict.findings and not kept and not verdict.outside:
            answer = "unknown" if verdict.unknown else "pass"
        return replace(verdict, findings=kept, verdict=answer)

    def lenient_push(*arguments: Any, **options: Any) -> pushes.Judged:
        found = pushed(*arguments, **options)
        return found._replace(findings=tuple(one for one in found.findings if one.rule != code))

    def lenient_merge(*arguments: Any, **options: Any) -> merging.MergeVerdict:
        verdict = merged(*arguments, **options)
        kept = tuple(finding for finding in verdict.findings if finding.rule != code)
        return verdict._replace(findings=kept, verdict=verdict.verdict if kept else "pass")

    def lenient_held(*arguments: Any, **options: Any) -> checkpoints.Held:
        found = held(*arguments, **options)
        return found._replace(verdict=lenient(found.verdict))

    swaps: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
        (judged, lenient_judge),
        (verified, lambda *arguments, **options: lenient(verified(*arguments, **options))),
        (compared, lambda *arguments, **options: lenient(compared(*arguments, **options))),
        (pushed, lenient_push),
        (merged, lenient_merge),
        (held, lenient_held),
    )
    try:
        for honest, other in swaps:
            _swap(honest, other)
        yield
    finally:
        for honest, other in swaps:
            _swap(other, honest)


def _swap(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Put one function for another under every name that a loaded module has for it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("gitregistry"):
            for attribute, value in list(vars(module).items()):
                if value is old:
                    setattr(module, attribute, new)
