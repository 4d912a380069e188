"""Every input that was ever worth keeping still holds to the rules of its reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.readers import CORPUS, READERS

KEPT = [path for name in READERS for path in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_of_the_corpus_breaks_no_rule(path: Path) -> None:
    READERS[path.parent.name](path.read_bytes())


def test_the_corpus_holds_what_is_read_and_what_is_refused() -> None:
    assert {path.parent.name for path in KEPT} == set(READERS)
    assert len(KEPT) > 60
