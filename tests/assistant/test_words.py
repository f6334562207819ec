import numpy as np
import pytest

from assistant.words import Neighbours, Words

TEXTS = ["Where is my order?", "where is my parcel", "how much is delivery", "我的订单在哪里", "运费多少钱"]


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.fit(TEXTS)


def test_a_row_has_length_one(words: Words) -> None:
    rows = words.rows(TEXTS)

    lengths = [np.linalg.norm(rows.row(i)[1]) for i in range(len(rows))]

    np.testing.assert_allclose(lengths, 1, rtol=1e-5)


def test_case_width_and_script_do_not_matter(words: Words) -> None:
    rows = words.rows(["WHERE is my ｏｒｄｅｒ", "where is my order", "我的訂單在哪裡", "我的订单在哪里"])

    np.testing.assert_array_equal(rows.row(0)[1], rows.row(1)[1])
    np.testing.assert_array_equal(rows.row(2)[0], rows.row(3)[0])


def test_the_nearest_example_is_the_one_that_shares_most(words: Words) -> None:
    near = Neighbours(words.rows(TEXTS), len(words.vocabulary))

    english, chinese = (near.cosines(*words.rows([text]).row(0)) for text in ("order where", "订单到哪了"))

    assert english.argmax() == 0
    assert chinese.argmax() == 3
    assert chinese[:3].tolist() == [0, 0, 0]


def test_an_example_is_nearest_to_itself_with_cosine_one(words: Words) -> None:
    near = Neighbours(words.rows(TEXTS), len(words.vocabulary))

    cosines = near.cosines(*words.rows(TEXTS[4:]).row(0))

    assert cosines[4] == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "  ", "🎧🎧", "\ud83c", "qqq", "ﷺ" * 50])
def test_a_text_of_nothing_known_is_an_empty_row(words: Words, text: str) -> None:
    columns, values = words.rows([text]).row(0)

    assert len(columns) == len(values) == 0


def test_rows_times_a_matrix_is_the_dense_product(words: Words) -> None:
    rows = words.rows([*TEXTS, ""])
    weight = np.random.default_rng(0).random((len(words.vocabulary), 3)).astype(np.float32)
    dense = np.zeros((len(rows), len(words.vocabulary)), np.float32)
    for i in range(len(rows)):
        dense[i, rows.row(i)[0]] = rows.row(i)[1]

    np.testing.assert_allclose(rows.times(weight), dense @ weight, rtol=1e-5)


def test_the_limit_keeps_the_most_frequent_terms() -> None:
    words = Words.fit(["red shoe", "red hat", "red"], limit=1)

    assert len(words.vocabulary) == 1
    assert len(words.rows(["shoe"]).row(0)[0]) == 0
