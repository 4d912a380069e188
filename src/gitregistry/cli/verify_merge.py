"""``registry verify --merge``: a pull request judged before anybody merges it."""

from __future__ import annotations

import os
from pathlib import Path

from gitregistry.audit.merging import judge_merge
from gitregistry.cli.pin_option import checked_pin
from gitregistry.cli.session_read import now_text
from gitregistry.cli.verdict_output import EXIT_CODES, Format, Said, print_verdict
from gitregistry.storage.history import resolve_revision
from gitregistry.storage.objects import Objects
from gitregistry.storage.pins import read_pin
from gitregistry.storage.repository import find_repository
from gitregistry.views.merge import merge_view


def verify_merge(directory: Path, ends: tuple[str, str], pin: str | None, form: Format) -> int:
    """Judge what merging the second revision into the first would do, print it, and give the exit code."""
    repository = find_repository(directory)
    target, proposal = (resolve_revision(repository, end) for end in ends)
    known = checked_pin(pin or read_pin(repository, os.environ))
    with Objects(repository) as objects:
        verdict = judge_merge(objects, target, proposal, known, now_text())
    facts = {
        "verdict": verdict.verdict,
        "target": verdict.target,
        "proposal": verdict.proposal,
        "pin": verdict.pin,
        "changed": verdict.changed,
        "outside": verdict.outside,
    }
    view = merge_view(facts, verdict.findings, verdict.requirements, verdict.unknown)
    print_verdict(Said(facts, verdict.findings, unknown=verdict.unknown), view, form)
    return EXIT_CODES[verdict.verdict]
