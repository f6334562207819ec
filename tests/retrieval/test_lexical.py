from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import NotBuiltError
from retrieval.lexical import LexicalIndex

_TEXTS = [
    ("red running shoes", "light"),
    ("blue shoes", "for running, and for running on roads"),
    ("microSD card 64 GB", "memory"),
    ("小米 无线耳机", "降噪"),
]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(_TEXTS, "zh")


def test_a_word_in_the_title_counts_more_than_in_the_description(index: LexicalIndex) -> None:
    assert [row for row, _ in index.search("running", 5)] == [0, 1]


def test_a_compound_is_found_by_its_parts(index: LexicalIndex) -> None:
    assert index.search("micro sd", 1)[0][0] == 2


def test_chinese_is_found(index: LexicalIndex) -> None:
    assert index.search("有没有降噪的耳机", 1)[0][0] == 3


@pytest.mark.parametrize("slip", ["runing", "runnning", "rnuning", "runnimg"])
def test_a_slip_of_a_key_is_forgiven(index: LexicalIndex, slip: str) -> None:
    assert index.search(slip, 5) == index.search("running", 5)


def test_a_short_or_foreign_word_is_not_changed_into_another(index: LexicalIndex) -> None:
    assert index.search("shoe5", 5) == []
    assert index.search("rex", 5) == []
    assert index.search("cunning", 5) == []
    assert index.search("running" * 5000, 5) == []


def test_only_allowed_rows_are_found(index: LexicalIndex) -> None:
    allowed = np.array([False, True, True, True])

    assert [row for row, _ in index.search("shoes", 5, allowed)] == [1]


def test_rows_that_share_no_word_are_not_found(index: LexicalIndex) -> None:
    assert index.search("kettle", 5) == []
    assert index.search("", 5) == []


def test_the_depth_cuts_in_the_order_of_rows_among_ties() -> None:
    index = LexicalIndex.build([("same", "")] * 9, "en")

    assert [row for row, _ in index.search("same", 3)] == [0, 1, 2]


def test_a_saved_index_finds_the_same(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path)

    assert LexicalIndex.load(tmp_path).search("red shoes", 5) == index.search("red shoes", 5)


def test_an_index_without_words_can_be_saved_and_finds_nothing(tmp_path: Path) -> None:
    LexicalIndex.build([("", "!")], "en").save(tmp_path)

    loaded = LexicalIndex.load(tmp_path)

    assert loaded.search("shoes", 5) == []
    assert not len(loaded.rows_with("shoes"))


def test_a_damaged_index_says_that_it_must_be_built_again(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    (tmp_path / "vocab.index.json").write_text("{")

    with pytest.raises(NotBuiltError, match="run build again"):
        LexicalIndex.load(tmp_path)


def test_a_missing_index_says_that_it_must_be_built(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match="run build again"):
        LexicalIndex.load(tmp_path / "nowhere")
