"""Reading objects: names that are attacks, objects that are too large, missing, promised or forged."""

from __future__ import annotations

import resource
import zlib
from pathlib import Path

import pytest

from gitregistry.errors import CannotTell
from gitregistry.storage.cat_file import Object, TooLarge
from gitregistry.storage.encoding import DamagedObject, MalformedTree, object_id
from gitregistry.storage.objects import MissingObject, Objects
from gitregistry.storage.repository import Repository, find_repository
from tests.storage.helpers import MAIN, commit, git, raw_tree


def _store(repository: Repository, content: bytes) -> str:
    return git(repository.git_dir, "hash-object", "-w", "--stdin", stdin=content)


def test_a_branch_resolves_by_its_full_name_only(repository: Repository) -> None:
    new, _ = commit(repository, {"a": b"1"})
    with Objects(repository) as objects:
        assert objects.resolve(MAIN) == objects.resolve("HEAD") == objects.resolve(new) == new
        assert objects.resolve("main") is None
        assert objects.resolve("refs/heads/other") is None
        assert objects.resolve(repository.no_object) is None


def test_a_tag_named_like_the_branch_and_a_branch_named_like_an_id_mislead_nobody(plain: Repository) -> None:
    first, _ = commit(plain, {"a": b"1"})
    second, _ = commit(plain, {"a": b"2"})
    git(plain.git_dir, "update-ref", "refs/tags/main", first)
    git(plain.git_dir, "update-ref", f"refs/heads/{second}", first)
    git(plain.git_dir, "update-ref", "refs/heads/HEAD", first)
    with Objects(plain) as objects:
        assert objects.resolve(MAIN) == second
        assert objects.resolve(second) == second
        assert objects.resolve("HEAD") == second


def test_a_branch_that_moves_is_seen_at_once(plain: Repository) -> None:
    commit(plain, {"a": b"1"})
    with Objects(plain) as objects:
        objects.resolve(MAIN)
        new, _ = commit(plain, {"a": b"2"})
        assert objects.resolve(MAIN) == new


def test_what_is_missing_is_none(repository: Repository) -> None:
    with Objects(repository) as objects:
        assert objects.read("1" * len(repository.no_object)) is None
        assert objects.read("") is None
        with pytest.raises(MissingObject):
            objects.blob("1" * len(repository.no_object))


@pytest.mark.parametrize("end", ["\n", "\r", "\0"])
def test_a_name_with_a_line_end_asks_nothing(plain: Repository, end: str) -> None:
    oid = _store(plain, b"secret")
    with Objects(plain) as objects:
        assert objects.read(f"x{end}{oid}") is None
        assert objects.read(f"{oid}{end}") is None
        assert objects.blob(oid) == b"secret"  # question and answer are still in step


def test_a_name_longer_than_any_of_ours_asks_nothing(plain: Repository) -> None:
    with Objects(plain) as objects:
        assert objects.read("refs/heads/" + "x" * 500) is None


def test_contents_survive_whatever_bytes_they_are(repository: Repository) -> None:
    contents = [b"", b"\n", b"x missing\n", bytes(range(256)) * 300]
    oids = [_store(repository, content) for content in contents]
    with Objects(repository) as objects:
        assert [objects.blob(oid) for oid in oids] == contents


def test_many_are_read_in_their_order_missing_ones_and_all(plain: Repository) -> None:
    oids = [_store(plain, b"%d" % number) for number in range(5)] * 60
    names = [name for oid in oids for name in (oid, "1" * 40, "bad\nname")]
    with Objects(plain) as objects:
        found = list(objects.read_many(names))
    assert [item.oid if item else None for item in found] == [x for oid in oids for x in (oid, None, None)]


def test_a_series_broken_off_never_answers_another_question(plain: Repository) -> None:
    one, two = _store(plain, b"one"), _store(plain, b"two")
    with Objects(plain) as objects:
        series = objects.read_many([one] * 10)
        next(series)
        assert objects.blob(two) == b"two"
        with pytest.raises(DamagedObject, match="broken off"):
            next(series)


def test_fifty_megabytes_are_neither_kept_nor_in_the_way(plain: Repository) -> None:
    large = _store(plain, b"\0" * (50 << 20))
    small = _store(plain, b"small")
    with Objects(plain) as objects:
        objects.blob(small)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert objects.read(large) == TooLarge(large, "blob", 50 << 20)
        assert objects.blob(small) == b"small"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8 << 10  # kibibytes


