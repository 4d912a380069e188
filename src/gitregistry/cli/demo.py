"""``registry demo``."""

from __future__ import annotations

import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from gitregistry.cli.main import main
from gitregistry.demo.measured import MODEL
from gitregistry.demo.scene import set_scene
from gitregistry.demo.steps import Command, Heading, Remark, Step
from gitregistry.demo.story import story
from gitregistry.errors import RegistryError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def demo(
    ctx: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A folder that is not there yet.")
    ] = Path("demo-registry"),
) -> None:
    """Play a whole release story on real models: trained, measured, promoted, refused, rolled back.

    Every command is printed before it runs; the registry in DIR is a normal one to explore.
    """
    folder = ctx.obj / directory
    set_scene(folder)
    typer.echo(f"The story plays in {folder}, with its training code in {folder / 'work' / 'code'}.")
    _tell_where_programs_are()
    _show(("cd", str(folder)))
    with chdir(folder):
        for step in story(Path.cwd()):
            _play(step)
    typer.echo(_what_next(folder))


def _play(step: Step) -> None:
    if isinstance(step, Heading):
        typer.secho(f"\n\n== {step.text}", bold=True)
    elif isinstance(step, Remark):
        typer.echo("\n" + "\n".join(f"# {line}" for line in step.text.splitlines()))
    else:
        carry_out(step)


def carry_out(command: Command) -> None:
    """Run one command as it was printed; the next step waits until all that it said is out.

    Raises:
        RegistryError: it did not end as the story tells.
    """
    _show(command.words)
    code = _run(command)
    sys.stdout.flush()
    if code != command.ends:
        raise RegistryError(
            f"the demo stopped: this ended with exit code {code}, not {command.ends}: "
            + shlex.join(command.words),
            hint="the registry is as the command before left it; registry verify judges it",
        )
    if code:
        typer.echo(f"(exit code {code}, as it should be)")


def _show(words: tuple[str, ...]) -> None:
    typer.secho(f"\n$ {shlex.join(words)}", bold=True)
    sys.stdout.flush()


def _run(command: Command) -> int:
    if command.program == "registry":
        return main(command.arguments)
    if command.program == "git":
        return subprocess.run(command.words, check=False).returncode
    return _run_script(command.arguments)


def _run_script(arguments: tuple[str, ...]) -> int:
    """Run a script in this process: importing scikit-learn costs more than all that it is asked."""
    with _typed(arguments):
        try:
            runpy.run_path(arguments[0], run_name="__main__")
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 1
    return 0


@contextmanager
def _typed(arguments: tuple[str, ...]) -> Iterator[None]:
    """Let ``sys.argv`` be what the script's own process would have."""
    kept = sys.argv
    sys.argv = list(arguments)
    try:
        yield
    finally:
        sys.argv = kept


def _tell_where_programs_are() -> None:
    """Say what to type first where ``registry`` is not the one of this environment."""
    here = Path(sys.executable).parent
    found = which("registry")
    if found is None or Path(found).parent != here:
        typer.echo(f"To type its commands yourself: export PATH='{here}':\"$PATH\"")


def _what_next(folder: Path) -> str:
    rows = (
        (f"registry show {MODEL}:v2", "what it passed, who approved it, what produced it"),
        (f"registry why {MODEL}@production --json", "the same for a program"),
        ("registry log -n 10", "all steps, not the promotions alone"),
        ("registry list --at HEAD~20", "the registry as it stood then"),
        (
            f"registry promote {MODEL}:v2 --to production --dry-run --key work/keys/alice",
            "is it lawful again?",
        ),
        (f"registry retire {MODEL}:v2 --withdraw --reason 'scanner update' --key work/keys/alice", ""),
        ("git log --stat -3", "it is all ordinary Git"),
        ("echo '# unseen' >> registry/policy.yaml", "nobody signs this"),
        ("git -c user.name=M -c user.email=m@example.com commit --quiet --all -m Tidy", ""),
        ("registry verify", "finds it; git reset --hard HEAD~1 undoes it"),
    )
    lines = [f"  {command.ljust(48)}  {words}".rstrip() for command, words in rows]
    return "\n".join(
        [
            "\n\n== What to try next\n",
            f"  cd {shlex.quote(str(folder))}",
            *lines,
            "\nKeys, data, models and reports are in work/, which Git ignores here.",
        ]
    )
