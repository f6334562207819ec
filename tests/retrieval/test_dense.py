import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import NotBuiltError
from retrieval.dense import VECTORS_FILE, DenseIndex, Vectors, build_chroma

_N = 60


def _vectors() -> Vectors:
    vectors = np.random.default_rng(3).standard_normal((_N, 16)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dense")
    np.save(folder / VECTORS_FILE, _vectors())
    build_chroma(folder, _vectors(), lambda done, of: None)
    return folder


@pytest.fixture
def chroma(built: Path) -> Iterator[DenseIndex]:
    with DenseIndex.load(built) as index:
        yield index


def _best(vector: Vectors, depth: int) -> list[int]:
    return [int(row) for row in np.argsort(-(_vectors() @ vector), kind="stable")[:depth]]


def test_chroma_finds_the_nearest_with_their_exact_scores(chroma: DenseIndex) -> None:
    query = _vectors()[7]

    found = chroma.search(query, 5)

    assert chroma.engine == "chroma"
    assert [row for row, _ in found] == _best(query, 5)
    assert found[0][1] == pytest.approx(1, abs=1e-5)


def test_a_second_reader_scans_and_finds_the_same(chroma: DenseIndex, built: Path) -> None:
    query = _vectors()[11]

    with DenseIndex.load(built) as second:
        assert second.engine.startswith("exact: ")
        assert f"pid {os.getpid()}" in second.engine
        assert second.search(query, 9) == chroma.search(query, 9)


def test_the_folder_is_free_again_once_it_is_closed(built: Path) -> None:
    DenseIndex.load(built).close()

    with DenseIndex.load(built) as index:
        assert index.engine == "chroma"


def test_another_process_keeps_this_one_from_the_folder(built: Path) -> None:
    code = (
        "import sys, pathlib; from retrieval.dense import DenseIndex\n"
        "index = DenseIndex.load(pathlib.Path(sys.argv[1])); print(index.engine, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(built)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "chroma"

        with DenseIndex.load(built) as index:
            assert f"pid {other.pid}" in index.engine

        other.communicate()


def test_a_filtered_search_finds_everything_that_passes(chroma: DenseIndex) -> None:
    allowed = np.zeros(_N, np.bool_)
    allowed[[3, 30, 59]] = True

    found = chroma.search(_vectors()[0], 10, allowed)

    assert {row for row, _ in found} == {3, 30, 59}
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_a_depth_beyond_the_catalogue_gives_all_of_it(chroma: DenseIndex) -> None:
    assert len(chroma.search(_vectors()[0], 1000)) == _N


def test_ties_stand_in_the_order_of_rows() -> None:
    index = DenseIndex(np.ones((8, 2), np.float32))

    assert [row for row, _ in index.search(np.ones(2, np.float32), 3)] == [0, 1, 2]


def test_a_damaged_chroma_folder_is_scanned_around(tmp_path: Path) -> None:
    np.save(tmp_path / VECTORS_FILE, _vectors())
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"this is no database" * 100)

    for _ in range(2):  # of the second time Chroma gives another account
        with DenseIndex.load(tmp_path) as index:
            assert index.engine.startswith("exact: Chroma cannot be used")
            assert [row for row, _ in index.search(_vectors()[5], 3)] == _best(_vectors()[5], 3)


def test_a_collection_of_another_size_is_scanned_around(tmp_path: Path) -> None:
    np.save(tmp_path / VECTORS_FILE, _vectors())
    build_chroma(tmp_path, _vectors()[:50], lambda done, of: None)

    with DenseIndex.load(tmp_path) as index:
        assert "it holds 50 of 60" in index.engine


def test_a_collection_that_fails_later_is_scanned_around(tmp_path: Path) -> None:
    class Failing:
        def query(self, **_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    index = DenseIndex(_vectors())
    index._collection = Failing()  # type: ignore[assignment]

    assert [row for row, _ in index.search(_vectors()[5], 3)] == _best(_vectors()[5], 3)
    assert "disk I/O error" in index.engine


def test_a_missing_chroma_folder_is_scanned_around(tmp_path: Path) -> None:
    np.save(tmp_path / VECTORS_FILE, _vectors())

    with DenseIndex.load(tmp_path) as index:
        assert "missing" in index.engine


def test_building_again_replaces_what_a_stopped_build_has_left(tmp_path: Path) -> None:
    np.save(tmp_path / VECTORS_FILE, _vectors())
    build_chroma(tmp_path, _vectors()[:10], lambda done, of: None)
    told: list[int] = []

    build_chroma(tmp_path, _vectors(), lambda done, of: told.append(done))

    assert told == [_N]
    with DenseIndex.load(tmp_path) as index:
        assert index.engine == "chroma"


def test_damaged_vectors_say_that_they_must_be_built_again(tmp_path: Path) -> None:
    (tmp_path / VECTORS_FILE).write_bytes(b"no vectors")

    with pytest.raises(NotBuiltError, match="run build again"):
        DenseIndex.load(tmp_path)
