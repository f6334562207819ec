"""Measures of classification, in numpy. Each takes what was true and what was said, a row each."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Labels: TypeAlias = Sequence[str] | NDArray[np.str_]


def accuracy(true: Labels, said: Labels) -> float:
    """The share of rows where both agree; nan without rows."""
    return float(np.mean(np.asarray(true) == np.asarray(said))) if len(true) else float("nan")


def confusion(true: Labels, said: Labels) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The labels that occur on either side, in order, and counts of shape (true, said)."""
    labels, codes = np.unique(np.concatenate([np.asarray(true, str), np.asarray(said, str)]), return_inverse=True)
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (codes[: len(true)], codes[len(true) :]), 1)
    return tuple(str(label) for label in labels), counts


def per_label(true: Labels, said: Labels) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support of each label that occurs on either side; what has no row counts as 0."""
    labels, counts = confusion(true, said)
    hit, n_true, n_said = counts.diagonal(), counts.sum(1), counts.sum(0)
    return {
        label: {
            "precision": _ratio(hit[i], n_said[i]),
            "recall": _ratio(hit[i], n_true[i]),
            "f1": _ratio(2 * hit[i], n_true[i] + n_said[i]),
            "support": int(n_true[i]),
        }
        for i, label in enumerate(labels)
    }


def macro_f1(true: Labels, said: Labels) -> float:
    """The mean F1 over the labels that occur on either side; nan without rows."""
    _, counts = confusion(true, said)
    n = counts.sum(0) + counts.sum(1)
    return float(np.mean(2 * counts.diagonal() / n)) if len(n) else float("nan")


def mcc(true: Labels, said: Labels) -> float:
    """Matthews correlation for many classes (Gorodkin 2004), -1 to 1; 0 where one side is constant."""
    _, counts = confusion(true, said)
    table = counts.astype(np.float64)
    n_true, n_said, n = table.sum(1), table.sum(0), table.sum()
    scale = (n * n - n_said @ n_said) * (n * n - n_true @ n_true)
    return float((table.trace() * n - n_true @ n_said) / np.sqrt(scale)) if scale > 0 else 0.0


def auroc(positive: ArrayLike, score: ArrayLike) -> float:
    """The chance that a positive row scores above a negative one, ties as half; nan where a side is empty."""
    is_positive, scores = np.asarray(positive, bool), np.asarray(score, np.float64)
    n_positive = int(is_positive.sum())
    n_negative = len(scores) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    _, codes, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    return float((ranks[is_positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def ece(correct: ArrayLike, probability: ArrayLike, n_bins: int = 15) -> float:
    """Expected calibration error over bins of equal mass (Nguyen and O'Connor 2015), 0 to 1; nan without rows."""
    hits, said = np.asarray(correct, np.float64), np.asarray(probability, np.float64)
    if not len(said):
        return float("nan")
    bins = np.array_split(np.argsort(said, kind="stable"), min(n_bins, len(said)))
    return float(sum(abs(hits[rows].mean() - said[rows].mean()) * len(rows) for rows in bins) / len(said))


def bootstrap(
    measure: Callable[[NDArray[np.int64]], float], n_rows: int, *, seed: int = 0, n_draws: int = 1000
) -> tuple[float, float]:
    """The 95 % percentile interval (Efron 1979) of a measure of row numbers, over draws with replacement.

    Draws on which the measure is nan are left out; (nan, nan) where none is left.
    """
    draw = np.random.default_rng(seed)
    values = np.array([measure(draw.integers(0, n_rows, n_rows)) for _ in range(n_draws if n_rows else 0)])
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
