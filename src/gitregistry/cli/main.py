"""The one boundary: every error becomes one message and one exit code here, and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from gitregistry.errors import RegistryError


def run() -> None:
    """The console script ``registry``."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code (``docs/commands.md``); never raises but on ``--debug``."""
    hoisted, debug = hoist(arguments)
    try:
        return _call(hoisted)
    except RegistryError as error:
        if debug:
            raise
        report(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the output has stopped; point it elsewhere so that closing it says nothing more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    except OSError as error:
        if debug:
            raise
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"error: {place}{error.strerror or error}\n")
        return 2
    except Exception as error:
        if debug:
            raise
        sys.stderr.write(
            f"error: this is a fault of registry itself ({type(error).__name__}: {error})\n"
            "  run it again with --debug and report what it shows\n"
        )
        return 2


def _call(arguments: list[str]) -> int:
    from gitregistry.cli.app import application  # noqa: PLC0415 - after hoisting, so that its errors are caught

    result = application(arguments)
    return result if isinstance(result, int) else 0


def hoist(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Let ``-C DIR`` and ``--debug`` stand anywhere before ``--``, as options of ``registry`` itself."""
    front: list[str] = []
    rest: list[str] = []
    debug = False
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument == "--debug":
            debug = True
        elif argument == "-C" and waiting:
            front += [argument, waiting.pop(0)]
        else:
            rest.append(argument)
    return front + rest, debug


def report(error: RegistryError) -> None:
    """Print an error to standard error: where, what, and what to do."""
    sys.stderr.write(f"error: {error}\n")
    if error.hint:
        sys.stderr.write(f"  try: {error.hint}\n")
