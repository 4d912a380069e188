"""A repository of training code, as whoever trains a model has it."""

from __future__ import annotations

from pathlib import Path

from tests.support.registry import Registry


def training_code(folder: Path, remote: str) -> Registry:
    """A new repository in a folder that must not exist: one commit, and a remote of that address."""
    folder.mkdir()
    training = Registry(folder, "", {})
    training.git("init", "--quiet", "--initial-branch=main")
    (folder / "train.py").write_text("fit()\n")
    training.commit_all("train")
    training.git("remote", "add", "origin", remote)
    return training
