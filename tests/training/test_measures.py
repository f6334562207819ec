import math

import numpy as np
import pytest

from training.measures import accuracy, auroc, bootstrap, confusion, ece, macro_f1, mcc, per_label


def test_perfect_answers_reach_the_top_of_each_measure() -> None:
    true = ["a", "b", "oos", "b"]

    scores = accuracy(true, true), macro_f1(true, true), mcc(true, true)

    assert scores == (1.0, 1.0, 1.0)


def test_a_label_that_was_only_said_counts_as_a_class_with_f1_zero() -> None:
    assert macro_f1(["a", "a"], ["a", "b"]) == pytest.approx((2 / 3 + 0) / 2)


def test_the_confusion_has_true_labels_as_rows() -> None:
    labels, counts = confusion(["a", "a", "b"], ["b", "a", "b"])

    assert labels == ("a", "b")
    assert counts.tolist() == [[1, 1], [0, 1]]


def test_precision_and_recall_are_told_for_each_label() -> None:
    figures = per_label(["a", "a", "b"], ["a", "b", "b"])

    assert figures["a"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2}
    assert figures["b"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1}


def test_mcc_of_two_classes_is_the_correlation_of_their_indicators() -> None:
    true = [0, 0, 1, 1, 1, 0, 1]
    said = [0, 1, 1, 1, 0, 0, 1]

    assert mcc([*map(str, true)], [*map(str, said)]) == pytest.approx(np.corrcoef(true, said)[0, 1])


def test_mcc_of_a_constant_answer_is_zero() -> None:
    assert mcc(["a", "b"], ["a", "a"]) == 0.0


def test_auroc_counts_ties_as_half() -> None:
    assert auroc([True, False, True, False], [0.9, 0.1, 0.5, 0.5]) == pytest.approx(3.5 / 4)


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    random = np.random.default_rng(0)
    positive, score = random.random(50) < 0.4, random.random(50).round(1)
    pairs = [(a > b) + (a == b) / 2 for a in score[positive] for b in score[~positive]]

    assert auroc(positive, score) == pytest.approx(np.mean(pairs))


def test_what_cannot_be_computed_is_nan() -> None:
    values = [auroc([True], [1.0]), ece([], []), accuracy([], []), macro_f1([], []), *bootstrap(lambda rows: 0.0, 0)]

    assert all(math.isnan(value) for value in values)


def test_ece_of_bins_of_equal_mass() -> None:
    assert ece([1, 0, 1, 1], [0.6, 0.6, 0.9, 0.9], n_bins=2) == pytest.approx((abs(0.5 - 0.6) + abs(1 - 0.9)) / 2)


def test_ece_with_fewer_rows_than_bins_takes_each_row_as_a_bin() -> None:
    assert ece([1, 0], [0.8, 0.3]) == pytest.approx((0.2 + 0.3) / 2)


def test_a_bootstrap_interval_holds_the_mean_and_is_repeatable() -> None:
    values = np.random.default_rng(1).random(200)

    low, high = bootstrap(lambda rows: float(values[rows].mean()), 200, seed=3)

    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(200), rel=0.2)
    assert (low, high) == bootstrap(lambda rows: float(values[rows].mean()), 200, seed=3)
