"""Pip's requirement files, as far as they pin: ``name==version``, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?"
_VERSION: Final = r"[A-Za-z0-9](?:[A-Za-z0-9.!+_-]{0,98}[A-Za-z0-9])?"
_PIN: Final = re.compile(
    rf"(?P<name>{_NAME}) ?(?:\[[^\]]*\])? ?={{2,3}} ?(?P<version>{_VERSION}) ?(?:; ?(?P<marker>.*))?"
)
_OPTION: Final = re.compile(r" --[a-z-]+(?:[= ]\S+)?")
# Where to find packages, not which; and those that name other files or say nothing of versions.
_SILENT: Final = (
    "-i", "--index-url", "--extra-index-url", "--no-index", "-f", "--find-links", "--prefer-binary", "--pre",
    "--no-binary", "--only-binary", "--trusted-host", "--require-hashes",
)  # fmt: skip


class Pin(NamedTuple):
    """One package at one version; ``marker`` says where it is installed, empty for everywhere."""

    name: str
    version: str
    marker: str = ""

    @property
    def line(self) -> str:
        """As a requirement file has it: ``numpy==2.4.6 ; python_version < "3.12"``."""
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


def pin_of(name: object, version: object, marker: object = "") -> Pin | None:
    """A pin of what a lock says; None where a part is none."""
    if not isinstance(name, str) or not isinstance(version, str) or not isinstance(marker, str):
        return None
    found = re.fullmatch(_NAME, name) and re.fullmatch(_VERSION, version) and len(marker) <= 1000
    return Pin(name, version, " ".join(marker.split())) if found and marker.isprintable() else None


def read_requirements(text: str) -> Iterator[Pin | str]:
    """Each pin; and as text what asks for something and pins no version of it."""
    for line in _logical(text):
        option = re.split(r"[\s=]", line, maxsplit=1)[0]
        if option in _SILENT:
            continue
        found = _PIN.fullmatch(_OPTION.sub("", line).strip())
        pin = pin_of(found["name"], found["version"], (found["marker"] or "").strip()) if found else None
        yield pin if pin is not None else line


def _logical(text: str) -> Iterator[str]:
    """Lines joined where a backslash ends them, without comments and empty ones."""
    parts: list[str] = []
    for line in (*text.splitlines(), ""):
        bare = re.sub(r"(?:^|\s)#.*$", "", line)
        parts += bare.removesuffix("\\").split()
        if not bare.endswith("\\"):
            if parts:
                yield " ".join(parts)
            parts = []
