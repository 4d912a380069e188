"""The options of ``registry register`` that fill in a manifest from what lies nearby."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from gitregistry.cli.output import note
from gitregistry.cli.register_mlflow import FromMlflow, told_by_mlflow
from gitregistry.errors import BadInput
from gitregistry.operations.filling import filled
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.nearby_code import EVEN_IF_DIRTY, code_nearby
from gitregistry.operations.nearby_dvc import data_of_dvc
from gitregistry.operations.nearby_image import image_nearby
from gitregistry.operations.nearby_lock import lock_nearby
from gitregistry.operations.nearby_schema import schema_nearby
from gitregistry.storage.artifacts import ArtifactFacts

GitOption = Annotated[
    Path | None,
    typer.Option(
        "--git", metavar="DIR", help="The training code's repository; fills in git_commit, git_repository."
    ),
]
EvenIfDirtyOption = Annotated[
    bool,
    typer.Option(EVEN_IF_DIRTY, help="Take its commit although files differ from it, and record that."),
]

ImageOption = Annotated[
    str | None,
    typer.Option("--image", metavar="REF", help="What it serves in; fills in runtime.base_image."),
]

DvcOption = Annotated[
    list[str] | None,
    typer.Option(
        "--from-dvc",
        metavar="FILE[:STAGE]",
        help="A .dvc file or dvc.lock; fills in data sets, parameters, metrics. More than once for several.",
    ),
]

LockfileOption = Annotated[
    Path | None,
    typer.Option(
        "--lockfile",
        metavar="FILE",
        help="uv.lock, requirements.txt, …; fills in runtime: its digest, packages, Python.",
    ),
]

_MOST_NAMED = 5


class Asked(NamedTuple):
    """Where to look, as it was typed; None for what was not."""

    git: Path | None = None
    even_if_dirty: bool = False
    image: str | None = None
    dvc: Sequence[str] = ()
    lockfile: Path | None = None
    mlflow: FromMlflow = FromMlflow()


def with_nearby(given: ManifestInput, asked: Asked) -> ManifestInput:
    """The manifest with what it leaves out.

    Raises:
        Refused: something says what the manifest contradicts, or must not be recorded as it is.
        BadInput: something cannot be read.
    """
    if asked.even_if_dirty and asked.git is None:
        raise BadInput("this is said of the training code's repository", hint="add --git DIR")
    sources = [image_nearby(asked.image)] if asked.image is not None else []
    sources += data_of_dvc(asked.dvc)
    given = filled(given, sources)
    if asked.lockfile is not None:
        given = filled(given, [lock_nearby(given, asked.lockfile)])
    # It says what it means of data sets in words of its own, which others' words stand before.
    given = filled(given, told_by_mlflow(asked.mlflow, given))
    if asked.git is None:
        return given
    # Last: a commit that another source names is not to be taken for a contradiction of what is checked out.
    code = code_nearby(given, asked.git, even_if_dirty=asked.even_if_dirty)
    return given if code is None else filled(given, [code])


def with_schema(given: ManifestInput, facts: ArtifactFacts | None) -> ManifestInput:
    """The manifest with what the artifact says of itself; as it is where the bytes were not read."""
    found = schema_nearby(given, facts) if facts is not None else None
    return filled(given, [found]) if found is not None else given


def filled_in(given: ManifestInput) -> dict[str, str]:
    """Field to where it was read, for all that was neither in the manifest nor typed."""
    return {field: origin for field, origin in sorted(given.origins.items()) if not origin.startswith("--")}


def tell(warnings: Iterable[str]) -> None:
    """Say what to be warned of."""
    for warning in warnings:
        note(f"warning: {warning}")


def tell_filled(given: ManifestInput) -> None:
    """Say what was filled in, by where it was read."""
    found = filled_in(given)
    for origin in dict.fromkeys(found.values()):
        fields = [field for field, place in found.items() if place == origin]
        note(f"note: filled in from {origin}: {', '.join(_shortened(fields))}")


def _shortened(fields: Sequence[str]) -> Iterator[str]:
    """Each field; of many in one map only how many."""
    sections = [field.partition(".")[0] for field in fields]
    for section in dict.fromkeys(sections):
        number = sections.count(section)
        if number > _MOST_NAMED:
            yield f"{section} ({number} values)"
        else:
            yield from (field for field in fields if field.partition(".")[0] == section)
