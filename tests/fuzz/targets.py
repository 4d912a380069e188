"""Coverage-guided fuzzing of the readers with atheris, for as long as one likes: ``make fuzz``.

    python -m tests.fuzz.targets yaml 60

An input that breaks a rule of ``readers.py``, hangs or takes too much memory is left in the corpus, where the
ordinary tests replay it from then on.
"""

from __future__ import annotations

import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["gitregistry", "yaml"]):
    from tests.fuzz.readers import CORPUS, READERS

LONGEST_INPUT = 4096
MEGABYTES = 1024
SECONDS_FOR_ONE = 20


def main(name: str, seconds: str) -> None:
    """Fuzz one reader for so many seconds."""
    corpus = CORPUS / name
    with tempfile.TemporaryDirectory() as found:
        options = [
            f"-max_total_time={int(seconds)}",
            f"-max_len={LONGEST_INPUT}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-timeout={SECONDS_FOR_ONE}",
            f"-artifact_prefix={corpus}/",
            "-print_final_stats=1",
            "-verbosity=0",
        ]
        # What is merely new goes to the first folder and is forgotten; the second is the one that is kept.
        atheris.Setup([sys.argv[0], *options, found, str(corpus)], READERS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
