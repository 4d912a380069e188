"""What may lie under ``registry/``: plain files at known places, with names that every system can hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gitregistry.records import names, paths
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import PathChange, Step

_MODEL = f"{paths.MODELS}/"
_PLAIN_FILE = "100644"
_MODES = {
    "100755": "an executable file",
    "120000": "a symbolic link",
    "160000": "a submodule",
    "040000": "a folder",
    "40000": "a folder",
}


def check_entry(change: PathChange, commit: str | None) -> Iterator[Finding]:
    """Rules ``tree`` and ``name``: judged before anything is read."""
    if change.after is None:
        return
    if change.after.mode != _PLAIN_FILE:
        what = _MODES.get(change.after.mode, f"an entry of mode {change.after.mode}")
        yield Finding(
            "tree",
            change.path,
            f"{names.shown(change.path)} is {what}; records are plain files",
            commit=commit,
        )
    record_path = change.path.removesuffix(paths.SIGNATURE)
    location = paths.locate(record_path)
    if location is None or (location.kind == "card" and record_path != change.path):
        yield Finding("tree", change.path, f"no record lies at {names.shown(change.path)}", commit=commit)
        return
    fault = paths.fault_in_path(record_path, location)
    if fault:
        yield Finding("name", change.path, fault, commit=commit)


class Siblings:
    """The names in each folder by how they look without case, worked out once for a step."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._folders: dict[str, dict[str, list[str]]] = {}

    def is_new(self, path: str) -> bool:
        """Whether nothing lay at a path before the step; what did was compared when it came."""
        return self._step.before is None or self._step.before.tree.entry(path) is None

    def alike(self, folder: str, name: str) -> list[str]:
        """The other names in a folder that differ from this one by case alone."""
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = _doubles(self._step.after.tree.children(folder))
        return [sibling for sibling in known.get(name.lower(), ()) if sibling != name]


def _doubles(found: Collection[str]) -> dict[str, list[str]]:
    """All names by how they look without case, if any two look alike; most folders hold no such two."""
    doubles: dict[str, list[str]] = {}
    if len({name.lower() for name in found}) < len(found):
        for name in found:
            doubles.setdefault(name.lower(), []).append(name)
    return doubles


def check_look_alikes(change: PathChange, siblings: Siblings, commit: str | None) -> Iterator[Finding]:
    """Rule ``name``: no two names side by side that differ by case alone, in any folder below the models'.

    Above it all names are fixed: what differs from them is no record's place.
    """
    if change.before is not None or change.after is None or not change.path.startswith(_MODEL):
        return
    folder = paths.MODELS
    for part in change.path[len(_MODEL) :].split("/"):
        if siblings.is_new(f"{folder}/{part}"):
            for sibling in siblings.alike(folder, part):
                yield Finding(
                    "name",
                    change.path,
                    f"{names.shown(part)} and {names.shown(sibling)} differ by case alone: "
                    "some systems cannot hold both",
                    commit=commit,
                )
        folder = f"{folder}/{part}"
