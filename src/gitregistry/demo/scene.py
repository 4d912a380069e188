"""Where the story plays: a new folder with the training code in it, kept out of the registry's commits."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from gitregistry.errors import BadInput

_SCRIPTS = ("data.py", "train.py", "check.py")


def set_scene(directory: Path) -> None:
    """Make ``directory`` with ``work/code``, where the scripts lie that train and measure.

    Raises:
        BadInput: scikit-learn is not installed, something is in the way, or the disk refuses.
    """
    if find_spec("sklearn") is None:
        raise BadInput(
            "the demo trains its models with scikit-learn, which is not installed",
            hint="pip install 'gitregistry[demo]'",
        )
    try:
        if directory.is_symlink() or (directory.exists() and not _is_empty(directory)):
            raise BadInput(
                "something is there already; the demo never overwrites anything",
                path=str(directory),
                hint=f"registry demo OTHER_DIR, or first: rm -r '{directory}'",
            )
        code = directory / "work" / "code"
        code.mkdir(parents=True)
        # Git leaves the whole folder alone, this file included: keys and models are never committed.
        (directory / "work" / ".gitignore").write_text("*\n", "utf-8")
        source = files("gitregistry.demo") / "training_code"
        for script in _SCRIPTS:
            (code / script).write_bytes((source / script).read_bytes())
    except OSError as error:
        raise BadInput(f"cannot be made: {error.strerror}", path=str(directory)) from None


def _is_empty(directory: Path) -> bool:
    return directory.is_dir() and next(directory.iterdir(), None) is None
