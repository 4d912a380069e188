"""Laying changed files over the folders of a commit: only the folders along the way are read and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gitregistry.errors import BadInput
from gitregistry.storage.encoding import FILE, FOLDER, Entry, format_tree, is_safe_path, object_id
from gitregistry.storage.objects import Objects

# What is to become of each name in a folder: a file, nothing, or again a folder.
Plan: TypeAlias = "dict[str, Plan | bytes | None]"


class TreeWriter:
    """Collects the objects of a new tree.

    Attributes:
        written: kind and bytes of each new object by id.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.written: dict[str, tuple[str, bytes]] = {}

    def overlay(self, root: str | None, files: Mapping[str, bytes | None]) -> str:
        """The id of the folder that ``root`` becomes with these files (None removes one).

        A folder left empty goes too; the top may be empty. Files are written with mode 100644.

        Raises:
            BadInput: a path cannot be one, or runs through something that is not a folder.
        """
        old = self._objects.tree(root) if root else {}
        return self._store("tree", format_tree(self._merge("", old, _plan(files))))

    def _merge(self, place: str, old: dict[str, Entry], plan: Plan) -> dict[str, Entry]:
        new = dict(old)
        for name, wish in plan.items():
            path = f"{place}{name}"
            here = old.get(name)
            if isinstance(wish, dict):
                inside = self._merge(f"{path}/", self._inside(path, here), wish)
                entry = Entry(FOLDER, self._store("tree", format_tree(inside))) if inside else None
            elif here is not None and here.is_folder:
                raise BadInput("there is a folder where a file is to be written", path=path)
            else:
                entry = None if wish is None else Entry(FILE, self._store("blob", wish))
            if entry is None:
                new.pop(name, None)
            else:
                new[name] = entry
        return new

    def _inside(self, path: str, here: Entry | None) -> dict[str, Entry]:
        if here is None:
            return {}
        if not here.is_folder:
            raise BadInput("there is a file, link or submodule where a folder is needed", path=path)
        return self._objects.tree(here.oid)

    def _store(self, kind: str, data: bytes) -> str:
        oid = object_id(self._objects.repository.object_format, kind, data)
        self.written[oid] = (kind, data)
        return oid


def _plan(files: Mapping[str, bytes | None]) -> Plan:
    plan: Plan = {}
    for path, content in files.items():
        *folders, name = path.split("/")
        if not is_safe_path(path):
            raise BadInput("this cannot be a path in a registry", path=path)
        level = plan
        for folder in folders:
            below = level.setdefault(folder, {})
            if not isinstance(below, dict):
                raise BadInput("both a file and a folder of this name are to be written", path=path)
            level = below
        if isinstance(level.get(name), dict):
            raise BadInput("both a file and a folder of this name are to be written", path=path)
        level[name] = content
    return plan
