"""The command tree: names and one-line helps here, each verb's module imported only when it is called."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

# Verb to module and one-line help, in the order of a release's life.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("init", "Make a registry: trust with you in it, a policy, a first commit."),
    "keys": ("keys", "Make signing keys, or list usable ones."),
    "trust": ("trust", "Show and change who may do what."),
    "policy": ("policy", "Show, check, test, try, compare and explain the policy."),
    "sign": ("sign", "Add your signature to a trust or policy change."),
    "register": ("register", "Hash an artifact, sign its manifest, commit the release."),
    "model": ("model", "Write a model's page: owner, description, risk tier."),
    "attest": ("attest", "Add evidence that a check was made of a release."),
    "check": ("check", "Run the commands that the policy names for checks."),
    "approve": ("approve", "Approve, reject or withdraw, as a person in a role."),
    "promote": ("promote", "Judge a release against the policy, then move the alias."),
    "advance": ("advance", "Promote what the policy marks automatic and is ready."),
    "review": ("review", "Close an emergency promotion by a person's judgement on it."),
    "rollback": ("rollback", "Back to the last good release, in one commit."),
    "guard": ("guard", "Watch what was promoted, and take it back when the policy says so."),
    "stop": ("stop", "Stop all promotions, of a model or of the whole fleet."),
    "resume": ("resume", "Let promotions go on."),
    "lift": ("lift", "Let a release come back after a rollback."),
    "retire": ("retire", "End a release's life, or withdraw it."),
    "mirror": ("mirror", "Tell MLflow what environments point at."),
    "deploy": ("deploy", "Record which revision serves which release."),
    "resolve": ("resolve", "Print the artifact that a reference stands for."),
    "pull": ("pull", "Fetch the artifact, hashing it as it comes."),
    "artifacts": ("artifacts", "See that artifacts are whole, and what nobody needs."),
    "list": ("listing", "List releases with states and aliases."),
    "show": ("show", "Show one release with all that is filed for it."),
    "diff": ("diff", "Compare two releases, field by field."),
    "log": ("log", "Show promotions and rollbacks, or all steps."),
    "why": ("why", "Show what met each requirement of a promotion."),
    "status": ("status", "Compare what should be live with what is."),
    "verify": ("verify", "Judge the whole history again, offline."),
    "hook": ("hook", "Judge pushes where they arrive, or before they leave."),
    "checkpoint": ("checkpoint", "Sign a statement of the verified head, to keep elsewhere."),
    "rule": ("rule", "Explain a rule that a finding names, or list them all."),
    "demo": ("demo", "Play a whole release story on a real trained model."),
}


class LazyGroup(TyperGroup):
    """Verbs by name, imported when called; listed without importing any."""

    _by_name_alone = False

    # Typer carries its own Click and documents none of its types: Any stands for Context and Command.
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        found = VERBS.get(cmd_name)
        if found is None:
            return None
        if self._by_name_alone:
            return TyperCommand(cmd_name, help=found[1])
        module = import_module(f"gitregistry.cli.{found[0]}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """What may come next: verbs by name and help, none of them imported for a press of a key."""
        self._by_name_alone = True
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self._by_name_alone = False

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in VERBS.items()])


app = typer.Typer(
    cls=LazyGroup,
    help="The release control plane for machine learning that needs no server.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - costs more than most commands

        typer.echo(f"registry {version('gitregistry')}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    directory: Annotated[
        Path, typer.Option("-C", metavar="DIR", help="Work in this folder's repository; may stand anywhere.")
    ] = Path(),
    version: Annotated[  # noqa: ARG001 - the callback acts on it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Signed records in Git, promotions judged by policy, a history that proves itself."""
    ctx.obj = directory


def application(arguments: Sequence[str]) -> object:
    """Parse and run; usage errors are printed as typer prints them and end with code 2."""
    try:
        return typer.main.get_command(app).main(list(arguments), prog_name="registry", standalone_mode=True)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None  # typer makes it a 1, which here means refused
        return ended.code
