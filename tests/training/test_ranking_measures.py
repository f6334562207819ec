import math

import pytest

from training.ranking_measures import (
    answerable,
    hit,
    interval,
    judged,
    mean,
    ndcg,
    ndcg_judged,
    recall,
    reciprocal_rank,
)

QRELS = {"q1": {"a": 3, "b": 2, "c": 0}, "q2": {"d": 1}}


def test_the_ideal_order_scores_one() -> None:
    assert ndcg(QRELS, {"q1": ["a", "b"], "q2": ["d"]}) == {"q1": 1.0, "q2": 1.0}


def test_the_gain_is_exponential_and_the_discount_logarithmic() -> None:
    expected = (3 + 7 / math.log2(3)) / (7 + 3 / math.log2(3))

    assert ndcg(QRELS, {"q1": ["b", "a"]})["q1"] == pytest.approx(expected)


def test_what_is_not_judged_counts_as_nothing_and_takes_a_place() -> None:
    expected = (7 / math.log2(3) + 3 / math.log2(4)) / (7 + 3 / math.log2(3))

    assert ndcg(QRELS, {"q1": ["x", "a", "b"]})["q1"] == pytest.approx(expected)


def test_in_the_judged_measure_what_is_not_judged_takes_no_place() -> None:
    assert ndcg_judged(QRELS, {"q1": ["x", "a", "y", "b"]})["q1"] == 1.0


def test_a_missed_query_scores_zero_in_every_measure() -> None:
    for measure in (ndcg, ndcg_judged, recall, judged, hit, reciprocal_rank):
        assert measure(QRELS, {}) == {"q1": 0.0, "q2": 0.0}


def test_a_query_that_is_not_judged_is_left_out() -> None:
    assert set(ndcg(QRELS, {"q3": ["a"]})) == {"q1", "q2"}


def test_only_the_first_k_count() -> None:
    assert ndcg(QRELS, {"q1": ["x"] * 10 + ["a"]})["q1"] == 0
    assert recall(QRELS, {"q1": ["x", "a"]}, k=1)["q1"] == 0


def test_recall_counts_grades_of_two_and_three() -> None:
    assert recall(QRELS, {"q1": ["c", "a"], "q2": ["d"]}) == {"q1": 0.5, "q2": 0.0}


def test_judged_counts_places_that_stay_empty() -> None:
    assert judged(QRELS, {"q1": ["a", "c", "x"]})["q1"] == 0.2


def test_hits_and_reciprocal_ranks_take_the_first_right_one() -> None:
    run = {"q1": ["c", "b"], "q2": ["x", "y", "d"]}

    assert hit(QRELS, run, k=2) == {"q1": 1.0, "q2": 0.0}
    assert reciprocal_rank(QRELS, run) == {"q1": 0.5, "q2": pytest.approx(1 / 3)}


def test_a_query_counts_when_something_is_good() -> None:
    assert set(answerable(QRELS)) == {"q1"}


def test_the_interval_holds_the_mean_and_repeats_with_its_seed() -> None:
    values = [0.0, 0.2, 0.5, 0.9, 1.0]

    low, high = interval(values, seed=1)

    assert low < mean(values) < high
    assert interval(values, seed=1) == (low, high)


def test_without_values_there_is_no_mean() -> None:
    assert math.isnan(mean([]))
    assert all(math.isnan(bound) for bound in interval([]))
