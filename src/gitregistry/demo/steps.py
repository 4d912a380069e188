"""What a story consists of. Whoever plays it prints each step before carrying it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A new chapter."""

    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader should know now; one or more lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """What a user would type, word by word, and the exit code that it must end with.

    ``program`` of ``registry`` is this package, ``python`` is a script run by this interpreter.
    """

    program: Literal["registry", "python", "git"]
    arguments: tuple[str, ...]
    ends: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        return (self.program, *self.arguments)


Step = Heading | Remark | Command


def registry(*arguments: str, key: str | None = None, ends: int = 0) -> Command:
    """A command of this package, signed with the key of one of the story's people."""
    signed = ("--key", f"work/keys/{key}") if key is not None else ()
    return Command("registry", (*arguments, *signed), ends)


def python(script: str, *arguments: str) -> Command:
    """A script of the story's own code."""
    return Command("python", (f"work/code/{script}", *arguments))


def git(*arguments: str) -> Command:
    """Git, as everybody has it."""
    return Command("git", arguments)
