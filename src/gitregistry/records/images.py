"""References to container images, by the grammar of the distribution project: ``NAME[:TAG][@DIGEST]``."""

from __future__ import annotations

import re
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.names import shown

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
# The two algorithms that the image specification registers, and their lengths.
_DIGEST = r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}"
_LONGEST_NAME = 255  # with which the pattern takes no time worth speaking of


class Image(NamedTuple):
    """An image as it is named; a tag may be moved to other bytes, a digest never."""

    name: str
    tag: str | None
    digest: str | None


def parse_image(text: str) -> Image:
    """Read a reference.

    Raises:
        BadInput: it is none; with what of it is wrong.
    """
    name, at, digest = text.partition("@")
    tag = None
    if ":" in name.rpartition("/")[2]:
        name, _, tag = name.rpartition(":")
    fault = _fault(text, name, tag, digest if at else None)
    if fault is not None:
        raise BadInput(
            f"{shown(text)} names no image: {fault}", hint="such as ghcr.io/team/serving:1.4@sha256:…"
        )
    return Image(name, tag, digest or None)


def image_digest(text: str) -> str | None:
    """The digest by which a reference names its image; None without one, and for what is no reference."""
    try:
        return parse_image(text).digest
    except BadInput:
        return None


def _fault(text: str, name: str, tag: str | None, digest: str | None) -> str | None:
    if "://" in text:
        return "it is an address, with a scheme"
    if not 1 <= len(name) <= _LONGEST_NAME:
        return f"its name must have 1 to {_LONGEST_NAME} characters"
    if not re.fullmatch(_NAME, name):
        capital = " in lower case" if re.fullmatch(_NAME, name.lower()) else ""
        return f"{shown(name)} is no name{capital}: HOST[:PORT]/PATH of letters, digits, '.', '_' and '-'"
    if tag is not None and not re.fullmatch(_TAG, tag):
        return f"{shown(tag)} is no tag: up to 128 letters, digits, '.', '_' and '-'"
    if digest is not None and not re.fullmatch(_DIGEST, digest):
        return f"{shown(digest)} is no digest: sha256: and 64, or sha512: and 128, lower-case hex digits"
    return None
