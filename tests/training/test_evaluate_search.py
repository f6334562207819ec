import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Constraint, Wish
from knowledge.settings import Settings
from retrieval.encoder import Kind
from retrieval.index import build_index, load_index
from retrieval.search import ProductSearch
from training.evaluate_search import evaluate_search
from training.judgements import Query

QUERIES = [Query("q1", "kettle"), Query("q2", "wireless headphones"), Query("q3", "flight to Rome")]
QRELS = {"q1": {"P9": 3, "P10": 3, "P1": 0}, "q2": {"P1": 2, "P3": 3, "P2": 1}, "q3": {"P5": 0}, "q4": {"P5": 3}}


class TinyEncoder:
    dimension = 16
    fingerprint = "tiny"

    def encode(self, texts: Sequence[str], *, kind: Kind = "query", max_tokens: int = 128) -> np.ndarray:
        rows = [sum(self._direction(word) for word in ["", *text.lower().split()]) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32)

    @staticmethod
    def _direction(word: str) -> np.ndarray:
        return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(16)


@pytest.fixture(scope="module")
def search(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductSearch]:
    folder = tmp_path_factory.mktemp("index")
    build_index(catalogue, Settings(), {"en": TinyEncoder()}, folder, None, lambda stage, done, of: None)
    index = load_index(folder, engine="exact")
    yield ProductSearch(catalogue, index, {"en": TinyEncoder()}, Settings())
    index["en"].close()


def test_the_systems_and_measures_are_those_of_the_contract(search: ProductSearch) -> None:
    report = evaluate_search(search, QUERIES, QRELS).to_json()

    assert (report["n_queries"], report["folds"]) == (2, 0)
    systems = report["systems"]
    assert isinstance(systems, dict)
    assert set(systems) == {"words", "dense", "default"}
    for system in systems.values():
        assert {"nDCG@10", "nDCG@10_judged", "R@50", "judged@10", "p50_ms"} <= set(system)


def test_a_query_without_a_good_product_or_without_a_text_does_not_count(search: ProductSearch) -> None:
    report = evaluate_search(search, QUERIES, QRELS)

    assert set(report.systems["default"].per_query["nDCG@10"]) == {"q1", "q2"}


def test_words_find_what_is_named(search: ProductSearch) -> None:
    report = evaluate_search(search, QUERIES, QRELS)

    assert report.systems["words"].means["R@50"] == 1.0
    low, high = report.systems["words"].intervals["nDCG@10"]
    assert low <= report.systems["words"].means["nDCG@10"] <= high


def test_the_whole_pipeline_reads_wishes_and_the_stages_do_not(search: ProductSearch) -> None:
    def only_laptops(text: str) -> Wish:
        return Wish(text, "en", (Constraint("category", "eq", "Laptops"),))

    report = evaluate_search(search, QUERIES, QRELS, wish_of=only_laptops)

    assert report.systems["default"].means["nDCG@10"] == 0
    assert report.systems["words"].means["nDCG@10"] > 0


def test_what_cannot_be_computed_is_null(search: ProductSearch) -> None:
    systems = evaluate_search(search, [], QRELS).to_json()["systems"]

    assert isinstance(systems, dict)
    assert systems["default"]["nDCG@10"] is None
    assert systems["default"]["p50_ms"] is None


def test_progress_counts_queries_for_each_system(search: ProductSearch) -> None:
    told: list[tuple[str, int, int]] = []

    evaluate_search(search, QUERIES, QRELS, progress=lambda *step: told.append(step))

    assert told[-1] == ("default", 2, 2)
    assert len(told) == 6
