"""Every error a user may see: its exit code, the place of the fault, and the command that mends it.

A module raises one of these with what it knows; the command line's one boundary prints it. Exit codes
are those of ``docs/commands.md``.
"""

from __future__ import annotations


class RegistryError(Exception):
    """A fault with a message for people.

    Args:
        message: what is wrong, in one sentence.
        hint: what to do about it; a command to type wherever one exists.
        path: the file, folder or address at fault.
        line: 1-based line in that file.
        field: dotted field in that file, such as ``runtime.python``.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        path: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.line = line
        self.field = field

    @property
    def place(self) -> str:
        """``file:line: field`` as far as it is known; empty when nothing is."""
        where = self.path or ""
        if self.line is not None:
            where = f"{where}:{self.line}" if where else f"line {self.line}"
        if self.field:
            where = f"{where}: {self.field}" if where else self.field
        return where

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class BadInput(RegistryError):
    """What was given cannot be used: a file, a field, an option, a repository, this machine."""


class NotFound(RegistryError):
    """No such model, release, alias or record."""

    exit_code = 3


class LostRace(RegistryError):
    """Others moved the branch each time; nothing was written."""

    exit_code = 4


class CannotTell(RegistryError):
    """No pin, shallow history, objects missing, no data: never reported as a pass."""

    exit_code = 5


class Refused(RegistryError):
    """Policy or trust said no. Nothing was written."""

    exit_code = 1
