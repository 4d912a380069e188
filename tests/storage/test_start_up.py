"""What the fastest command may load."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import gitregistry.storage.registry_tree
heavy = {"asyncio", "dataclasses", "datetime", "email", "fsspec", "git", "http", "inspect", "json", "logging",
         "pydantic", "rich", "shutil", "tempfile", "urllib.request", "yaml", "zlib"}
print(sorted(heavy & set(sys.modules) - before))
"""


def test_reading_loads_nothing_heavy() -> None:
    script = "import sys\nbefore = set(sys.modules)\n" + SCRIPT
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode() == "[]\n"
