"""What ``registry resolve`` does, whoever parsed its command line."""

from __future__ import annotations

import sys
from pathlib import Path

from gitregistry.cli.json_output import print_json
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.views.resolve import resolved


def answer(directory: Path, reference: str, branch: str | None, at: str | None, *, as_json: bool) -> None:
    """Resolve a reference and print its artifact's uri, or the whole document."""
    with Workspace(directory, branch) as workspace:
        release, alias, commit = resolve_reference(workspace, reference, at)
    document = resolved(release, alias, commit)
    if as_json:
        print_json(document)
    else:
        sys.stdout.write(f"{document['artifact_uri']}\n")
