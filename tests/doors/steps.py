"""Steps that tests of the doors push."""

from __future__ import annotations

from tests.support.registry import Registry


def edit_alias(registry: Registry) -> str:
    """An unlawful step: an alias edited by hand, its signature left as it was; the commit."""
    path = registry.alias()
    registry.write(path, registry.read(path) + b"# edited\n")
    return registry.commit_all()


def write_notes(registry: Registry, name: str = "notes.txt") -> str:
    """A step that is no business of the registry's; the commit."""
    registry.write(name, b"notes\n")
    return registry.commit_all("notes")
