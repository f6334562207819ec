import numpy as np
import pytest

from retrieval.entries import (
    Entry,
    EntryIndex,
    LeftOut,
    Shares,
    Signals,
    WordIndex,
    encode_entries,
    entry_texts,
    fit_shares,
    fit_threshold,
    leave_out,
)

ENTRIES = [
    Entry("returns", ("how do I return it", "send it back"), ("Returns take 30 days.",)),
    Entry("hours", ("when are you open", "opening hours"), ("The store opens at ten.",)),
]


def words_only(entries: list[Entry]) -> EntryIndex:
    return EntryIndex.of(entries, "en", np.zeros((len(entry_texts(entries)), 0), np.float32))


def signals(questions: list[float], words: list[float]) -> Signals:
    none = np.zeros(len(questions), np.float32)
    return Signals(np.array(questions, np.float32), none, np.array(words, np.float32), none)


def test_equal_texts_have_the_cosine_one() -> None:
    index = WordIndex(["red running shoes", "black laptop"], "en")

    assert index.cosines("running shoes red") == pytest.approx([1.0, 0.0], abs=1e-6)


def test_words_find_the_entry_without_any_vectors() -> None:
    scores = words_only(ENTRIES).signals("what are your opening hours", None).mix(Shares(words=1.0))

    assert int(np.argmax(scores)) == 1


def test_chinese_questions_are_found_by_their_words() -> None:
    entries = [Entry("a", ("多久可以退货",), ()), Entry("b", ("门店几点开门",), ())]
    index = EntryIndex.of(entries, "zh", np.zeros((2, 0), np.float32))

    assert int(np.argmax(index.signals("几点开门", None).mix(Shares(words=1.0)))) == 1


def test_a_question_that_is_left_out_does_not_find_itself() -> None:
    index = words_only(ENTRIES)

    whole = index.signals("opening hours", None).question_words[1]
    left = index.signals("opening hours", None, without=3).question_words[1]

    assert whole == pytest.approx(1.0)
    assert left < 1.0


def test_only_questions_of_entries_with_others_are_left_out() -> None:
    left_out = leave_out(words_only([*ENTRIES, Entry("alone", ("who are you",), ())]))

    assert left_out.owners.tolist() == [0, 0, 1, 1]


def test_without_evidence_the_shares_stay_as_they_are() -> None:
    assert fit_shares(LeftOut((), np.zeros(0, np.int64))) == Shares()


def test_words_get_a_share_where_only_they_find_the_entry() -> None:
    asked = tuple(signals([0.50, 0.52], [0.9, 0.0]) for _ in range(20))

    assert fit_shares(LeftOut(asked, np.zeros(20, np.int64))).words > 0


def test_the_threshold_lies_between_known_and_unknown() -> None:
    inside, outside = np.array([0.7, 0.8, 0.9], np.float32), np.array([0.1, 0.3], np.float32)

    assert fit_threshold(inside, outside) == pytest.approx(0.5)


def test_a_threshold_without_unknown_scores_keeps_most_known_ones() -> None:
    inside = np.linspace(0.5, 1.0, 11, dtype=np.float32)

    assert fit_threshold(inside, np.zeros(0, np.float32)) == pytest.approx(0.55)


def test_vectors_that_are_known_are_not_encoded_again() -> None:
    class Counting:
        fingerprint = "counting"
        n_encoded = 0

        def encode(self, texts: list[str], *, kind: str = "query") -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
            self.n_encoded += len(texts)
            return np.ones((len(texts), 2), np.float32)

    encoder = Counting()
    keys = [text for _, text in entry_texts(ENTRIES)]
    known = {key: np.zeros(2, np.float32) for key in keys[1:]}

    vectors = encode_entries(ENTRIES, keys, encoder, known)  # type: ignore[arg-type]

    assert encoder.n_encoded == 1
    assert vectors.shape == (6, 2)
    assert vectors[0].tolist() == [1.0, 1.0]


def test_each_text_needs_a_vector() -> None:
    with pytest.raises(ValueError, match="one vector"):
        EntryIndex.of(ENTRIES, "en", np.zeros((5, 2), np.float32))
