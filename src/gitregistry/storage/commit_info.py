"""Who committed what, when, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitregistry.storage.cat_file import Object
from gitregistry.storage.encoding import DamagedObject, seconds_of
from gitregistry.storage.objects import LARGEST_OBJECT, MissingObject, Objects

_SIGNED_BY = re.compile(r"(.*?) ?<([^<>]*)> ([0-9]+) ([+-]\d{4})")
_FRAME = re.compile(
    rb"tree ([0-9a-f]{40,64})\n((?:parent [0-9a-f]{40,64}\n)*)"
    rb"author [^\n]*\ncommitter [^<>\n]*<[^<>\n]*> ([0-9]{1,10}) [+-][0-9]{4}\n"
)
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*): (.*)")


class Person(NamedTuple):
    """A name and an address as a commit claims them, with its time in seconds since 1970 and time zone."""

    name: str
    email: str
    time: int
    zone: str


class CommitInfo(NamedTuple):
    """A commit's own words. None of it is proven; records are.

    Attributes:
        signed: whether it carries a commit signature (unchecked).
        body: the message after its first paragraph, trailers included.
        trailers: pairs in their order, such as ``("Registry-Action", "promote")``.
    """

    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    signed: bool
    subject: str
    body: str
    trailers: tuple[tuple[str, str], ...]

    @property
    def time(self) -> int:
        """The committer's time in seconds since 1970."""
        return self.committer.time


class CommitFrame(NamedTuple):
    """Where a commit stands: its top folder, its parents, and the committer's time in seconds since 1970."""

    tree: str
    parents: tuple[str, ...]
    time: int


def commit_info(objects: Objects, commits: Sequence[str]) -> dict[str, CommitInfo]:
    """What each of these commits (full ids) says.

    Raises:
        MissingObject: one is not here.
        DamagedObject: one is no commit, or over 64 MiB.
    """
    return {name: parse_commit(data) for name, data in _commits(objects, commits)}


def commit_frames(objects: Objects, commits: Sequence[str]) -> dict[str, CommitFrame]:
    """The same without the words, for whoever follows a long history; raises as ``commit_info``."""
    return {name: parse_frame(data) for name, data in _commits(objects, commits)}


def _commits(objects: Objects, commits: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for name, answer in zip(commits, objects.read_many(commits, LARGEST_OBJECT), strict=True):
        if answer is None:
            raise MissingObject(f"commit {name} is not in this clone", hint="git fetch --unshallow")
        if not isinstance(answer, Object) or answer.kind != "commit":
            raise DamagedObject(f"object {name} is no commit of a bearable size")
        yield name, answer.data


def parse_frame(data: bytes) -> CommitFrame:
    """As ``parse_commit``, which is asked where a commit is not written as git writes it."""
    match = _FRAME.match(data)
    if match is None:
        found = parse_commit(data)
        return CommitFrame(found.tree, found.parents, found.time)
    tree, parents, time = match.groups()
    return CommitFrame(tree.decode("ascii"), tuple(parents.decode("ascii").split()[1::2]), int(time))


def parse_commit(data: bytes) -> CommitInfo:
    """Read a commit object; what is malformed comes out empty rather than failing the whole."""
    head, _, message = data.decode("utf-8", "replace").partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        name, _, value = line.partition(" ")
        fields.setdefault(name, []).append(value)
    subject, _, body = message.strip("\n").partition("\n\n")
    return CommitInfo(
        tree=fields.get("tree", [""])[0],
        parents=tuple(fields.get("parent", ())),
        author=_person(fields.get("author", [""])[0]),
        committer=_person(fields.get("committer", [""])[0]),
        signed="gpgsig" in fields or "gpgsig-sha256" in fields,
        subject=subject.replace("\n", " "),
        body=body.strip("\n"),
        trailers=parse_trailers(body),
    )


def parse_trailers(body: str) -> tuple[tuple[str, str], ...]:
    """The ``Name: value`` lines that make up the whole last paragraph of a message's body."""
    last = body.strip("\n").rpartition("\n\n")[2]
    found = [_TRAILER.fullmatch(line) for line in last.split("\n")]
    pairs = [(match[1], match[2].strip()) for match in found if match]
    return tuple(pairs) if len(pairs) == len(found) else ()


def _person(text: str) -> Person:
    match = _SIGNED_BY.fullmatch(text)
    if match is None:
        return Person(text, "", 0, "+0000")
    return Person(match[1], match[2], seconds_of(match[3]), match[4])
