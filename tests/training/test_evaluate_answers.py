import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import HelpPage, Section
from knowledge.errors import FeedError
from knowledge.graph import ShopGraph
from knowledge.shop import Shop
from retrieval.answers import build_answerer
from retrieval.encoder import Kind
from retrieval.entries import Floats
from tests.generations import drafted
from training.evaluate_answers import evaluate_answers, read_faq
from training.judgements import Query

ROWS = [
    {"faq_id": "f1", "question": "how do I return it", "answer": "Within 30 days.", "paraphrases": ["send it back"]},
    {"faq_id": "f2", "question": "when are you open", "answers": ["From ten.", "Sundays too."]},
]


class LetterEncoder:
    """Counts letters."""

    fingerprint = "letters"

    def encode(self, texts: Sequence[str], *, kind: Kind = "query") -> Floats:
        counts = np.array([[1 + text.count(chr(97 + i)) for i in range(26)] for text in texts], np.float32)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


def write(folder: Path, *rows: object) -> Path:
    file = folder / "faq.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return file


def report(folder: Path, queries: list[Query], qrels: dict[str, dict[str, int]]) -> dict[str, object]:
    shop = None  # a FAQ file needs no shop
    made = evaluate_answers(shop, write(folder, *ROWS), queries, qrels, {"en": LetterEncoder()})  # type: ignore[arg-type]
    return made.to_json()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "shop.toml").write_text('name = "Tiny"\n', "utf-8")
    shop = Shop(tmp_path)
    sections = (Section("how do I return it", "Send it."), Section("when are you open", "From ten."))
    graph = ShopGraph.build([HelpPage("help", "en", "Help", sections)], Catalogue([]))
    draft = drafted(shop).folder
    graph.save(draft / "graph.json")
    build_answerer(graph, {"en": LetterEncoder(), "zh": LetterEncoder()}, draft / "answers", {})
    shop.publish(drafted(shop))
    return shop


@pytest.mark.parametrize("judged", ["help:2", "help"])
def test_without_a_faq_the_sections_or_pages_of_the_shop_are_the_entries(shop: Shop, judged: str) -> None:
    queries = [Query("q1", "when are you open")]

    found = evaluate_answers(shop, None, queries, {"q1": {judged: 1}}, {"en": LetterEncoder()}).to_json()

    assert (found["hit@1"], found["n_entries"]) == (1.0, 2)


def test_a_question_in_its_own_words_is_found_first(tmp_path: Path) -> None:
    queries = [Query("q1", "how do I return it"), Query("q2", "when are you open")]

    found = report(tmp_path, queries, {"q1": {"f1": 1}, "q2": {"f2": 1}})

    assert (found["hit@1"], found["hit@5"], found["mrr"]) == (1.0, 1.0, 1.0)
    assert found["unknown_auroc"] is None


def test_a_query_without_an_answer_counts_for_the_unknown_alone(tmp_path: Path) -> None:
    queries = [Query("q1", "how do I return it"), Query("q2", "zzz"), Query("q3", "xyz")]

    found = report(tmp_path, queries, {"q1": {"f1": 1}, "q2": {"f1": 0}})

    assert (found["n_queries"], found["n_unknown"]) == (3, 2)
    assert found["hit@1"] == 1.0
    assert found["unknown_auroc"] == 1.0


def test_the_floors_stand_beside_the_default(tmp_path: Path) -> None:
    found = report(tmp_path, [Query("q1", "return it")], {"q1": {"f1": 1}})

    systems = found["systems"]
    assert isinstance(systems, dict)
    assert set(systems) == {"default", "words", "vectors"}
    assert systems["words"]["intervals"]["mrr"] == [1.0, 1.0]


def test_measuring_needs_no_json_of_its_own(tmp_path: Path) -> None:
    found = report(tmp_path, [Query("q1", "return it")], {})

    assert json.loads(json.dumps(found, allow_nan=False))["hit@1"] is None


def test_a_faq_is_read_with_one_answer_or_many(tmp_path: Path) -> None:
    first, second = read_faq(write(tmp_path, *ROWS))

    assert (first.answers, first.paraphrases) == (("Within 30 days.",), ("send it back",))
    assert second.answers == ("From ten.", "Sundays too.")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"question": "a", "answer": "b"}], "line 1: not a question with its answer"),
        ([{"faq_id": "f", "question": 3, "answer": "b"}], "line 1"),
        ([ROWS[0], ROWS[0]], "line 2: faq_id 'f1' stands twice"),
        ([ROWS[0], [1]], "line 2"),
        ([[1]], "is one JSON list"),
        ([], "is empty"),
    ],
)
def test_a_bad_faq_is_refused_by_line(tmp_path: Path, rows: list[object], words: str) -> None:
    with pytest.raises(FeedError, match=words):
        read_faq(write(tmp_path, *rows))


def test_a_missing_faq_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        read_faq(tmp_path / "none.jsonl")