def test_the_limit_is_exact(plain: Repository) -> None:
    oid = _store(plain, b"12345")
    with Objects(plain) as objects:
        assert objects.blob(oid, limit=5) == b"12345"
        assert objects.blob(oid, limit=4) == TooLarge(oid, "blob", 5)


def _forge(repository: Repository, oid: str, content: bytes) -> None:
    place = repository.common_dir / "objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(zlib.compress(b"blob %d\0" % len(content) + content))


def test_an_object_swapped_on_disk_is_found_out(repository: Repository) -> None:
    oid, honest = _store(repository, b"honest"), _store(repository, b"other")
    _forge(repository, oid, b"forged")
    with Objects(repository) as objects:
        with pytest.raises(DamagedObject, match="not what its id says"):
            objects.blob(oid)
        assert objects.blob(honest) == b"other"


def test_an_object_cut_short_on_disk_is_found_out(plain: Repository) -> None:
    oid, honest = _store(plain, bytes(range(256)) * 100), _store(plain, b"other")
    place = plain.common_dir / "objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:60])
    with Objects(plain) as objects:
        with pytest.raises(CannotTell):  # git calls it missing, or dies of it
            objects.blob(oid)
        assert objects.blob(honest) == b"other"


def test_a_replacement_is_not_believed(plain: Repository) -> None:
    real, fake = _store(plain, b"real"), _store(plain, b"fake")
    git(plain.git_dir, "replace", real, fake)
    with Objects(plain) as objects:
        assert objects.blob(real) == b"real"


def test_what_another_repository_promised_is_not_fetched(plain: Repository, tmp_path: Path) -> None:
    commit(plain, {"a": b"content of a"})
    oid = object_id("sha1", "blob", b"content of a")
    git(plain.git_dir, "config", "uploadpack.allowFilter", "true")
    source = f"file://{plain.git_dir}"
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", source, "partial")
    partial = find_repository(tmp_path / "partial")
    # A hostile clone would have this run something of its own.
    git(partial.git_dir, "config", "remote.origin.uploadpack", f"touch '{tmp_path}/ran'; git-upload-pack")
    git(partial.git_dir, "config", "protocol.file.allow", "always")
    with Objects(partial) as objects:
        tip = objects.resolve(MAIN)
        assert tip is not None
        assert objects.read(oid) is None
        answers = list(objects.read_many([oid, tip, oid, tip]))
    assert [item.oid if item else None for item in answers] == [None, tip, None, tip]
    assert not (tmp_path / "ran").exists()


def test_a_folder_is_read_from_every_kind_of_name(repository: Repository) -> None:
    new, _ = commit(repository, {"registry/a": b"1", "registry/sub/b": b"2", "top": b"3"})
    with Objects(repository) as objects:
        assert list(objects.tree(f"{new}^{{tree}}")) == ["registry", "top"]
        inside = objects.tree(f"{new}:registry")
        assert inside["a"] == ("100644", object_id(repository.object_format, "blob", b"1"))
        assert inside["sub"].is_folder


def test_a_file_is_no_folder_and_a_folder_no_file(plain: Repository) -> None:
    new, _ = commit(plain, {"registry/a": b"1"})
    with Objects(plain) as objects:
        folder = objects.tree(f"{new}^{{tree}}")["registry"].oid
        with pytest.raises(DamagedObject, match="not a file"):
            objects.blob(folder)
        with pytest.raises(MalformedTree):
            objects.tree(objects.tree(folder)["a"].oid)


def test_a_folder_with_one_name_twice_is_refused(plain: Repository) -> None:
    row = b"100644 a\0" + b"\x12" * 20
    oid = raw_tree(plain, row + row)
    with Objects(plain) as objects, pytest.raises(MalformedTree):
        objects.tree(oid)


def test_nothing_starts_before_the_first_question(plain: Repository) -> None:
    objects = Objects(plain)
    objects.close()
    objects.close()


def test_after_closing_it_answers_again(plain: Repository) -> None:
    oid = _store(plain, b"x")
    with Objects(plain) as objects:
        objects.blob(oid)
        objects.close()
        assert isinstance(objects.read(oid), Object)
