"""``mlflow+http://…``: the artifacts of a tracking server, for whatever opens addresses by fsspec."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import fsspec
import pytest

from gitregistry.errors import BadInput
from gitregistry.storage.artifacts import hash_artifact
from tests.support.mlflow import Answer, Mlflow, tracking

BIG = bytes(range(256)) * (40 << 12)  # 40 MiB


@pytest.fixture
def mlflow() -> Iterator[Mlflow]:
    with tracking() as held:
        held.files = {"0/m/MLmodel": b"flavors: {}\n", "0/m/data/a b%.bin": BIG}
        yield held


def address(mlflow: Mlflow, path: str = "0/m") -> str:
    return f"mlflow+{mlflow.uri}/api/2.0/mlflow-artifacts/artifacts/{path}"


def gets(mlflow: Mlflow) -> list[str]:
    """The files that were fetched, not the folders that were listed."""
    return [asked.path for asked in mlflow.asked if "?path=" not in asked.path]


def test_opened_and_listed_like_any_other_address(mlflow: Mlflow) -> None:
    with fsspec.open(address(mlflow, "0/m/MLmodel")) as file:
        assert file.read() == b"flavors: {}\n"
    files, top = fsspec.url_to_fs(address(mlflow))
    assert files.isdir(top)
    assert [name.rpartition("/")[2] for name in files.ls(top, detail=False)] == ["MLmodel", "data"]
    (found,) = files.find(f"{top}/data")
    assert files.unstrip_protocol(found) == address(mlflow, "0/m/data/a b%.bin")
    assert files.unstrip_protocol(files.unstrip_protocol(found)) == files.unstrip_protocol(found)
    assert fsspec.url_to_fs("mlflow+https://host/x")[0].unstrip_protocol("host/x") == "mlflow+https://host/x"
    assert files.info(found)["size"] == len(BIG)
    assert files.info(address(mlflow, "").rstrip("/"))["type"] == "directory"
    assert not files.exists(f"{top}/nothing")
    with fsspec.open(address(mlflow, "0/m/data/a b%.bin")) as file:
        assert file.read(1000) == BIG[:1000]


def test_pieces_in_order_are_one_answer(mlflow: Mlflow) -> None:
    files, top = fsspec.url_to_fs(address(mlflow))
    name = f"{top}/data/a b%.bin"
    places = [*range(0, len(BIG), 7_000_000), len(BIG)]
    pieces = [files.cat_file(name, start, end) for start, end in pairwise(places)]
    assert b"".join(pieces) == BIG
    assert len(gets(mlflow)) == 1
    mlflow.files["0/m/data/a b%.bin"] = BIG[::-1]
    assert files.cat_file(name, 0, 10) == BIG[::-1][:10], "who begins anew gets what is there now"
    assert files.cat_file(name, 30_000_000, 30_000_010) == BIG[::-1][30_000_000:30_000_010]
    assert files.cat_file(name) == BIG[::-1]
    assert files.cat_file(name, len(BIG) + 5, len(BIG) + 10) == b""
    for start, end in ((-5, None), (5, 2)):
        with pytest.raises(ValueError, match="counted from the beginning"):
            files.cat_file(name, start, end)


def test_several_readers_of_one_file_do_not_mix(mlflow: Mlflow) -> None:
    files, top = fsspec.url_to_fs(address(mlflow))

    def whole(size: int) -> bytes:
        places = [*range(0, len(BIG), size), len(BIG)]
        return b"".join(files.cat_file(f"{top}/data/a b%.bin", start, end) for start, end in pairwise(places))

    with ThreadPoolExecutor(4) as pool:
        assert all(data == BIG for data in pool.map(whole, [9_000_000, 10_000_000, 11_000_000, 20_000_000]))


def test_what_is_no_such_address_or_is_written_to(mlflow: Mlflow) -> None:
    with pytest.raises(BadInput, match="this is no artifact of a tracking server"):
        hash_artifact(f"mlflow+{mlflow.uri}/some/page")
    with pytest.raises(BadInput, match="there is nothing at this address"):
        hash_artifact(address(mlflow, "0/nothing"))
    with pytest.raises(PermissionError, match="nothing is written"):
        fsspec.open(address(mlflow, "0/m/x"), "wb").open()


def test_a_server_that_lists_without_end_is_left(mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitregistry.integrations.mlflow_files._MOST_FILES", 20)
    more = Answer(200, b'{"files": [{"path": "again", "is_dir": true}]}')
    mlflow.fault = lambda path: more if "?path=" in path else None
    with pytest.raises(BadInput, match="more than 20 files and folders"):
        fsspec.url_to_fs(address(mlflow))[0].find(address(mlflow))


def test_a_file_that_breaks_off_is_no_shorter_file(mlflow: Mlflow) -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            for _ in range(2):
                caller, _ = listening.accept()
                with caller:
                    caller.recv(1 << 16)
                    caller.sendall(whole)

        thread = threading.Thread(target=answer)
        thread.start()
        uri = f"http://127.0.0.1:{listening.getsockname()[1]}"
        place = f"mlflow+{uri}/api/2.0/mlflow-artifacts/artifacts/0/x"
        files, name = fsspec.url_to_fs(place)
        with pytest.raises(BadInput, match="cut short: 91 bytes are missing"):
            files.cat_file(name)
        with files.open(name) as file, pytest.raises(BadInput, match="cut short"):
            file.read()
        thread.join()
