"""Clones that an attacker prepared: traps that run programs, stores and references that lie about history.

Three tables, for whoever tests a door:

- ``TRAPS``: settings and files of a repository that make plain git run the trap's program. The history stays
  as it was, so a verifier must say of it what it said before.
- ``ENVIRONMENTS``: variables of the environment that do the same, or lead git to other objects.
- ``LIES``: what makes plain git show another history than the one that HEAD's id stands for, with the
  verdicts that are true of it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.registry import Registry

HOOKS: Final = (
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout", "post-commit",
    "post-index-change", "post-merge", "post-receive", "post-rewrite", "post-update", "pre-applypatch",
    "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase", "pre-receive",
    "prepare-commit-msg", "proc-receive", "push-to-checkout", "reference-transaction", "sendemail-validate",
    "update",
)  # fmt: skip

# What an alias would have to be called to stand in for a command of ours; git refuses to listen to these.
_COMMANDS: Final = (
    "cat-file", "commit-tree", "config", "fetch", "log", "ls-files", "merge-base", "push", "rev-list",
    "rev-parse", "symbolic-ref", "unpack-objects", "update-index", "update-ref", "version", "worktree",
)  # fmt: skip


class Trap:
    """A program that notes under which name it was run, and the note.

    Args:
        folder: where both are made; beside the clone, never in it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._note = folder / "ran"
        self.program = folder / "trap"
        self.program.write_text(f"#!/bin/sh\necho \"${{0##*/}} $1\" >> '{self._note}'\nexit 1\n")
        self.program.chmod(0o755)

    def command(self, name: str) -> str:
        """A command for a setting that git hands to a shell."""
        return f"'{self.program}' {name}"

    def executable(self, name: str, folder: Path | None = None) -> Path:
        """The program under a name of its own, for settings and folders that take no arguments."""
        place = (folder or self.folder / "programs") / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to(self.program)
        return place

    @property
    def ran(self) -> list[str]:
        """Every run so far, by name."""
        return self._note.read_text().splitlines() if self._note.exists() else []


def configure(registry: Registry, settings: Iterable[tuple[str, str]], file: Path | None = None) -> None:
    """Add settings to the repository's own configuration, or to another file."""
    target = file or registry.folder / ".git" / "config"
    for name, value in settings:
        registry.git("config", "--file", str(target), "--add", name, value)


# --- traps ---


def _hooks(registry: Registry, trap: Trap) -> None:
    for name in HOOKS:
        trap.executable(name, registry.folder / ".git" / "hooks").resolve(strict=True)


def _hooks_path(registry: Registry, trap: Trap) -> None:
    for name in HOOKS:
        trap.executable(name, trap.folder / "hooks")
    configure(registry, [("core.hooksPath", str(trap.folder / "hooks"))])


def _setting(*names: str) -> Callable[[Registry, Trap], None]:
    def prepare(registry: Registry, trap: Trap) -> None:
        configure(registry, [(name, trap.command(name)) for name in names])

    return prepare


def _attributes(registry: Registry) -> None:
    """Every file of the clone goes through the drivers called evil, whatever the history says."""
    (registry.folder / ".git" / "info").mkdir(exist_ok=True)
    (registry.folder / ".git" / "info" / "attributes").write_text(
        "* filter=evil diff=evil merge=evil text eol=crlf ident working-tree-encoding=UTF-16\n"
        "registry/** filter=evil diff=evil merge=evil text eol=crlf ident\n"
    )


def _filters(registry: Registry, trap: Trap) -> None:
    _attributes(registry)
    names = ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "merge.evil.driver")
    _setting(*names)(registry, trap)
    configure(registry, [("filter.evil.required", "true"), ("core.autocrlf", "true")])


def _drivers(registry: Registry, trap: Trap) -> None:
    _attributes(registry)
    _setting("diff.evil.textconv", "diff.evil.command", "diff.external")(registry, trap)


def _nested_attributes(registry: Registry, trap: Trap) -> None:
    """Attributes in the work tree alone, not committed: they hold for git all the same."""
    for folder in ("registry", "registry/models"):
        (registry.folder / folder / ".gitattributes").write_text("* filter=evil diff=evil\n")
    _setting("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv")(registry, trap)
    (registry.folder / ".git" / "info").mkdir(exist_ok=True)
    (registry.folder / ".git" / "info" / "exclude").write_text(".gitattributes\n")


