"""``registry register --edit``: an editor on what was found, and nothing lost of what is saved there."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from gitregistry.cli.output import note
from gitregistry.errors import BadInput, Refused
from gitregistry.operations.manifest_input import ManifestInput, read_manifest
from gitregistry.operations.manifest_template import says_anything, template, with_origins
from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.storage.artifacts import ArtifactFacts
from gitregistry.storage.small_files import read_small

EditOption = Annotated[
    bool,
    typer.Option("--edit", help="Open $VISUAL or $EDITOR on all that was found, and register what is saved."),
]
_NOTHING = "nothing is registered"


class Editing(NamedTuple):
    """How a manifest is edited.

    Attributes:
        folder: where the text lies meanwhile, and stays if it cannot be registered.
        ignore_claims: as for any manifest.
        directory: where the registry is, as ``-C`` says.
        options: those with which what was saved can be registered later.
    """

    folder: Path
    ignore_claims: bool
    directory: Path
    options: Sequence[str]


def again(options: Mapping[str, str | Path | int | None]) -> list[str]:
    """The options that were given, to be typed again; a flag is True or False."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    return [
        word for name, value in given.items() for word in ([name] if value is True else [name, str(value)])
    ]


@contextmanager
def edited(given: ManifestInput, facts: ArtifactFacts | None, how: Editing) -> Iterator[ManifestInput]:
    """What a person makes of a manifest. Left with an error, the text that was saved is kept and named.

    Raises:
        Refused: nothing was saved, or nothing was changed, or the editor failed.
        BadInput: there is no terminal or no editor, or what was saved is no manifest.
    """
    command = _editor(os.environ)
    text = template(given, facts)
    path = _laid_out(how.folder, text)
    status = _edit(command, path)
    saved = _saved(path)
    if saved == text or (saved is not None and not says_anything(saved)):
        path.unlink()
        what = "nothing was changed" if saved == text else "nothing was saved"
        hint = "to register what was found as it is, leave out --edit"
        raise Refused(f"{what}: {_NOTHING}", hint=hint if saved == text else None)
    try:
        if status:
            raise Refused(f"the editor ended with {status}: {_NOTHING}", path=str(path))
        yield with_origins(read_manifest(path, ignore_claims=how.ignore_claims), given)
    except BaseException:
        here = () if how.directory == Path() else ("-C", str(how.directory))
        typed = shlex.join(["registry", *here, "register", str(path), *how.options])
        note(f"note: what you saved is kept; to go on: {typed}")
        raise
    path.unlink(missing_ok=True)


def require_editor() -> None:
    """Raise BadInput where nobody could edit, before anything else takes its time."""
    _editor(os.environ)


def _editor(environment: Mapping[str, str]) -> list[str]:
    """The user's editor, as a command without the file."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadInput(
            "--edit needs a terminal", hint="write a file and register it: registry register MANIFEST.yaml"
        )
    named = next((name for name in ("VISUAL", "EDITOR") if environment.get(name, "").strip()), None)
    if named is None:
        raise BadInput("there is no editor: neither $VISUAL nor $EDITOR is set", hint="export EDITOR=vi")
    try:
        return shlex.split(environment[named])
    except ValueError as error:
        raise BadInput(f"${named} is no command: {error}", hint="export EDITOR=vi") from None


def _laid_out(folder: Path, text: bytes) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="manifest-", suffix=".yaml", dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", path=str(folder)) from None
    return Path(name)


def _edit(command: Sequence[str], path: Path) -> int:
    """Run the editor on a file and wait for it; Ctrl-C is the editor's alone. Its exit status."""
    answer = None if sys.stdout.isatty() else sys.stderr  # standard output may be for a program
    try:
        process = subprocess.Popen([*command, str(path)], stdout=answer)
    except OSError as error:
        path.unlink()
        raise BadInput(
            f"the editor cannot be started: {error.strerror}", path=command[0], hint="export EDITOR=vi"
        ) from None
    before = {one: signal.signal(one, signal.SIG_IGN) for one in (signal.SIGINT, signal.SIGQUIT)}
    try:
        return process.wait()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler if handler is not None else signal.SIG_DFL)


def _saved(path: Path) -> bytes | None:
    """What lies there now; None when it cannot be read, which reading it as a manifest will say."""
    try:
        return read_small(path, MAX_BYTES)
    except BadInput:
        return None
