"""One writer among many: runs its promotions one after the other and says what came of each.

Called as ``python -m tests.robustness.contender CLONE RESULTS``, with the command lines as JSON on standard
input. Each result is one line of RESULTS, written when the command has ended: its number, its exit code, how
often it was judged, how long it took, and what it said when it failed.
"""

from __future__ import annotations

import io
import json
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from gitregistry.cli.main import main


def contend(clone: str, results: Path) -> None:
    for number, arguments in json.load(sys.stdin):
        out, err = io.StringIO(), io.StringIO()
        begun = time.monotonic()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(["-C", clone, *arguments, "--json"])
        said = json.loads(out.getvalue()) if out.getvalue() else {}
        line = {
            "number": number,
            "code": code,
            "attempts": said.get("attempts"),
            "commit": said.get("commit"),
            "seconds": time.monotonic() - begun,
            "said": err.getvalue() or (out.getvalue() if code else ""),
        }
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    contend(sys.argv[1], Path(sys.argv[2]))