def _include(registry: Registry, trap: Trap) -> None:
    included = trap.folder / "included"
    configure(registry, [("core.fsmonitor", trap.command("include.path")), ("diff.external", "x")], included)
    configure(registry, [("include.path", str(included))])


def _include_if(registry: Registry, trap: Trap) -> None:
    included = trap.folder / "included-if"
    configure(registry, [("core.fsmonitor", trap.command("includeIf"))], included)
    for condition in (f"gitdir:{registry.folder}/", "onbranch:**", "gitdir/i:**"):
        configure(registry, [(f"includeIf.{condition}.path", str(included))])


def _pagers(registry: Registry, trap: Trap) -> None:
    _setting("core.pager", *(f"pager.{name}" for name in _COMMANDS))(registry, trap)


def _signing(registry: Registry, trap: Trap) -> None:
    """Programs that check signatures while a log is shown, on commits that carry one."""
    configure(registry, [("log.showSignature", "true"), ("gpg.format", "ssh")])
    for name in ("gpg.program", "gpg.openpgp.program", "gpg.x509.program", "gpg.ssh.program"):
        configure(registry, [(name, str(trap.executable(name)))])


def _aliases(registry: Registry, trap: Trap) -> None:
    _setting(*(f"alias.{name}" for name in _COMMANDS))(registry, trap)
    configure(registry, [(f"alias.{name}", "!" + trap.command(name)) for name in _COMMANDS])


def _maintenance(registry: Registry, trap: Trap) -> None:
    """Housekeeping that is due at once, with programs of its own."""
    _hooks(registry, trap)
    settings = [("gc.auto", "1"), ("gc.autoDetach", "false"), ("maintenance.auto", "true")]
    configure(registry, [*settings, ("gc.recentObjectsHook", trap.command("gc.recentObjectsHook"))])


def _alternate_references(registry: Registry, trap: Trap) -> None:
    """Another store's references are asked of a program."""
    elsewhere = trap.folder / "alternate"
    registry.git("init", "--quiet", "--bare", str(elsewhere))
    _alternates(registry, elsewhere / "objects")
    _setting("core.alternateRefsCommand")(registry, trap)


def _promisor(registry: Registry, trap: Trap) -> None:
    """Objects that are missing here are promised by a remote whose address is a command."""
    settings = [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "evil"),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
        ("remote.evil.url", f"ext::{trap.executable('ext')} %S"),
        ("remote.evil.promisor", "true"),
        ("remote.evil.partialCloneFilter", "blob:none"),
        ("remote.evil.uploadpack", str(trap.executable("uploadpack"))),
        ("remote.evil.proxy", "http://127.0.0.1:9"),
        ("remote.file.url", str(registry.folder)),
        ("remote.file.promisor", "true"),
        ("remote.file.uploadpack", str(trap.executable("uploadpack"))),
    ]
    config = registry.folder / ".git" / "config"
    registry.git("config", "--file", str(config), "--unset-all", "core.repositoryFormatVersion")
    configure(registry, settings)


TRAPS: Final[Mapping[str, Callable[[Registry, Trap], None]]] = {
    "hooks of every name": _hooks,
    "core.hooksPath": _hooks_path,
    "core.fsmonitor": _setting("core.fsmonitor"),
    "filters": _filters,
    "textconv and external diff drivers": _drivers,
    "nested attributes in the work tree": _nested_attributes,
    "include.path": _include,
    "includeIf": _include_if,
    "pagers": _pagers,
    "editors": _setting("core.editor", "sequence.editor"),
    "transport programs": _setting("core.sshCommand", "core.askPass", "core.gitProxy", "credential.helper"),
    "programs that check signatures": _signing,
    "aliases of git's own commands": _aliases,
    "housekeeping": _maintenance,
    "core.alternateRefsCommand": _alternate_references,
    "a promisor remote": _promisor,
    "trailer and interactive commands": _setting("trailer.registry-action.cmd", "interactive.diffFilter"),
}


