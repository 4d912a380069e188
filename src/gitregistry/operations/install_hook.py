"""``hook install``: a hook that calls this program, beside which no other hook is lost."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage.hooks import hooks_folder, read_hook, require_branch_name, write_hook
from gitregistry.storage.repository import Repository

_MARK = "# Written by: registry hook install. Install again to change it."

# The interpreter that it was installed with goes first: a server's hooks run with a PATH of their own. -P
# keeps Python from importing out of the folder that it runs in, which is a work tree that anybody wrote.
_SCRIPT = """\
#!/bin/sh
{mark}
python={python}
if [ -x "$python" ]; then
  exec "$python" -P -m gitregistry {call} -- "$@"
fi
if command -v registry >/dev/null 2>&1; then
  exec registry {call} -- "$@"
fi
echo "registry is not installed where this hook looks for it: $python, PATH" >&2
exit 5
"""


class Installed(NamedTuple):
    """The hook's name and file; ``changed`` is False when it stood there just so."""

    name: str
    path: Path
    changed: bool


def install_hook(repository: Repository, name: str, branch: str, pin: str | None) -> Installed:
    """Write the hook ``pre-push`` or ``pre-receive``.

    Args:
        branch: short name of the registry's branch.
        pin: what the first trust of a registry that is begun by a push must be.

    Raises:
        BadInput: another hook is there; the hint says what to add to it.
    """
    require_branch_name(repository, branch)
    path = hooks_folder(repository) / name
    words = ["hook", name, "--branch", branch, *(["--pin", pin] if pin is not None else [])]
    call = shlex.join(words)
    script = _SCRIPT.format(mark=_MARK, python=shlex.quote(sys.executable), call=call)
    present = read_hook(path)
    if present is not None and _MARK not in present:
        line = f'{shlex.quote(sys.executable)} -P -m gitregistry {call} -- "$@"'
        if line in present:
            return Installed(name, path, changed=False)
        raise BadInput(
            "another hook is here already, and is left as it is",
            path=str(path),
            hint=f"let it run this as well, with the same standard input, and heed its exit code: {line}",
        )
    if present != script:
        write_hook(path, script)
    return Installed(name, path, changed=present != script)
