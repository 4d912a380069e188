"""Write everything that is generated: ``python -m tests.docs.generate``.

The JSON Schemas, the rule pages, the tables and help in the docs, and the output of the sessions in them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from gitregistry.records.schema_export import json_schemas
from tests.docs import command_help, record_tables, rule_pages, session
from tests.docs.blocks import ROOT, filled

# Each session goes on where the one before it ended.
SESSIONS = ("README.md", "docs/verification.md")


def documents() -> dict[str, str]:
    """Each generated or partly generated file's text as it should be, by its path; sessions excepted."""
    return {
        **{f"schemas/{name}": text for name, text in json_schemas().items()},
        **rule_pages.pages(),
        "docs/records.md": filled(read("docs/records.md"), record_tables.content_of),
        "docs/commands.md": filled(read("docs/commands.md"), command_help.content_of),
    }


def read(path: str) -> str:
    """A file of this repository."""
    return (ROOT / path).read_text("utf-8")


def played(folder: Path) -> dict[str, list[session.Command]]:
    """What each page's session really prints, run one after the other as one."""
    typed = {path: [command.typed for command in session.commands(read(path))] for path in SESSIONS}
    outcomes = iter(session.run([command for each in typed.values() for command in each], folder))
    return {path: [next(outcomes) for _ in each] for path, each in typed.items()}


def main() -> None:
    """Write them all; sessions only when one has drifted, and then all, since they are one run."""
    for path, text in documents().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        came = played(Path(folder))
    if not all(session.says(read(path), outputs) for path, outputs in came.items()):
        for path, outputs in came.items():
            (ROOT / path).write_text(session.renewed(read(path), outputs), "utf-8")


if __name__ == "__main__":
    main()
