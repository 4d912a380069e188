"""What was seen of a registry here: held against a verdict, kept after it, forgotten when asked."""

from __future__ import annotations

import os
from pathlib import Path

from gitregistry.audit.freshness import is_whole, judge_freshness, seen_now
from gitregistry.audit.verdict import Verdict
from gitregistry.cli.output import note, show
from gitregistry.cli.session_read import now_text
from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.storage.ancestry import follows_first_parents, is_published
from gitregistry.storage.pins import read_pin, require_pin
from gitregistry.storage.remembering import forget, remember
from gitregistry.storage.repository import find_repository
from gitregistry.storage.seen import read_seen
from gitregistry.views.blocks import Text, View


def against_memory(workspace: Workspace, verdict: Verdict) -> Verdict:
    """The verdict on a branch's tip, with findings where the branch lies behind what was seen of it here."""
    branch = workspace.branch_ref
    if branch is None or verdict.pin is None or not is_whole(verdict):
        return verdict
    seen = read_seen(os.environ, verdict.pin, branch)
    return judge_freshness(workspace.objects, verdict, seen, now_text()) if seen is not None else verdict


def keep_in_memory(workspace: Workspace, verdict: Verdict) -> None:
    """Remember a branch's tip that passed. Steps that nobody else can have seen yet are not remembered."""
    branch, repository = workspace.branch_ref, workspace.repository
    seen = seen_now(verdict, branch, str(repository.common_dir), now_text()) if branch is not None else None
    if seen is None or verdict.pin is None or not is_published(repository, seen.branch, seen.head):
        return
    try:
        remember(
            os.environ,
            verdict.pin,
            seen,
            lambda older: follows_first_parents(repository, older, seen.head),
        )
    except BadInput as error:  # the verdict stands, whether or not it can be remembered
        note(f"note: {error} ({error.hint})")


def forget_seen(directory: Path, pin: str | None, *, as_json: bool) -> None:
    """Forget all that was seen of the registry with this pin, or with the one kept for this clone."""
    known = pin or read_pin(find_repository(directory), os.environ)
    if known is None:
        raise BadInput("no pin is known for this clone", hint="name it: registry trust pin PIN --forget")
    branches = forget(os.environ, require_pin(known))
    words = f"forgotten: what was seen of {branches} branch{'' if branches == 1 else 'es'} of {known}"
    show(View({"pin": known, "forgotten": branches}, (Text(words),)), as_json=as_json)
