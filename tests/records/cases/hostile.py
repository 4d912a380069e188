"""Documents made to exhaust or crash a YAML reader, and a program that reads them under hard limits.

Run as a program, so that a crash of the C parser ends a process of its own:

    python hostile.py documents     each document of DOCUMENTS, one line of JSON each: [name, outcome]
    python hostile.py soup SEED     ten thousand random documents, compared with PyYAML where both read them
"""

from __future__ import annotations

import json
import random
import resource
import sys
from collections.abc import Callable
from itertools import count

import yaml

from gitregistry.records.strict_yaml import MAX_BYTES, YamlFault, line_of, read

CPU_SECONDS = 60  # all of it takes about five; anything quadratic in a mebibyte takes far longer
MEMORY_BYTES = 1 << 30


def _filled(unit: bytes, head: bytes = b"a: ", tail: bytes = b"", size: int = MAX_BYTES) -> bytes:
    return head + unit * ((size - len(head) - len(tail)) // len(unit)) + tail


def _numbered(form: bytes, head: bytes, tail: bytes) -> bytes:
    parts, size = [head], len(head) + len(tail)
    for number in count():
        part = form % number
        size += len(part)
        if size > MAX_BYTES:
            return b"".join([*parts, tail])
        parts.append(part)
    raise AssertionError


# name: (the document, how its fault begins; empty when it is read)
DOCUMENTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "30 KB of open lists": (lambda: b"a: " + b"[" * 30_000, "is nested deeper"),
    "100 KB of open lists": (lambda: b"a: " + b"[" * 100_000, "is nested deeper"),
    "100 KB of bare open lists": (lambda: b"[" * 100_000, "is not a map"),
    "1 MB of open lists": (lambda: _filled(b"["), "is nested deeper"),
    "1 MB of open lists on lines": (lambda: _filled(b"[\n "), "is nested deeper"),
    "100 KB of open maps": (lambda: b"{" * 100_000, "a key is not text"),
    "1 MB of open maps": (lambda: _filled(b"{"), "a key is not text"),
    "1 MB of open maps with keys": (lambda: _filled(b"{a: "), "is nested deeper"),
    "1 MB of open lists of pairs": (lambda: _filled(b"[a: "), "is nested deeper"),
    "100 KB of dashes": (lambda: b"a:\n" + b"- " * 50_000, "is nested deeper"),
    "1 MB of dashes": (lambda: _filled(b"- ", b"a:\n"), "is nested deeper"),
    "1 MB of bare dashes": (lambda: _filled(b"- ", b""), "is not a map"),
    "100 KB of question marks": (lambda: b"? " * 50_000, "a key is not text"),
    "1 MB of question marks": (lambda: _filled(b"? "), "is not YAML"),
    "maps by indentation": (lambda: b"".join(b" " * n + b"a:\n" for n in range(1000)), "is nested deeper"),
    "1 MB of colons": (lambda: _filled(b": "), "is not YAML"),
    "1 MB of anchors": (lambda: _filled(b"&a "), "has an anchor"),
    "1 MB of exclamation marks": (lambda: _filled(b"!"), "has a tag"),
    "1 MB of documents": (lambda: _filled(b"---\n", b"a: b\n"), "has a second document"),
    "1 MB of directives": (lambda: _filled(b"%A\n", b""), "is not YAML"),
    "alias bomb": (
        lambda: _numbered(b"a%d: &a [*a, *a]\n", b"a: &a x\n", b""),
        "has an anchor",
    ),
    "quote left open": (lambda: _filled(b"x", b'a: "'), "is not YAML"),
    "duplicate at the very end": (lambda: _numbered(b"%d:\n", b"", b"0:\n"), "is given twice"),
    "list of a million": (lambda: _filled(b"a,", b"a: [", b"]"), ""),
    "map of very many": (lambda: _numbered(b"%d,", b"a: {", b"}"), ""),
    "wide list at the greatest depth": (lambda: _filled(b"[a],", b"a: " + b"[" * 61, b"]" * 61, 1 << 19), ""),
    "long keys": (lambda: _numbered(b"%01000d,", b"a: {", b"}"), ""),
    "one long text": (lambda: _filled(b"x"), ""),
    "one text on many lines": (lambda: _filled(b"x\n "), ""),
    "a million escapes": (lambda: _filled(b"\\\\", b'a: "', b'"'), ""),
    "folded lines": (lambda: _filled(b" x\n\n", b"a: >\n"), ""),
    "empty lines": (lambda: _filled(b"\n", b"a: |\n"), ""),
    "comments": (lambda: _filled(b"#\n", b"a: b\n"), ""),
    "blanks": (lambda: _filled(b" "), ""),
    "three-byte characters": (lambda: _filled("東".encode()), ""),
}

FRAGMENTS = (
    *(
        "[",
        "]",
        "{",
        "}",
        ",",
        ": ",
        ":",
        "- ",
        "-",
        "? ",
        "#",
        " #",
        "|",
        ">",
        "|2-",
        "'",
        '"',
        "\\",
        "%",
        "@",
    ),
    *(
        "&a",
        "*a",
        "!",
        "!!str",
        "<<",
        "---",
        "\n---\n",
        "...",
        "\n...\n",
        "a",
        "b: ",
        "c: d\n",
        "é",
        "\t",
        " ",
        "  ",
    ),
    *("\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", '"\\x41"', '"\\u202e"', "~", "1"),
)


def outcome(data: bytes) -> str:
    """The message of the fault, or nothing; and neither reader may do worse than find one."""
    line_of(data, ["a", 1000, 0])
    try:
        read(data, "hostile.yaml")
    except YamlFault as fault:
        return fault.message
    return ""


def soup(seed: int) -> None:
    """Random fragments: whatever is read is what PyYAML reads as text; all else is a fault with a place."""
    draw = random.Random(seed)
    accepted = 0
    for _ in range(10_000):
        text = draw.choice(("", "a: ", "a:\n  ")) + "".join(draw.choices(FRAGMENTS, k=draw.randint(1, 12)))
        data = (text * draw.choice((1, 1, 1, 50))).encode()
        line_of(data, ["a"])
        try:
            value = read(data, "soup.yaml")
        except YamlFault as fault:
            if fault.path != "soup.yaml" or (fault.line or 1) < 1:
                raise AssertionError(data) from fault
            continue
        accepted += 1
        if value != yaml.load(data, yaml.CBaseLoader):
            raise AssertionError(data)
    json.dump(accepted, sys.stdout)


def main(what: str, seed: int = 0) -> None:
    """Read under limits; the kernel ends a process that goes over them."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    if what == "soup":
        soup(seed)
        return
    for name, (document, _) in DOCUMENTS.items():
        sys.stdout.write(json.dumps([name, outcome(document())]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
