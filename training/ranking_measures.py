"""Measures of ranked lists: functions of judgements (qrels) and a run, a value for each query first.

A query that was judged and that the run missed scores 0, as with an empty list.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""Grades by query and by what was judged: 0 to 3."""

Run: TypeAlias = Mapping[str, Sequence[str]]
"""What was found for each query, best first."""

PerQuery: TypeAlias = dict[str, float]


def ndcg(qrels: Qrels, run: Run, k: int = 10) -> PerQuery:
    """nDCG@k with gain 2^grade - 1 (Burges 2005); what is not judged counts as grade 0."""
    return {query: _ndcg(grades, run.get(query, ()), k) for query, grades in qrels.items()}


def ndcg_judged(qrels: Qrels, run: Run, k: int = 10) -> PerQuery:
    """nDCG@k of the list without what is not judged (Sakai 2007): the rest moves up."""
    return {
        query: _ndcg(grades, [found for found in run.get(query, ()) if found in grades], k)
        for query, grades in qrels.items()
    }


def recall(qrels: Qrels, run: Run, k: int = 50, min_grade: int = 2) -> PerQuery:
    """The share of what has `min_grade` or more that stands among the first k; 0 where nothing has."""
    return {query: _recall(_relevant(grades, min_grade), run.get(query, ())[:k]) for query, grades in qrels.items()}


def judged(qrels: Qrels, run: Run, k: int = 10) -> PerQuery:
    """The share of k places that hold something judged."""
    return {query: sum(found in grades for found in run.get(query, ())[:k]) / k for query, grades in qrels.items()}


def hit(qrels: Qrels, run: Run, k: int = 1, min_grade: int = 1) -> PerQuery:
    """1 where something of `min_grade` or more stands among the first k, else 0."""
    return {
        query: float(not _relevant(grades, min_grade).isdisjoint(run.get(query, ())[:k]))
        for query, grades in qrels.items()
    }


def reciprocal_rank(qrels: Qrels, run: Run, min_grade: int = 1) -> PerQuery:
    """1 / place of the first of `min_grade` or more, 0 without one; the mean over queries is MRR."""
    return {
        query: next(
            (1 / place for place, found in enumerate(run.get(query, ()), 1) if grades.get(found, 0) >= min_grade), 0.0
        )
        for query, grades in qrels.items()
    }


def answerable(qrels: Qrels, min_grade: int = 2) -> dict[str, Mapping[str, int]]:
    """The queries for which something has `min_grade` or more."""
    return {query: grades for query, grades in qrels.items() if _relevant(grades, min_grade)}


def mean(values: Iterable[float]) -> float:
    """The mean; nan without values."""
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else math.nan


def interval(values: Iterable[float], *, seed: int = 0, n_draws: int = 2000) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval (Efron 1979) of the mean over queries; nan without values."""
    listed = np.array(list(values), np.float64)
    if not len(listed):
        return math.nan, math.nan
    draws = np.random.default_rng(seed).integers(0, len(listed), (n_draws, len(listed)))
    low, high = np.percentile(listed[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _ndcg(grades: Mapping[str, int], ranked: Sequence[str], k: int) -> float:
    ideal = _dcg(sorted(grades.values(), reverse=True)[:k])
    return _dcg([grades.get(found, 0) for found in ranked[:k]]) / ideal if ideal else 0.0


def _dcg(grades: Sequence[int]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _recall(relevant: set[str], ranked: Sequence[str]) -> float:
    return len(relevant.intersection(ranked)) / len(relevant) if relevant else 0.0


def _relevant(grades: Mapping[str, int], min_grade: int) -> set[str]:
    return {judged for judged, grade in grades.items() if grade >= min_grade}
