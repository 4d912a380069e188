"""``make mutation``: each rule switched off, and all attacks that name it run without it; one must turn red.

A few minutes of real attacks. ``python -m tests.rules.mutation CODE…`` tries some codes alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gitregistry.rules.catalogue import CATALOGUE
from tests.rules.killers import KILLERS

TESTS = Path(__file__).parents[1]
FAILED = 1  # pytest's exit code when it ran and a test failed


def files_naming(code: str) -> list[str]:
    """The attacks that name a rule, the one that is sure to turn red first."""
    sure = TESTS / "attacks" / f"test_{KILLERS[code].module}.py"
    others = [
        path
        for path in sorted((TESTS / "attacks").glob("test_*.py"))
        if f'"{code}"' in path.read_text("utf-8") and path != sure
    ]
    return [str(path) for path in (sure, *others)]


def turns_red(code: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--without-rule", code, *files_naming(code)],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr.strip()]
    sys.stdout.write(f"{'red  ' if done.returncode == FAILED else 'GREEN'}  {code}: {last[0]}\n")
    sys.stdout.flush()
    return done.returncode == FAILED


def main(codes: list[str]) -> int:
    unknown = sorted(set(codes) - set(CATALOGUE))
    if unknown:
        sys.stderr.write(f"no such rule: {', '.join(unknown)}\n")
        return 2
    unnoticed = [code for code in codes or CATALOGUE if not turns_red(code)]
    if unnoticed:
        sys.stdout.write(f"nothing notices when these are switched off: {', '.join(unnoticed)}\n")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
