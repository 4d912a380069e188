"""The one boundary: every error becomes one message and one exit code here, and nowhere else."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from gitregistry.cli.direct import resolve_directly
from gitregistry.cli.streams import make_ready, silence_output
from gitregistry.errors import RegistryError, typable


def run() -> None:
    """The console script ``registry``."""
    make_ready()
    # What starting up allocates stays until the end: collecting among it again and again finds nothing.
    gc.set_threshold(100_000, 20, 20)
    code = main(sys.argv[1:])
    # Nor does it on the way out: memory goes with the process, whatever is rubbish in it.
    gc.freeze()
    sys.exit(code)


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
        silence_output()  # not a fault: `registry log | head`
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
    result: object = 0
    if not resolve_directly(arguments):
        from gitregistry.cli.app import application  # noqa: PLC0415 - here, so that its errors are caught

        result = application(arguments)
    sys.stdout.flush()  # here, where a full disk or a closed pipe is still understood
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
    from gitregistry.cli.output import inert  # noqa: PLC0415 - only those who fail pay for it

    sys.stderr.write(inert(f"error: {error}\n"))
    if error.hint:
        sys.stderr.write(inert(f"  try: {typable(error.hint)}\n"))