def environments(trap: Trap) -> dict[str, dict[str, str]]:
    """``ENVIRONMENTS``, which need a trap to name: sets of variables by what they try."""
    programs = trap.folder / "exec-path"
    for name in (*_COMMANDS, "remote-ext", "remote-https"):
        trap.executable(f"git-{name}", programs)
    config = trap.folder / "config"
    config.write_text(f"[core]\n\tfsmonitor = {trap.command('global-config')}\n\tpager = {trap.program}\n")
    elsewhere = trap.folder / "elsewhere"
    traces = ("GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF", "GIT_TRACE_SETUP")
    asked = ("GIT_ASKPASS", "GIT_EDITOR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_PROXY_COMMAND")
    more = ("GIT_SEQUENCE_EDITOR", "GIT_SSH", "GIT_SSH_COMMAND", "PAGER", "SSH_ASKPASS", "EDITOR")
    return {
        "programs": dict.fromkeys((*asked, *more), str(trap.program)),
        "a folder of git's own programs": {"GIT_EXEC_PATH": str(programs)},
        "traces into a file": dict.fromkeys(traces, str(trap.folder / "ran")),
        "configuration by number": {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "core.fsmonitor",
            "GIT_CONFIG_VALUE_0": trap.command("GIT_CONFIG_COUNT"),
            "GIT_CONFIG_KEY_1": "diff.external",
            "GIT_CONFIG_VALUE_1": trap.command("GIT_CONFIG_COUNT"),
        },
        "configuration by parameters": {"GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{trap.program}'"},
        "other configuration files": {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_SYSTEM": str(config)},
        "another repository": {
            "GIT_DIR": str(elsewhere),
            "GIT_COMMON_DIR": str(elsewhere),
            "GIT_WORK_TREE": str(elsewhere),
            "GIT_INDEX_FILE": str(elsewhere / "index"),
            "GIT_NAMESPACE": "elsewhere",
        },
        "other objects": {
            "GIT_OBJECT_DIRECTORY": str(elsewhere),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(elsewhere),
            "GIT_REPLACE_REF_BASE": "refs/heads/",
            "GIT_GRAFT_FILE": str(elsewhere),
            "GIT_SHALLOW_FILE": str(elsewhere),
        },
        "other meanings of paths": {
            "GIT_ICASE_PATHSPECS": "1",
            "GIT_ATTR_SOURCE": "refs/heads/nothing",
            "GIT_DEFAULT_HASH": "sha256",
            "GIT_DIFF_OPTS": "-u9999",
            "GIT_TEMPLATE_DIR": str(elsewhere),
        },
    }


# --- lies ---


class Lie(NamedTuple):
    """A way to hide the last step but one, and what a verifier may truly say of the clone afterwards."""

    tell: Callable[[Registry, str, str], None]
    verdicts: frozenset[str]


def hidden_step(registry: Registry) -> tuple[str, str]:
    """A stranger's record, and a commit that takes it away again: the two commits, the later one first.

    Whoever leaves out the earlier one sees nothing but lawful steps.
    """
    path = registry.alias("canary")
    registry.forge_bytes(path, registry.read(path) + b"# by a stranger\n", "mallory")
    hidden = registry.commit_all("Promote what nobody approved")
    registry.git("checkout", "--quiet", f"{hidden}^", "--", path, f"{path}.sig")
    child = registry.commit_all("Nothing happened")
    registry.attest("v2", "security_scan_passed")
    return child, hidden


def parent_of(registry: Registry, commit: str) -> str:
    return registry.git("rev-parse", f"{commit}^")


def content_of(registry: Registry, kind: str, oid: str) -> bytes:
    """An object's bytes."""
    command = ["git", "-C", str(registry.folder), "cat-file", kind, oid]
    return subprocess.run(command, capture_output=True, check=True).stdout


def without_step(registry: Registry, child: str, hidden: str) -> bytes:
    """``child`` as it would read had ``hidden``, its parent, never been."""
    content = content_of(registry, "commit", child)
    before = f"parent {hidden}\n".encode()
    assert before in content
    return content.replace(before, f"parent {parent_of(registry, hidden)}\n".encode())


def _replace(registry: Registry, child: str, hidden: str) -> None:
    registry.git("replace", child, write_object(registry, "commit", without_step(registry, child, hidden)))


def _graft(registry: Registry, child: str, hidden: str) -> None:
    (registry.folder / ".git" / "info").mkdir(exist_ok=True)
    grafts = registry.folder / ".git" / "info" / "grafts"
    grafts.write_text(f"{child} {parent_of(registry, hidden)}\n")


def _shallow(registry: Registry, child: str, hidden: str) -> None:
    (registry.folder / ".git" / "shallow").write_text(f"{child}\n")


def _commit_graph(registry: Registry, child: str, hidden: str) -> None:
    """A commit graph in which the child's first parent is its grandparent."""
    registry.git("commit-graph", "write", "--reachable")
    graph = registry.folder / ".git" / "objects" / "info" / "commit-graph"
    data = bytearray(graph.read_bytes())
    chunks = dict(_chunks(bytes(data)))
    size = len(child) // 2
    ids = chunks[b"OIDL"]
    count = (chunks[b"CDAT"] - ids) // size
    names = [bytes(data[ids + size * row : ids + size * (row + 1)]).hex() for row in range(count)]
    place = chunks[b"CDAT"] + (size + 16) * names.index(child) + size
    struct.pack_into(">I", data, place, names.index(parent_of(registry, hidden)))
    _put(graph, _sealed(bytes(data), size))


def _loose(registry: Registry, child: str, hidden: str) -> None:
    unpack(registry)
    plant(registry.folder / ".git", child, "commit", without_step(registry, child, hidden))


def _alternate(registry: Registry, child: str, hidden: str) -> None:
    """The forged commit lies in another store, and the true one nowhere."""
    elsewhere = registry.folder.parent / "elsewhere.git"
    registry.git("init", "--quiet", "--bare", str(elsewhere))
    plant(elsewhere, child, "commit", without_step(registry, child, hidden))
    unpack(registry)
    loose_file(registry.folder / ".git", child).unlink()
    _alternates(registry, elsewhere / "objects")


def _pack_index(registry: Registry, child: str, hidden: str) -> None:
    """A pack whose index gives the forged commit where the true one is asked for."""
    forged = write_object(registry, "commit", without_step(registry, child, hidden))
    registry.git("update-ref", "refs/forged", forged)
    registry.git("repack", "-a", "-d", "-q")
    registry.git("update-ref", "-d", "refs/forged")
    (index,) = (registry.folder / ".git" / "objects" / "pack").glob("*.idx")
    data = bytearray(index.read_bytes())
    size = len(child) // 2
    (count,) = struct.unpack_from(">I", data, 8 + 255 * 4)
    names = [bytes(data[1032 + size * row : 1032 + size * (row + 1)]).hex() for row in range(count)]
    checks = 1032 + size * count
    for table in (checks, checks + 4 * count):
        _swap(data, table, names.index(child), names.index(forged))
    _put(index, _sealed(bytes(data), size))


def _multi_pack_index(registry: Registry, child: str, hidden: str) -> None:
    """An index over all packs that does the same, while each pack's own is true."""
    forged = write_object(registry, "commit", without_step(registry, child, hidden))
    registry.git("update-ref", "refs/forged", forged)
    registry.git("repack", "-a", "-d", "-q")
    registry.git("update-ref", "-d", "refs/forged")
    registry.git("config", "core.multiPackIndex", "true")
    registry.git("multi-pack-index", "write")
    index = registry.folder / ".git" / "objects" / "pack" / "multi-pack-index"
    data = bytearray(index.read_bytes())
    chunks = dict(_chunks(bytes(data)))
    size = len(child) // 2
    count = (chunks[b"OOFF"] - chunks[b"OIDL"]) // size
    start = chunks[b"OIDL"]
    names = [bytes(data[start + size * row : start + size * (row + 1)]).hex() for row in range(count)]
    _swap(data, chunks[b"OOFF"], names.index(child), names.index(forged), width=8)
    _put(index, _sealed(bytes(data), size))


def _tree(registry: Registry, child: str, hidden: str) -> None:
    """The top folder of the hidden step reads as that of the step before."""
    shown, before = (registry.git("rev-parse", f"{commit}^{{tree}}") for commit in (hidden, f"{hidden}^"))
    unpack(registry)
    plant(registry.folder / ".git", shown, "tree", content_of(registry, "tree", before))


def _missing(registry: Registry, child: str, hidden: str) -> None:
    unpack(registry)
    loose_file(registry.folder / ".git", hidden).unlink()


def _missing_and_promised(registry: Registry, child: str, hidden: str) -> None:
    _missing(registry, child, hidden)
    _promisor(registry, Trap(registry.folder.parent / "promise"))


def _damaged_pack(registry: Registry, child: str, hidden: str) -> None:
    registry.git("repack", "-a", "-d", "-q")
    (pack,) = (registry.folder / ".git" / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    for place in range(100, len(data) - 100, 97):
        data[place] ^= 0x55
    _put(pack, bytes(data))


def _short_pack(registry: Registry, child: str, hidden: str) -> None:
    registry.git("repack", "-a", "-d", "-q")
    (pack,) = (registry.folder / ".git" / "objects" / "pack").glob("*.pack")
    _put(pack, pack.read_bytes()[:200])


_FOUND: Final = frozenset({"fail"})
_CANNOT_TELL: Final = frozenset({"unknown"})
# Git may notice the damage before or after it has come to the unlawful step.
_NEVER_PASSES: Final = frozenset({"fail", "unknown"})

LIES: Final[Mapping[str, Lie]] = {
    "a replacement": Lie(_replace, _FOUND),
    "a graft": Lie(_graft, _FOUND),
    "a forged commit graph": Lie(_commit_graph, _FOUND),
    "a shallow boundary": Lie(_shallow, _CANNOT_TELL),
    "a tampered loose commit": Lie(_loose, _NEVER_PASSES),
    "a tampered commit in a foreign store": Lie(_alternate, _NEVER_PASSES),
    "a forged pack index": Lie(_pack_index, _NEVER_PASSES),
    "a forged multi-pack-index": Lie(_multi_pack_index, _NEVER_PASSES),
    "a tampered folder": Lie(_tree, _NEVER_PASSES),
    "a missing commit": Lie(_missing, _CANNOT_TELL),
    "a missing commit that a remote promised": Lie(_missing_and_promised, _CANNOT_TELL),
    "a damaged pack": Lie(_damaged_pack, _NEVER_PASSES),
    "a pack cut short": Lie(_short_pack, _NEVER_PASSES),
}


# --- objects, put where git finds them ---


def write_object(registry: Registry, kind: str, data: bytes) -> str:
    """Any bytes as an object of any kind; its id."""
    return registry.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=data)


def loose_file(git_dir: Path, oid: str) -> Path:
    return git_dir / "objects" / oid[:2] / oid[2:]


def unpack(registry: Registry) -> None:
    """Turn every pack into loose objects."""
    folder = registry.folder / ".git" / "objects" / "pack"
    packs = [path.read_bytes() for path in folder.glob("*.pack")]
    for path in folder.iterdir():
        path.unlink()
    for pack in packs:
        registry.git("unpack-objects", "-q", stdin=pack)


def plant(git_dir: Path, oid: str, kind: str, data: bytes) -> None:
    """Put an object's bytes under an id that is not theirs. What a pack has of it, git would rather read."""
    place = loose_file(git_dir, oid)
    place.parent.mkdir(parents=True, exist_ok=True)
    _put(place, zlib.compress(b"%s %d\0" % (kind.encode(), len(data)) + data))


def _put(path: Path, data: bytes) -> None:
    if path.exists():
        path.chmod(0o644)
    path.write_bytes(data)


def _alternates(registry: Registry, store: Path) -> None:
    (registry.folder / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (registry.folder / ".git" / "objects" / "info" / "alternates").write_text(f"{store}\n")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The chunks of a commit graph or a multi-pack-index with where they begin."""
    start = 12 if data.startswith(b"MIDX") else 8
    for row in range(data[6]):
        name, place = struct.unpack_from(">4sQ", data, start + 12 * row)
        yield name, place


def _swap(data: bytearray, table: int, one: int, other: int, width: int = 4) -> None:
    first, second = (slice(table + width * row, table + width * (row + 1)) for row in (one, other))
    data[first], data[second] = data[second], data[first]


def _sealed(data: bytes, size: int) -> bytes:
    """The file with its last bytes, the checksum, made right again."""
    name = "sha1" if size == 20 else "sha256"
    return data[:-size] + hashlib.new(name, data[:-size], usedforsecurity=False).digest()


# --- what must not have happened ---


def footprint(folder: Path, ignore: Iterable[Path] = ()) -> dict[str, tuple[int, bytes]]:
    """Every file, link and folder below a folder: its mode, and its bytes or where it points.

    Args:
        ignore: folders to leave out, such as a cache of ours below ``.git``.
    """
    left_out = {str(path) for path in ignore}
    found: dict[str, tuple[int, bytes]] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if f"{place}/{name}" not in left_out]
        for name in (*folders, *files):
            path = Path(place, name)
            mode = path.lstat().st_mode
            content = b""
            if stat.S_ISLNK(mode):
                content = os.fsencode(path.readlink())
            elif stat.S_ISREG(mode):
                content = hashlib.sha256(path.read_bytes()).digest()
            found[str(path.relative_to(folder))] = (mode, content)
    return found
