"""``registry resolve`` without typer: it stands in serving start scripts, and typer is a fifth of its time.

Only plain command lines are read here. Help, mistakes and anything unknown go on to typer, whose
declaration in ``resolve.py`` is the one that documents the verb; a test holds that both read alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_VALUED = {"--branch", "--at"}


def resolve_directly(arguments: Sequence[str]) -> bool:
    """Carry out a plain ``[-C DIR] resolve REF [--json] [--at …] [--branch …]``; False if it is not one."""
    directory = Path()
    waiting = list(arguments)
    while len(waiting) > 1 and waiting[0] == "-C":
        directory = Path(waiting[1])
        del waiting[:2]
    if waiting[:1] != ["resolve"]:
        return False
    parsed = _parse(waiting[1:])
    if parsed is None:
        return False
    from gitregistry.cli.resolving import answer  # noqa: PLC0415 - other verbs do without it

    reference, options, as_json = parsed
    answer(directory, reference, options.get("--branch"), options.get("--at"), as_json=as_json)
    return True


def _parse(words: list[str]) -> tuple[str, dict[str, str], bool] | None:
    references: list[str] = []
    options: dict[str, str] = {}
    as_json = False
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word == "--json":
            as_json = True
        elif name in _VALUED and (equals or words):
            options[name] = value if equals else words.pop(0)
        elif word.startswith("-"):
            return None
        else:
            references.append(word)
    return (references[0], options, as_json) if len(references) == 1 else None
